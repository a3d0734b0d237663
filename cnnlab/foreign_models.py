"""Read the spec of a single `.keras` file that cnnlab or another Keras program wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import CheckpointError, UsageError
from cnnlab.keras_archive import KerasArchive
from cnnlab.spec.experiment import Data, DatasetInfo, Experiment, Spec, is_folder, resolve_paths
from cnnlab.spec.fault_messages import explain_error
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.keras_model_translation import ModelDescription
from cnnlab.spec.shape_checks import find_shape_problems

SCALINGS = {"unit": 255.0, "none": 1.0}  # each pixel is divided by this number


@dataclass(frozen=True)
class ForeignModelOptions:
    """The user's options for a file that cnnlab did not write: its data set and image scaling."""

    dataset: str | None = None
    scaling: str | None = None


NO_OPTIONS = ForeignModelOptions()


def read_spec(path: Path, options: ForeignModelOptions = NO_OPTIONS) -> Spec:
    """Read the spec of a `.keras` file, or build one if cnnlab did not write the file.

    To build a spec, cnnlab translates the Keras layers in the file.

    Raises:
        CheckpointError: the file is damaged, or has a layer that cnnlab does not support.
        UsageError: an option is missing, or an option is given that this file does not need.
        DataError: the named data set is missing or broken.
    """
    with KerasArchive(path) as archive:
        if not archive.is_native:
            model = archive.read_description()
        elif options == NO_OPTIONS:
            return archive.read_spec()
        else:
            raise build_known_model_error(str(path))
    factor, offset = _find_scale(path, model, options)
    data = _build_data_section(path, model, options)
    info = describe_dataset(data)
    if info.image_shape != model.image_shape:
        message = f"its network reads images {model.image_shape}, but {data.dataset} has images"
        raise CheckpointError(f"{path}: {message} {info.image_shape}")
    fits = DatasetInfo(model.image_shape, info.class_names, 0, 0)
    for problem in find_shape_problems(model.layers, fits, complete=True):
        raise CheckpointError(f"{path}: {problem.message}; expected {problem.expected}")
    channels = model.image_shape[2]
    name = re.sub(r"[^A-Za-z0-9_-]", "-", path.stem).lstrip("-_")[:64] or "network"
    return Spec(
        experiment=Experiment(name=name, data=data, model=model.layers),
        inputs=Inputs(
            image_shape=model.image_shape,
            class_names=info.class_names,
            mean=(-offset / factor,) * channels,
            deviation=(1 / factor,) * channels,
            fingerprint="",
        ),
    )


def build_known_model_error(name: str) -> UsageError:
    """Build the error for --dataset or --scaling with a network that cnnlab wrote."""
    message = f"{name}: cnnlab wrote it, and knows its data and scaling"
    return UsageError(f"{message}; leave --dataset and --scaling out")


def _find_scale(
    path: Path, model: ModelDescription, options: ForeignModelOptions
) -> tuple[float, float]:
    """Return the factor and the offset of the scaling: pixel · factor + offset."""
    if model.factor is not None:
        if options.scaling:
            message = f"{path}: its Rescaling layer already scales the images; leave --scaling out"
            raise UsageError(message)
        return model.factor, model.offset
    if options.scaling is None:
        raise UsageError(
            f"{path}: cnnlab did not write this file, so the scaling of its images is unknown; add "
            "--scaling unit (from 0 to 1) or --scaling none (from 0 to 255)"
        )
    return 1 / SCALINGS[options.scaling], 0.0


def _build_data_section(path: Path, model: ModelDescription, options: ForeignModelOptions) -> Data:
    """Build the data section of a spec from the options and the image shape of the network."""
    if options.dataset is None:
        raise UsageError(
            f"{path}: cnnlab did not write this file, so its training data is unknown; add "
            "--dataset with mnist, "
            "fashion_mnist, FILE.npz, or FOLDER/ with one folder of images for each class"
        )
    fields: dict[str, object] = {"dataset": options.dataset, "validation": 0.0}
    if is_folder(options.dataset):
        fields["image_size"] = model.image_shape[:2]
        fields["color_mode"] = "grayscale" if model.image_shape[2] == 1 else "rgb"
    try:
        return resolve_paths(Data.model_validate(fields), Path())
    except ValidationError as error:
        [detail] = error.errors(include_url=False)
        problem = explain_error({**detail, "loc": ("data", *detail["loc"])})
        message = "; ".join(filter(None, (problem.message, problem.expected, problem.hint)))
        raise UsageError(f"--dataset: {message}") from None
