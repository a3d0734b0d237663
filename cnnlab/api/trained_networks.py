"""The functions of the Python API that use trained networks: evaluate, predict and compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.api.actions import Reference
from cnnlab.api.evaluation_result import EvaluationResult
from cnnlab.api.exported_networks import (
    evaluate_exported,
    find_exported,
    predict_exported,
    predict_random_exported,
)
from cnnlab.api.results import ComparisonResult, Prediction, Predictions
from cnnlab.api.run import Run
from cnnlab.errors import RunError
from cnnlab.run_folder.untouched_test_set import require_finished_sweep

if TYPE_CHECKING:
    from cnnlab.spec.foreign_preparation import ForeignModelOptions
    from cnnlab.study.networks import Network

Numbers = float | Sequence[float]  # one number, or one for each channel


def evaluate(
    *references: Reference,
    split: str = "test",
    tta: str | None = None,
    runs: str | Path = "runs",
    dataset: str | None = None,
    scaling: str | None = None,
    mean: Numbers | None = None,
    deviation: Numbers | None = None,
    resize: str | None = None,
    exif: str | None = None,
) -> EvaluationResult:
    """Measure runs or .keras files on one split of their data.

    With several networks, cnnlab measures each network alone, and then the mean of their
    probabilities. With a single run, cnnlab also writes the results to the folder evaluation/ of
    the run.

    Args:
        references: runs, or paths of .keras files; or one file that `export` wrote, .onnx or
            .tflite, which its own runtime computes.
        split: test, validation or train.
        tta: `shift` averages the predictions for shifted copies of each image, and `flip` those for
            the image and its mirror image.
        dataset: the new path of the data of a run, if the data was moved; or the data set of a
            .keras file that cnnlab did not write.
        scaling, mean, deviation, resize, exif: how to prepare images for a .keras file that cnnlab
            did not write; the values are those of the options with these names.
    """
    options = _build_options(dataset, scaling, mean, deviation, resize, exif)
    if (exported := find_exported(references)) is not None:
        return evaluate_exported(exported, split, tta, options)
    networks = _find_networks(references, runs, split, options)
    if split == "test":
        for network in networks:
            require_finished_sweep(network.path, "--split validation")
    from cnnlab.quiet_import import import_tensorflow

    import_tensorflow()
    from cnnlab import evaluation
    from cnnlab.study import joint_evaluation

    answers, figures = joint_evaluation.evaluate_networks(networks, split, tta)
    data = networks[0].spec.experiment.data.dataset
    run = networks[0].run if len(networks) == 1 else None
    if run is None:
        return EvaluationResult(figures, None, data)
    evaluation.write_evaluation(run, answers, figures)
    return EvaluationResult(figures, run.evaluation_folder(answers.name), data)


def predict(
    reference: Reference,
    images: Iterable[str | Path],
    *,
    with_pictures: bool = False,
    each: bool = False,
    runs: str | Path = "runs",
    dataset: str | None = None,
    scaling: str | None = None,
    mean: Numbers | None = None,
    deviation: Numbers | None = None,
    resize: str | None = None,
    exif: str | None = None,
) -> Predictions:
    """Classify image files, or all image files in folders, with a run or a file of a network.

    The file is a .keras file, or an .onnx or .tflite file that `export` wrote.

    cnnlab classifies the images that it can read. For each image that it cannot read, `faults` of
    the result has a sentence.

    Args:
        with_pictures: keep the original images in memory for `Predictions.save`.
        each: classify each digit of a picture that shows several digits.
        dataset: the new path of the data of a run, if the data was moved; or the data set of a
            .keras file that cnnlab did not write.
        scaling, mean, deviation, resize, exif: how to prepare images for a .keras file that cnnlab
            did not write; the values are those of the options with these names.
    """
    options = _build_options(dataset, scaling, mean, deviation, resize, exif)
    names = [str(image) for image in images]
    if (exported := find_exported([reference])) is not None:
        return predict_exported(exported, names, options, with_pictures=with_pictures, each=each)
    [network] = _find_networks([reference], runs, "test", options)
    from cnnlab.data import image_preparation

    prepared, faults = image_preparation.prepare_files(
        names, network.spec, with_originals=with_pictures, each=each
    )
    if not prepared:
        return Predictions([], faults, [], *_describe_network(network))
    return _answer(network, prepared, faults)


def predict_random(
    reference: Reference,
    count: int,
    seed: int = 0,
    *,
    runs: str | Path = "runs",
    dataset: str | None = None,
    scaling: str | None = None,
    mean: Numbers | None = None,
    deviation: Numbers | None = None,
    resize: str | None = None,
    exif: str | None = None,
) -> Predictions:
    """Choose `count` test images at random with the seed `seed`, and classify them.

    Raises UsageError if the test split has fewer images.
    """
    options = _build_options(dataset, scaling, mean, deviation, resize, exif)
    if (exported := find_exported([reference])) is not None:
        return predict_random_exported(exported, count, seed, options)
    [network] = _find_networks([reference], runs, "test", options)
    require_finished_sweep(network.path)
    from cnnlab.data.chosen_images import choose_test_images

    return _answer(network, choose_test_images(network.spec, count, seed), [])


def compare(
    *references: Reference,
    runs: str | Path = "runs",
    report: Callable[[str], None] = lambda line: None,
) -> ComparisonResult:
    """Compare the settings and results of runs, and test whether differences are chance.

    A name without a number means all finished runs with that name. If a run has no evaluation of
    its present weights, cnnlab first evaluates the run, and calls `report` with a line of text
    about this.
    """
    from cnnlab.spec.foreign_preparation import NO_OPTIONS
    from cnnlab.study import compared_runs, comparison

    names = [str(one.path) if isinstance(one, Run) else str(one) for one in references]
    folders = compared_runs.find_compared_runs(names, Path(runs))
    for folder in folders:
        require_finished_sweep(folder.path)
    for folder in folders:
        try:
            compared_runs.read_answers(folder)
        except RunError as reason:
            _find_networks([Run(folder)], runs, "test", NO_OPTIONS)  # its errors come first
            report(f"{reason}; cnnlab evaluates the run now")
            evaluate(Run(folder))
    return ComparisonResult(comparison.compare(folders))


def _build_options(
    dataset: str | None,
    scaling: str | None,
    mean: Numbers | None,
    deviation: Numbers | None,
    resize: str | None,
    exif: str | None,
) -> ForeignModelOptions:
    from cnnlab.spec.foreign_preparation import ForeignModelOptions, to_numbers

    means, deviations = to_numbers("mean", mean), to_numbers("deviation", deviation)
    return ForeignModelOptions(dataset, scaling, means, deviations, resize, exif)


def _find_networks(
    references: Sequence[Reference], runs: str | Path, split: str, options: ForeignModelOptions
) -> list[Network]:
    from cnnlab.study import networks

    names = [str(one.path) if isinstance(one, Run) else str(one) for one in references]
    return networks.find_networks(names, Path(runs), split, options)


def _answer(network: Network, images: list[Any], faults: list[str]) -> Predictions:
    from cnnlab.quiet_import import import_tensorflow

    import_tensorflow()
    from cnnlab import prediction

    answers = prediction.answer_images([*network.parts], images)
    predictions = [Prediction(**answer) for answer in answers]
    return Predictions(predictions, faults, images, *_describe_network(network))


def _describe_network(network: Network) -> tuple[str, str]:
    """Return two texts: the path of a network, and a title for a picture of its predictions."""
    title = network.run.name if network.run else network.path.name
    members = f", mean of {len(network.members)} members" if network.members else ""
    prepared = f"; images: {network.preparation['text']}" if network.preparation else ""
    return f"{network.checkpoint or network.path}{members}{prepared}", f"{title}{members}"
