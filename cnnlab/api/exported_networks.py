"""The functions of the Python API that use exported files, without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.api.evaluation_result import EvaluationResult
from cnnlab.api.results import Prediction, Predictions
from cnnlab.errors import UsageError
from cnnlab.exported_networks.network import ExportedNetwork, is_exported_file, open_exported
from cnnlab.spec.foreign_preparation import ForeignModelOptions

if TYPE_CHECKING:
    from cnnlab.data.image_preparation import PreparedImage


def find_exported(references: Sequence[Any]) -> Path | None:
    """Return the path if the user named one exported file; None if none is among the names.

    Raises:
        UsageError: an exported file is one of several names.
    """
    paths = [str(one) for one in references if isinstance(one, str | Path)]
    names = [path for path in paths if is_exported_file(path)]
    if not names:
        return None
    if len(references) > 1:
        raise UsageError(f"{names[0]}: an exported file is evaluated alone; give one name")
    return Path(names[0])


def evaluate_exported(
    path: Path, split: str, tta: str | None, options: ForeignModelOptions
) -> EvaluationResult:
    """Measure an exported file on one split of its data.

    Raises:
        UsageError: an option does not fit an exported file, or cnnlab did not write the file.
        CheckpointError: the file is missing or damaged.
        DataError: the data is missing, or is not the data of the network.
    """
    from cnnlab.data.run_splits import describe_changed_images, read_split
    from cnnlab.evaluation_metrics import Evaluation, compute_metrics

    if tta:
        raise UsageError(f"--tta {tta}: cnnlab averages over copies only for runs, not for a file")
    network = open_exported(path)
    spec = _place_data(network, options)
    images = read_split(spec, split)
    probabilities = network.compute_probabilities(images.images)
    answers = Evaluation(split, path, spec.inputs.class_names, images, probabilities)
    source = {
        "run": None,
        "checkpoint": str(path),
        "note": describe_changed_images(spec, split, images),
    }
    return EvaluationResult(
        {**source, **compute_metrics(answers)}, None, spec.experiment.data.dataset
    )


def predict_exported(
    path: Path,
    images: Iterable[str],
    options: ForeignModelOptions,
    *,
    with_pictures: bool,
    each: bool,
) -> Predictions:
    """Classify image files with an exported file; raises the errors of `evaluate_exported`."""
    from cnnlab.data import image_preparation

    network = open_exported(path)
    _require_no_preparation(path, options)
    prepared, faults = image_preparation.prepare_files(
        [*images], network.spec, with_originals=with_pictures, each=each
    )
    return _answer(network, prepared, faults)


def predict_random_exported(
    path: Path, count: int, seed: int, options: ForeignModelOptions
) -> Predictions:
    """Classify random test images with an exported file."""
    from cnnlab.data.chosen_images import choose_test_images

    network = open_exported(path)
    return _answer(network, choose_test_images(_place_data(network, options), count, seed), [])


def _answer(
    network: ExportedNetwork, images: list[PreparedImage], faults: list[str]
) -> Predictions:
    import numpy as np

    from cnnlab.ranked_classes import rank_classes

    answers = []
    if images:
        pixels = np.stack([one.pixels for one in images])
        shares = network.compute_probabilities(pixels)
        answers = [
            Prediction(**rank_classes(one, its_shares, network.spec.inputs))
            for one, its_shares in zip(images, shares, strict=True)
        ]
    return Predictions(answers, faults, images, str(network.path), network.path.name)


def _place_data(network: ExportedNetwork, options: ForeignModelOptions) -> Any:
    """Return the spec of a file with the place of its data."""
    from cnnlab.foreign_models import place_data
    from cnnlab.spec.experiment import BUNDLED_DATASETS

    data = network.spec.experiment.data.dataset
    if options.dataset is None and data not in BUNDLED_DATASETS:
        raise UsageError(f"{network.path}: name its data with --dataset; it was {Path(data).name}")
    if options.dataset == data:
        options = replace(options, dataset=None)
    return place_data(network.spec, options, str(network.path))


def _require_no_preparation(path: Path, options: ForeignModelOptions) -> None:
    given = [name for name in options.list_given() if name != "--dataset"]
    if given:
        names = " and ".join(given)
        raise UsageError(f"{path}: the file knows how to prepare images; leave {names} out")
