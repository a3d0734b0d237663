"""Check the data section of an experiment against the data set, and add missing values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnnlab.errors import DataError
from cnnlab.spec.class_weights import find_unknown_classes
from cnnlab.spec.experiment import BUNDLED_DATASETS, FROM_DATASET, Data, DatasetInfo, Problem


class MissingImageSize(DataError):
    """The error for a folder of image files if the data section has no `image_size`."""

    def __init__(self, dataset: str) -> None:
        super().__init__(f"{dataset}: {_NO_SIZE.message}; {_NO_SIZE.hint}")
        self.problem = _NO_SIZE


_NO_SIZE = Problem(
    ("data", "dataset"),
    "a folder of images needs `image_size`",
    "one size for all images",
    "write `image_size: 64`, or `[48, 64]` for height and width",
)


def complete_data(data: Data, info: DatasetInfo) -> Data:
    """Add to a data section the values that follow from the data set.

    These are the color mode, the share of test images, and whether the data set has validation
    images.

    If the data set has validation images, cnnlab uses these images, and not a share of the training
    images. With `validation: 0`, there is no validation.
    """
    updates: dict[str, object] = {}
    if info.is_folder:
        updates["color_mode"] = data.color_mode or "rgb"
        updates["test"] = info.test_share
    if info.validation_images and data.validation:
        updates["validation"] = FROM_DATASET
    return data.model_copy(update=updates)


def find_data_problems(data: Data, info: DatasetInfo) -> Iterator[Problem]:
    """Find fields of the data section that have no effect or contradict the data set."""
    folder_fields = ("image_size", "color_mode")
    surplus = [("transpose", "a file of images as `dataset`")] if info.is_folder else []
    if not info.is_folder:
        surplus += [(name, "a folder of images as `dataset`") for name in folder_fields]
    if data.dataset in BUNDLED_DATASETS:
        surplus += [("test", "data of your own"), ("transpose", "data of your own")]
    for name, expected in surplus:
        if getattr(data, name) is not None:
            message = f"`{name}` has no effect on {data.dataset}"
            yield Problem(("data", name), message, expected, f"leave `{name}` out")
    yield from _find_split_problems(data, info)
    yield from _find_class_weight_problems(data, info)


def _find_split_problems(data: Data, info: DatasetInfo) -> Iterator[Problem]:
    """Find problems of `validation`: missing validation images, or too few images in a split."""
    where = ("data", "validation")
    if data.validation == FROM_DATASET:
        if not info.validation_images:
            message = "the data set has no separate validation images"
            yield Problem(where, message, "a share, such as 0.1", at_key=False)
        return
    share = float(data.validation)
    held_out = round(info.training_images * share)
    if share and min(held_out, info.training_images - held_out) < info.classes:
        yield Problem(
            where,
            f"`validation: {data.validation}` is {held_out:,} of {info.training_images:,} images",
            f"at least {info.classes} images, one per class, for validation and for training",
            at_key=False,
        )


def _find_class_weight_problems(data: Data, info: DatasetInfo) -> Iterator[Problem]:
    """Find class weights whose class is not in the data."""
    if not isinstance(data.class_weight, Mapping):
        return
    shown = ", ".join(info.class_names[:20]) + (", …" if info.classes > 20 else "")
    for name, hint in find_unknown_classes(data.class_weight, info.class_names):
        message = f"the data has no class `{name}`"
        yield Problem(("data", "class_weight", name), message, f"one of {shown}", hint)
