"""Read one split of a run's data, and refuse data that has changed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from cnnlab.counts import format_count
from cnnlab.data import datasets
from cnnlab.data.datasets import Images
from cnnlab.data.validation_split import split_training_images
from cnnlab.errors import DataError, UsageError
from cnnlab.seeds import derive_seed
from cnnlab.spec.experiment import BUNDLED_DATASETS, Data, Spec
from cnnlab.spec.foreign_preparation import PicturePreparation
from cnnlab.spec.inputs import Inputs


def read_split(spec: Spec, split: str) -> Images:
    """Read the images of `split`: test, validation or train.

    Raises:
        DataError: the data is missing, or is not the data that the network was trained on.
    """
    data, inputs = spec.experiment.data, spec.inputs
    require_data(data)
    info = datasets.describe_dataset(data)
    require_same_classes(info.image_shape, info.class_names, inputs, data.dataset)
    if inputs.preparation not in (None, PicturePreparation()) and not datasets.is_image_folder(
        data
    ):
        message = f"the images of {data.dataset} are arrays of one size"
        raise UsageError(f"{message}; leave --resize and --exif out")
    if split == "test":
        return datasets.read_test_images(data, inputs.preparation)
    all_images = datasets.read_training_images(data)
    if datasets.compute_fingerprint(all_images) != inputs.fingerprint:
        message = f"{data.dataset}: its training images have changed since the run was trained"
        raise DataError(f"{message}; put the old images back, or evaluate --split test")
    root_seed = derive_seed(spec.experiment.validation_seed, "validation")
    training, validation = split_training_images(all_images, data, info.training_images, root_seed)
    if split == "validation" and not data.validation:
        raise DataError(
            "the run has no validation split (`validation: 0`); use --split test or train"
        )
    return validation if split == "validation" else training


def describe_changed_images(spec: Spec, split: str, images: Images) -> str:
    """Return a sentence if the test images have changed since the training, and "" otherwise.

    For the other splits, the result is always "", because `read_split` refuses changed training
    images.
    """
    data, expected = spec.experiment.data, spec.inputs.test_fingerprint
    if split != "test" or not expected:
        return ""
    if datasets.compute_test_fingerprint(data, images) == expected:
        return ""
    return f"the test images of {data.dataset} have changed since the training"


def exists(data: Data) -> bool:
    """Whether the file or folder of a data set exists."""
    return data.dataset in BUNDLED_DATASETS or Path(data.dataset).exists()


def require_data(data: Data) -> None:
    """Raise DataError, which advises --dataset, if the file or folder of the data does not exist.

    If the current folder has a file or folder with the same name, the message suggests this file or
    folder.
    """
    if exists(data):
        return
    name = Path(data.dataset).name
    place = shlex.quote(name) if Path(name).exists() else "PATH"
    raise DataError(
        f"{data.dataset}: the data of the run is not there any more; if it was moved, give the new "
        f"path with --dataset {place} (evaluate, predict, explain, report, export and resume take "
        "it)"
    )


def require_same_classes(
    shape: tuple[int, ...], class_names: Sequence[str], inputs: Inputs, name: str
) -> None:
    """Raise DataError if a data set and a network differ in image shape or classes."""
    if shape != inputs.image_shape or len(class_names) != len(inputs.class_names):
        raise DataError(
            f"{name}: its images are {shape} of {format_count(len(class_names), 'class')}, but the "
            f"network was trained on images {inputs.image_shape} of "
            f"{format_count(len(inputs.class_names), 'class')}; name the data of the run, or "
            "put it back"
        )
    if tuple(class_names) != inputs.class_names:
        pairs = zip(class_names, inputs.class_names, strict=True)
        new, old = next(pair for pair in pairs if pair[0] != pair[1])
        message = f"{name}: a class is called {new}, but the network was trained on {old}"
        raise DataError(f"{message}; give the folders of the classes their old names")
