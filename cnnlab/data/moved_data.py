"""Find the moved data of a run, and compare the fingerprints of the images."""

from __future__ import annotations

from cnnlab.data import datasets
from cnnlab.data.dataset_option import build_data_section
from cnnlab.data.run_splits import exists, require_same_classes
from cnnlab.errors import DataError, UsageError
from cnnlab.spec.experiment import Data, DatasetInfo, Spec


def move_data(spec: Spec, dataset: str) -> Spec:
    """Return `spec` with the new path of its data, if the fingerprints of the images are equal.

    Args:
        dataset: the new path of the data; a relative path starts at the current folder.

    Raises:
        UsageError: `dataset` cannot be the name of a data set, or only one of the old and the new
            data is a folder of images.
        DataError: the data at the new path is missing, broken, or not the data of the run.
    """
    moved = set_place(spec, find_place(spec, dataset))
    data, inputs = moved.experiment.data, spec.inputs
    if not exists(data):
        raise DataError(f"{data.dataset}: there is no such file or folder")
    info = _describe_moved(spec, data)
    require_same_classes(info.image_shape, info.class_names, inputs, data.dataset)
    training = datasets.compute_fingerprint(datasets.read_training_images(data))
    _require_same_fingerprint("training", training, inputs.fingerprint, data.dataset)
    if inputs.test_fingerprint:
        test = datasets.compute_test_fingerprint(data)
        _require_same_fingerprint("test", test, inputs.test_fingerprint, data.dataset)
    return moved


def _describe_moved(spec: Spec, data: Data) -> DatasetInfo:
    """Describe the data at the new path, which must be a folder of images or arrays as before.

    The function raises the errors of `move_data`.
    """
    was_folder = data.image_size is not None
    if was_folder == datasets.is_image_folder(data):
        return _describe_with_test(data)
    found, expected = ("arrays", "a folder of images") if was_folder else ("a folder", "arrays")
    old = spec.experiment.data.dataset
    raise UsageError(
        f"--dataset: {data.dataset} has {found}, but the data of the run was {expected}: {old}"
    )


def _describe_with_test(data: Data) -> DatasetInfo:
    """Describe data; refuse test images of its own if the run set a share aside for the test.

    Raises DataError.
    """
    try:
        return datasets.describe_dataset(data)
    except DataError:
        if data.test is None or not _has_test_images(data):
            raise
    raise DataError(
        f"{data.dataset}: not the data of the run: it has test images of its own, but the run set "
        f"{data.test:.0%} of each class aside for the test; name the place of the same data"
    )


def _has_test_images(data: Data) -> bool:
    """Return whether data without a share for the test is complete."""
    try:
        info = datasets.describe_dataset(data.model_copy(update={"test": None}))
    except DataError:
        return False
    return info.test_share is None


def find_place(spec: Spec, dataset: str) -> str:
    """Return the absolute path of the data set that the user named with --dataset."""
    data = spec.experiment.data
    try:
        fields = data.model_dump(mode="json", exclude={"dataset"})
        return build_data_section(dataset, **fields).dataset
    except UsageError as error:
        raise UsageError(f"{error}; the data of the run was {data.dataset}") from None


def set_place(spec: Spec, place: str) -> Spec:
    """Return a copy of a spec with another path of the data, without a check of the data."""
    experiment = spec.experiment
    data = experiment.data.model_copy(update={"dataset": place})
    return spec.model_copy(update={"experiment": experiment.model_copy(update={"data": data})})


def _require_same_fingerprint(split: str, found: str, expected: str, place: str) -> None:
    if found != expected:
        raise DataError(
            f"{place}: not the data of the run: the fingerprint (SHA-256) of its {split} images is "
            f"{found}, but that of the run is {expected}; give the path of the data of the run"
        )
