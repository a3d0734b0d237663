"""Check and describe data sets of arrays, and read their images and labels by split."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnlab.counts import format_count
from cnnlab.data.array_files import ArraySet, open_arrays
from cnnlab.data.array_names import SplitName
from cnnlab.data.array_values import (
    UnusableArray,
    convert_images,
    convert_labels,
    find_image_faults,
    find_label_faults,
    get_image_shape,
)
from cnnlab.errors import DataError
from cnnlab.spec.experiment import FROM_DATASET, Data, DatasetInfo

MAX_CLASSES = 1000
# EMNIST has 26 classes of letters, 47 balanced ones and 62 digits and letters; in the files, its
# images are stored column by column (Cohen et al. 2017, EMNIST: an extension of MNIST).
_EMNIST_CLASSES, _EMNIST_SHAPE = (26, 47, 62), (28, 28, 1)


@dataclass(frozen=True)
class ArrayDataset:
    """A data set of arrays whose shapes and labels fit together.

    `labels` is int32 (n,) for each split, from 0. If the data set has no test images, cnnlab splits
    its array of images, and `places` has the indices of the training images and of the test images
    in this array.
    """

    path: Path
    info: DatasetInfo
    arrays: ArraySet
    labels: dict[SplitName, np.ndarray]
    places: dict[SplitName, np.ndarray]
    transpose: bool

    def read_images(self, split: SplitName) -> np.ndarray:
        """Read the images of a split as uint8 (n, height, width, channels).

        Raises:
            DataError: a number in the file cannot be the value of a pixel.
        """
        source: SplitName = split if (split, "images") in self.arrays.arrays else "train"
        try:
            images = convert_images(self.arrays.arrays[source, "images"], self.transpose)
        except UnusableArray as error:
            raise DataError(f"{self.path}: {error}") from None
        places = self.places.get(split)
        return images if places is None else images[places]


def open_dataset(data: Data, path: Path) -> ArrayDataset:
    """Read the headers and the labels of a data set of arrays, but not the images.

    Raises:
        DataError: the error lists every fault of the data set.
    """
    arrays = open_arrays(path)
    faults = list(_find_shape_faults(arrays, data))
    if not faults:
        values, faults = _read_labels(arrays)
    if not faults:
        faults = list(_find_label_faults(arrays, values, data))
    if faults:
        raise DataError("\n".join(f"{path}: {fault}" for fault in faults))
    classes = np.unique(values["train"])
    labels = {
        split: np.searchsorted(classes, some).astype(np.int32) for split, some in values.items()
    }
    places: dict[SplitName, np.ndarray] = {}
    if data.test is not None:
        training, test = _split_off_test(labels["train"], data.test)
        places = {"train": training, "test": test}
        labels |= {"train": labels["train"][training], "test": labels["train"][test]}
    images = arrays.arrays["train", "images"]
    shape = get_image_shape(images.shape, bool(data.transpose))
    info = DatasetInfo(
        image_shape=shape,
        class_names=tuple(map(str, classes.tolist())),
        training_images=len(labels["train"]),
        test_images=len(labels["test"]),
        validation_images=len(labels.get("validation", ())),
        notes=(*arrays.notes, *_find_notes(data, path, images.name, shape, classes)),
    )
    return ArrayDataset(path, info, arrays, labels, places, bool(data.transpose))


def _find_shape_faults(arrays: ArraySet, data: Data) -> Iterator[str]:
    """Yield the faults in the headers of the arrays, and in the field `test` of the config."""
    has_fault = False
    for split in arrays.get_splits():
        images, labels = (arrays.arrays[split, part] for part in ("images", "labels"))
        faults = [*find_image_faults(images), *find_label_faults(labels)]
        if not faults and images.shape[0] != labels.shape[0]:
            count = format_count(images.shape[0], "image")
            theirs = format_count(labels.shape[0], "label")
            faults = [f"{images.name} has {count}, but {labels.name} has {theirs}"]
        has_fault = has_fault or bool(faults)
        yield from faults
    stored = {split: arrays.arrays[split, "images"] for split in arrays.get_splits()}
    if not has_fault:
        first = stored["train"]
        for other in stored.values():
            if get_image_shape(first.shape, False) != get_image_shape(other.shape, False):
                shapes = f"{first.shape[1:]} and {other.shape[1:]}"
                names = f"{first.name} and {other.name}"
                yield f"{names} have images of different shapes: {shapes}"
    if "test" in stored and data.test is not None:
        yield "it has test images, so cnnlab needs no share of images for the test; remove `test`"
    if "test" not in stored and data.test is None:
        yield "; ".join(
            [
                *arrays.notes,
                "it has no test images; write `test: 0.2` below `data:` to use this share of each "
                "class for the test",
            ]
        )


def _read_labels(arrays: ArraySet) -> tuple[dict[SplitName, np.ndarray], list[str]]:
    """Read the labels of all splits, and list the faults of labels that cnnlab cannot use."""
    values, faults = {}, []
    for split in arrays.get_splits():
        try:
            values[split] = convert_labels(arrays.arrays[split, "labels"])
        except UnusableArray as error:
            faults.append(str(error))
    return values, faults


def _find_label_faults(
    arrays: ArraySet, values: dict[SplitName, np.ndarray], data: Data
) -> Iterator[str]:
    """Yield the faults in the values of the labels."""
    names = {split: arrays.arrays[split, "labels"].name for split in values}
    classes, counts = np.unique(values["train"], return_counts=True)
    name = names["train"]
    if len(classes) > MAX_CLASSES:
        yield f"{name} has {len(classes):,} different labels; cnnlab reads at most {MAX_CLASSES:,}"
        return
    if len(classes) == 1:
        yield f"{name} has one class; a classifier needs two or more"
    if classes[0] < 0 and classes.tolist() != [-1, 1]:
        yield f"{name} has the label {classes[0]}; labels must be 0 or more, or -1 and 1"
        return
    held_out = data.validation not in (0, FROM_DATASET) and "validation" not in values
    rest = counts - _count_test_images(counts, data.test or 0)
    single = classes[rest == 1]
    if single.size and held_out:
        yield (
            f"{name} has a single image of class {_format_classes(single)}; a validation split "
            "needs two or more of each class: add images, or write `validation: 0`"
        )
    for split in values:
        unknown = np.setdiff1d(values[split], classes)
        if unknown.size:
            yield (
                f"{names[split]} has the label {_format_classes(unknown)}, which {name} does not "
                f"have: its labels are {_format_classes(classes)}"
            )


def _format_classes(classes: np.ndarray) -> str:
    return ", ".join(map(str, classes[:10].tolist())) + (", …" if classes.size > 10 else "")


def _split_off_test(labels: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Split each class into training and test images by hashes of the images' indices.

    The split does not depend on a seed. Images that are added at the end of the array change the
    split of only few other images.
    """
    test: list[int] = []
    for label, count in enumerate(_count_test_images(np.bincount(labels), share).tolist()):
        numbers = np.flatnonzero(labels == label).tolist()
        test += sorted(numbers, key=_hash_number)[:count]
    is_test = np.zeros(len(labels), bool)
    is_test[test] = True
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _count_test_images(counts: np.ndarray, share: float) -> np.ndarray:
    """Return how many images of each class become test images: at least one, but not all."""
    if not share:
        return np.zeros_like(counts)
    wanted = np.maximum(1, np.rint(counts * share).astype(np.int64))
    return np.asarray(np.minimum(wanted, counts - 1))


def _hash_number(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def _find_notes(
    data: Data, path: Path, images: str, shape: Sequence[int], classes: np.ndarray
) -> Iterator[str]:
    """Yield sentences about labels that become class names, and about EMNIST's swapped rows.

    `images` is the name of the array or file with the training images.
    """
    if classes.tolist() != list(range(len(classes))):
        yield (
            f"the labels are {_format_classes(classes)}, not 0 to {len(classes) - 1}, so each "
            "label is the name of a class"
        )
    name = next((one for one in (images, path.name) if "emnist" in one.lower()), "")
    is_similar = tuple(shape) == _EMNIST_SHAPE and len(classes) in _EMNIST_CLASSES
    if data.transpose is None and (name or is_similar):
        yield (
            f"{name or path.name} looks like EMNIST, whose files store each image with rows and "
            "columns exchanged; `transpose: true` below `data:` turns the letters upright, and "
            "`transpose: false` keeps the images as they are"
        )
