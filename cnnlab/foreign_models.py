"""Read the spec of a single `.keras` file that cnnlab or another Keras program wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.data.dataset_option import build_data_section
from cnnlab.data.datasets import describe_dataset
from cnnlab.data.moved_data import move_data
from cnnlab.errors import CheckpointError, UsageError
from cnnlab.keras_archive import KerasArchive
from cnnlab.spec.experiment import (
    Data,
    DatasetInfo,
    Experiment,
    Inputs,
    Spec,
    is_folder,
)
from cnnlab.spec.keras_model_translation import ModelDescription
from cnnlab.spec.shape_checks import find_shape_problems
from cnnlab.spec.starter_config import complete_path

SCALINGS = {"unit": 255.0, "none": 1.0}  # each pixel is divided by this number


@dataclass(frozen=True)
class ForeignModelOptions:
    """The user's options for a network: its data set, and the scaling of its images.

    A file that cnnlab did not write needs both. A network that cnnlab wrote takes the data set
    alone, if it was moved.
    """

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
        if archive.is_native:
            return place_data(archive.read_spec(), options, str(path))
        model = archive.read_description()
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


def place_data(spec: Spec, options: ForeignModelOptions, name: str) -> Spec:
    """Return the spec of a network that cnnlab wrote, with its data where the user says.

    Raises:
        UsageError: an option is given that only a file of another program needs.
        DataError: the data is missing, or is not the data of the network.
    """
    if replace(options, dataset=None) != NO_OPTIONS:
        raise UsageError(f"{name}: cnnlab wrote it, and knows its scaling; leave --scaling out")
    return spec if options.dataset is None else move_data(spec, options.dataset)


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
    fields: dict[str, object] = {"validation": 0.0}
    if is_folder(complete_path(options.dataset, Path())):
        fields["image_size"] = model.image_shape[:2]
        fields["color_mode"] = "grayscale" if model.image_shape[2] == 1 else "rgb"
    return build_data_section(options.dataset, **fields)
