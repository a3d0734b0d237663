"""Read the spec of a single `.keras` file that cnnlab or another Keras program wrote."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import ValidationError

from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import CheckpointError, UsageError
from cnnlab.keras_archive import KerasArchive
from cnnlab.run_folder import describe_foreign_format
from cnnlab.spec.experiment import (
    Data,
    DatasetInfo,
    Experiment,
    Inputs,
    Spec,
    is_folder,
    resolve_paths,
)
from cnnlab.spec.fault_messages import explain_error
from cnnlab.spec.foreign_preparation import (
    NO_OPTIONS,
    SCALING_CHOICES,
    ForeignModelOptions,
    PicturePreparation,
    Scaling,
    compute_scaling,
)
from cnnlab.spec.keras_model_translation import ModelDescription
from cnnlab.spec.shape_checks import find_shape_problems

_LARGEST_FACTOR = 0.05  # of a Rescaling layer that reads pixels from 0 to 255: at most to 12.75


def read_spec(path: Path, options: ForeignModelOptions = NO_OPTIONS) -> Spec:
    """Read the spec of a `.keras` file, or build one if cnnlab did not write the file.

    To build a spec, cnnlab translates the Keras layers in the file.

    Raises:
        CheckpointError: the file is damaged, or has a layer that cnnlab does not support.
        UsageError: an option is missing, or an option is given that this file does not need.
        DataError: the named data set is missing or broken.
    """
    if foreign := describe_foreign_format(path):
        raise CheckpointError(f"{path}: {foreign}")
    with KerasArchive(path) as archive:
        if not archive.is_native:
            archive.require_keras_3()
            model = archive.read_description()
        elif options == NO_OPTIONS:
            return archive.read_spec()
        else:
            raise build_known_model_error(str(path), options)
    _require_options(path, model, options)
    mean, deviation = _find_scaling(path, model, options)
    data = _build_data_section(model, options)
    info = describe_dataset(data)
    if info.image_shape != model.image_shape:
        message = f"its network reads images {model.image_shape}, but {data.dataset} has images"
        raise CheckpointError(f"{path}: {message} {info.image_shape}")
    fits = DatasetInfo(model.image_shape, info.class_names, 0, 0)
    for problem in find_shape_problems(model.layers, fits, complete=True):
        raise CheckpointError(f"{path}: {problem.message}; expected {problem.expected}")
    preparation = {"resize": options.resize, "exif": options.exif}
    name = re.sub(r"[^A-Za-z0-9_-]", "-", path.stem).lstrip("-_")[:64] or "network"
    return Spec(
        experiment=Experiment(name=name, data=data, model=model.layers),
        inputs=Inputs(
            image_shape=model.image_shape,
            class_names=info.class_names,
            mean=mean,
            deviation=deviation,
            fingerprint="",
            preparation=PicturePreparation.model_validate(preparation),
        ),
    )


def build_known_model_error(name: str, options: ForeignModelOptions) -> UsageError:
    """Build the error for options about data and preparation with a network that cnnlab wrote."""
    message = f"{name}: cnnlab wrote it, and knows its data and how to prepare images"
    return UsageError(f"{message}; leave {' and '.join(options.list_given())} out")


def _require_options(path: Path, model: ModelDescription, options: ForeignModelOptions) -> None:
    """Raise UsageError unless the user says which data the network needs, and which scaling."""
    missing = []
    if options.dataset is None:
        missing.append(
            "--dataset with mnist, fashion_mnist, FILE.npz, or FOLDER/ with one folder of images "
            "for each class"
        )
    if options.scaling is None and not _reads_pixels(model):
        missing.append(SCALING_CHOICES)
    if missing:
        unknown = "it does not say which data it was trained on and how its images were prepared"
        raise UsageError(
            f"{path}: cnnlab did not write this file, and {unknown}; add\n  " + "\n  ".join(missing)
        )


def _reads_pixels(model: ModelDescription) -> bool:
    """Whether the network itself scales pixels from 0 to 255, by a Rescaling layer at its start."""
    return model.factor is not None and model.factor <= _LARGEST_FACTOR


def _find_scaling(path: Path, model: ModelDescription, options: ForeignModelOptions) -> Scaling:
    """Compute the mean and the deviation of each channel, with the Rescaling layer of the file."""
    mean, deviation = compute_scaling(options, model.image_shape[2])
    if _reads_pixels(model) and options.scaling not in (None, "none"):
        raise UsageError(
            f"{path}: its Rescaling layer already scales the images; leave --scaling out"
        )
    if model.factor is None:
        return mean, deviation
    # The network gets (pixel - mean) / deviation · factor + offset.
    shifts = tuple(d * model.offset / model.factor for d in deviation)
    return (
        tuple(m - shift for m, shift in zip(mean, shifts, strict=True)),
        tuple(d / model.factor for d in deviation),
    )


def _build_data_section(model: ModelDescription, options: ForeignModelOptions) -> Data:
    """Build the data section of a spec from the options and the image shape of the network."""
    fields: dict[str, object] = {"dataset": options.dataset, "validation": 0.0}
    assert options.dataset is not None  # `_require_options` has checked it
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
