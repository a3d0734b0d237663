"""Read the spec of a single `.keras` file that cnnlab or another Keras program wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from cnnlab.data.dataset_option import build_data_section
from cnnlab.data.datasets import describe_dataset, is_image_folder
from cnnlab.data.moved_data import move_data
from cnnlab.errors import CheckpointError, DataError, UsageError
from cnnlab.keras_archive import KerasArchive
from cnnlab.run_folder import describe_foreign_format
from cnnlab.spec.experiment import (
    Data,
    DatasetInfo,
    Experiment,
    Spec,
)
from cnnlab.spec.foreign_preparation import (
    NO_OPTIONS,
    SCALING_CHOICES,
    ForeignModelOptions,
    PicturePreparation,
    Scaling,
    compute_scaling,
)
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.keras_model_translation import ModelDescription
from cnnlab.spec.shape_checks import find_foreign_model_problems

_TEST_SHARE = 0.2  # of each class, where the data has no test images


def read_spec(path: Path, options: ForeignModelOptions = NO_OPTIONS) -> Spec:
    """Read the spec of a `.keras` file, or build a spec if cnnlab did not write the file.

    The spec describes the network and its images. To build a spec, cnnlab translates the Keras
    layers in the file.

    Raises:
        CheckpointError: the file is damaged, or has a layer that cnnlab does not support.
        UsageError: an option is missing, or the user gave an option that this file does not need.
        DataError: the named data set is missing or broken.
    """
    if foreign := describe_foreign_format(path):
        raise CheckpointError(f"{path}: {foreign}")
    with KerasArchive(path) as archive:
        if archive.is_native:
            return place_data(archive.read_spec(), options, str(path))
        archive.require_keras_3()
        model = archive.read_description()
    _require_options(path, model, options)
    mean, deviation = _find_scaling(path, model, options)
    data, info = _describe_data(_build_data_section(model, options))
    if info.image_shape != model.image_shape:
        message = f"its network reads images {model.image_shape}, but {data.dataset} has images"
        raise CheckpointError(f"{path}: {message} {info.image_shape}")
    fits = DatasetInfo(model.image_shape, info.class_names, 0, 0)
    for problem in find_foreign_model_problems(model.layers, fits):
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


def place_data(spec: Spec, options: ForeignModelOptions, name: str) -> Spec:
    """Return the spec of a network that cnnlab wrote, with the data that the user named.

    Raises:
        UsageError: the user gave an option that only a file of another program needs.
        DataError: the data is missing, or is not the data of the network.
    """
    if replace(options, dataset=None) != NO_OPTIONS:
        given = " and ".join(name for name in options.list_given() if name != "--dataset")
        message = f"{name}: cnnlab wrote it, and knows how to prepare images; leave {given} out"
        raise UsageError(message)
    return spec if options.dataset is None else move_data(spec, options.dataset)


def _require_options(path: Path, model: ModelDescription, options: ForeignModelOptions) -> None:
    """Raise UsageError if the user has not named the data and the scaling of the network."""
    missing = []
    if options.dataset is None:
        missing.append(
            "--dataset with mnist, fashion_mnist, a file (.npz, .csv or IDX), or FOLDER/ with one "
            "folder of images for each class"
        )
    if options.scaling is None and not model.scales_pixels:
        missing.append(SCALING_CHOICES)
    if missing:
        unknown = "does not know which data the network needs, and how to prepare the images"
        raise UsageError(
            f"{path}: cnnlab did not write this file, and {unknown}; add\n  " + "\n  ".join(missing)
        )


def _find_scaling(path: Path, model: ModelDescription, options: ForeignModelOptions) -> Scaling:
    """Compute the mean and the deviation with which cnnlab scales each channel of the images."""
    mean, deviation = compute_scaling(options, model.image_shape[2])
    if model.scales_pixels and options.scaling not in (None, "none"):
        raise UsageError(
            f"{path}: its Rescaling layer already scales the images; leave --scaling out"
        )
    return mean, deviation


def _describe_data(data: Data) -> tuple[Data, DatasetInfo]:
    """Describe the data of a foreign network; data without test images gives a share of them.

    Raises:
        DataError: the data set is missing or broken.
    """
    try:
        info = describe_dataset(data)
    except DataError as fault:
        data = data.model_copy(update={"test": _TEST_SHARE})
        try:
            return data, describe_dataset(data)
        except DataError:
            raise fault from None
    return data.model_copy(update={"test": info.test_share}), info


def describe_test_share(spec: Spec) -> str:
    """Say that the test images of a foreign network are a share of other images; else empty."""
    data = spec.experiment.data
    if spec.inputs.fingerprint or data.test is None:
        return ""
    return (
        f"{data.dataset} has no test images, so cnnlab uses {data.test:.0%} of the images of each "
        "class; if the network was trained on them, its accuracy on new images is lower"
    )


def _build_data_section(model: ModelDescription, options: ForeignModelOptions) -> Data:
    """Build the data section of a spec from the options and the image shape of the network."""
    fields: dict[str, object] = {"validation": 0.0}
    assert options.dataset is not None  # `_require_options` has checked it
    if is_image_folder(build_data_section(options.dataset, **fields)):
        fields["image_size"] = model.image_shape[:2]
        fields["color_mode"] = "grayscale" if model.image_shape[2] == 1 else "rgb"
    return build_data_section(options.dataset, **fields)
