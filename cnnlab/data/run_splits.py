"""Read one split of a run's data, and check that the data is still the same."""

from __future__ import annotations

from collections.abc import Sequence

from cnnlab.counts import format_count
from cnnlab.data import datasets
from cnnlab.data.datasets import Images
from cnnlab.errors import DataError
from cnnlab.seeds import derive_seed
from cnnlab.spec.experiment import Spec
from cnnlab.spec.inputs import Inputs


def read_split(spec: Spec, split: str) -> Images:
    """Read the images of `split`: test, validation or train.

    Raises:
        DataError: the data is missing, or is not the data that the network was trained on.
    """
    data, inputs = spec.experiment.data, spec.inputs
    info = datasets.describe_dataset(data)
    _require_same_data(info.image_shape, info.class_names, inputs, data.dataset)
    if split == "test":
        return datasets.read_test_images(data)
    all_images = datasets.read_training_images(data)
    if datasets.compute_fingerprint(all_images) != inputs.fingerprint:
        message = f"{data.dataset}: its training images have changed since the run was trained"
        raise DataError(f"{message}; put the old ones back, or evaluate --split test")
    root_seed = derive_seed(spec.experiment.validation_seed, "validation")
    training, validation = datasets.split_off_validation(all_images, data.validation, root_seed)
    if split == "validation" and not data.validation:
        raise DataError(
            "the run has no validation split (`validation: 0`); use --split test or train"
        )
    return validation if split == "validation" else training


def describe_changed_images(spec: Spec, split: str, images: Images) -> str:
    """Return a sentence if the test images have changed since the training, else an empty text.

    For other splits the text is empty, because `read_split` refuses changed training images.
    """
    data, expected = spec.experiment.data, spec.inputs.test_fingerprint
    if split != "test" or not expected:
        return ""
    if datasets.compute_test_fingerprint(data, images) == expected:
        return ""
    return f"the test images of {data.dataset} have changed since the training"


def _require_same_data(
    shape: tuple[int, ...], class_names: Sequence[str], inputs: Inputs, name: str
) -> None:
    if shape != inputs.image_shape or len(class_names) != len(inputs.class_names):
        raise DataError(
            f"{name}: its images are {shape} of {format_count(len(class_names), 'class')}, but the "
            f"network was trained on images {inputs.image_shape} of "
            f"{format_count(len(inputs.class_names), 'class')}; put the old data back"
        )
    if tuple(class_names) != inputs.class_names:
        pairs = zip(class_names, inputs.class_names, strict=True)
        new, old = next(pair for pair in pairs if pair[0] != pair[1])
        message = f"{name}: a class is called {new}, but the network was trained on {old}"
        raise DataError(f"{message}; give the folders their old names again")
