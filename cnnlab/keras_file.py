"""The network in a single `.keras` file: its own spec, or, of another's, its layers translated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cnnlab.archive import Archive
from cnnlab.data.sources import describe
from cnnlab.errors import CheckpointError, UsageError
from cnnlab.spec.experiment import Data, DatasetInfo, Experiment, Inputs, Spec, is_folder, locate
from cnnlab.spec.faults import explain
from cnnlab.spec.keras_config import Description
from cnnlab.spec.shapes import shape_problems

SCALINGS = {"unit": 255.0, "none": 1.0}  # what a pixel is divided by


@dataclass(frozen=True)
class Said:
    """What a person says of a file that cannot say it: its data set, and how images are scaled."""

    dataset: str | None = None
    scaling: str | None = None


NOTHING = Said()


def spec_of(path: Path, said: Said = NOTHING) -> Spec:
    """The spec of a `.keras` file: its own, or, if cnnlab did not write it, its layers translated.

    Raises:
        CheckpointError: the file is damaged, or has what this language has not.
        UsageError: what only a person can know was not said, or what the file knows was.
        DataError: the data set that is named is missing or broken.
    """
    with Archive(path) as archive:
        if not archive.is_ours:
            found = archive.description()
        elif said == NOTHING:
            return archive.spec()
        else:
            raise known(str(path))
    factor, offset = _scale(path, found, said)
    data = _data(path, found, said)
    info = describe(data)
    if info.image_shape != found.image_shape:
        message = f"it reads images {found.image_shape}, but those of {data.dataset}"
        raise CheckpointError(f"{path}: {message} are {info.image_shape}")
    fits = DatasetInfo(found.image_shape, info.class_names, 0, 0)
    for problem in shape_problems(found.layers, fits, complete=True):
        raise CheckpointError(f"{path}: {problem.message}; expected {problem.expected}")
    channels = found.image_shape[2]
    name = re.sub(r"[^A-Za-z0-9_-]", "-", path.stem).lstrip("-_")[:64] or "network"
    return Spec(
        experiment=Experiment(name=name, data=data, model=found.layers),
        inputs=Inputs(
            image_shape=found.image_shape,
            class_names=info.class_names,
            mean=(-offset / factor,) * channels,
            deviation=(1 / factor,) * channels,
            fingerprint="",
        ),
    )


def known(name: str) -> UsageError:
    """What is told to a person who says of a network what cnnlab knows of it."""
    message = f"{name}: cnnlab wrote it, and knows its data and scaling"
    return UsageError(f"{message}; leave --dataset and --scaling out")


def _scale(path: Path, found: Description, said: Said) -> tuple[float, float]:
    """What a pixel is multiplied by, and what is then added."""
    if found.factor is not None:
        if said.scaling:
            message = f"{path}: scales its images itself (Rescaling); leave --scaling out"
            raise UsageError(message)
        return found.factor, found.offset
    if said.scaling is None:
        raise UsageError(
            f"{path}: not written by cnnlab, so nobody knows how its images were scaled; say "
            "--scaling unit (from 0 to 1) or --scaling none (from 0 to 255)"
        )
    return 1 / SCALINGS[said.scaling], 0.0


def _data(path: Path, found: Description, said: Said) -> Data:
    """The data section that a config for this network would have."""
    if said.dataset is None:
        raise UsageError(
            f"{path}: not written by cnnlab, so nobody knows its data; name it: --dataset mnist, "
            "fashion_mnist, FILE.npz, or FOLDER/ with one folder of images for each class"
        )
    fields: dict[str, object] = {"dataset": said.dataset, "validation": 0.0}
    if is_folder(said.dataset):
        fields["image_size"] = found.image_shape[:2]
        fields["color_mode"] = "grayscale" if found.image_shape[2] == 1 else "rgb"
    try:
        return locate(Data.model_validate(fields), Path())
    except ValidationError as error:
        [detail] = error.errors(include_url=False)
        problem = explain({**detail, "loc": ("data", *detail["loc"])})
        told = "; ".join(filter(None, (problem.message, problem.expected, problem.hint)))
        raise UsageError(f"--dataset: {told}") from None
