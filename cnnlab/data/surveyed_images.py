"""Read all images of a data set, and keep small copies, hashes, sizes and colours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from cnnlab.data import datasets, image_files, image_folders
from cnnlab.data.array_datasets import ArrayDataset
from cnnlab.data.array_files import open_arrays
from cnnlab.data.array_names import SplitName
from cnnlab.data.duplicates import digest_image, digest_images
from cnnlab.data.folder_names import describe_system_names
from cnnlab.data.image_store import ReportReading
from cnnlab.data.pixel_statistics import compute_moments, iterate_chunks
from cnnlab.errors import DataError
from cnnlab.spec.experiment import BUNDLED_DATASETS, Data
from cnnlab.spec.wording import to_one_line

SIDE = 32  # pixels; larger images are made this small to compare them
_FILES_AT_ONCE = 256
_THREADS = min(8, os.cpu_count() or 1)
_ASSUMED_TEST = 0.2  # a folder without test/ is read in two parts, which are joined again


@dataclass(frozen=True)
class SurveyedImages:
    """The images of a data set in the order of the splits, as small copies with measurements.

    `small` is uint8 (n, height, width, channels), with sides of at most SIDE pixels. `digests`,
    `labels`, `splits`, `indices` and `is_gray` have a number for each image: the hash, the class,
    the index of the split in `split_names`, the index of the image within the stored split, and
    whether the image is gray. `sizes` is (n, 2), the heights and widths. `files` has the paths of
    the image files, and is empty for arrays.
    """

    small: np.ndarray
    digests: np.ndarray
    labels: np.ndarray
    splits: np.ndarray
    indices: np.ndarray
    is_gray: np.ndarray
    sizes: np.ndarray
    split_names: tuple[str, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    files: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()

    def sort_by_split(self, splits: np.ndarray, split_names: tuple[str, ...]) -> SurveyedImages:
        """Return the images with new splits, sorted by these splits."""
        order = np.argsort(splits, kind="stable")
        files = tuple(self.files[place] for place in order) if self.files else ()
        return replace(
            self,
            small=self.small[order],
            digests=self.digests[order],
            labels=self.labels[order],
            splits=splits[order],
            indices=self.indices[order],
            is_gray=self.is_gray[order],
            sizes=self.sizes[order],
            split_names=split_names,
            files=files,
        )


def read_array_images(data: Data) -> tuple[SurveyedImages, tuple[str, ...], list[str]]:
    """Read a data set of arrays, and return the images, the names of the classes, and notes.

    Data without test images has no test split, except if `data.test` asks for one.
    """
    source = _open_arrays(data)
    info = datasets.describe_dataset(data) if data.dataset in BUNDLED_DATASETS else source.info
    splits = _read_splits(data, source)
    arrays = [images for _, images, _ in splits]
    moments = compute_moments(arrays[0])
    height, width = arrays[0].shape[1:3]
    counts = [len(array) for array in arrays]
    images = SurveyedImages(
        small=np.concatenate([_make_small(array) for array in arrays]),
        digests=np.concatenate([digest_images(iterate_chunks(array)) for array in arrays]),
        labels=np.concatenate([labels for _, _, labels in splits]),
        splits=np.repeat(np.arange(len(splits)), counts),
        indices=np.concatenate([np.arange(count) for count in counts]),
        is_gray=np.concatenate([_find_gray(array) for array in arrays]),
        sizes=np.tile([height, width], (sum(counts), 1)),
        split_names=tuple(name for name, _, _ in splits),
        mean=tuple(mean for mean, _ in moments),
        deviation=tuple(deviation for _, deviation in moments),
    )
    return images, info.class_names, [*info.notes]


def read_array_splits(data: Data) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Read each split of a data set of arrays, as tuples (name, images, labels).

    `images` is uint8 (n, height, width, channels). Data without test images has no test split.
    """
    return _read_splits(data, _open_arrays(data))


def _open_arrays(data: Data) -> ArrayDataset:
    """Open a data set of arrays; if it has no test images, with a share of test images."""
    is_own = data.test is None and data.dataset not in BUNDLED_DATASETS
    if is_own and "test" not in open_arrays(Path(data.dataset)).get_splits():
        data = data.model_copy(update={"test": _ASSUMED_TEST})
    return datasets.open_arrays(data)


def _read_splits(data: Data, source: ArrayDataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Read the splits of an open data set. Data without test images has no test split."""
    names: dict[SplitName, str] = {
        "train": "training",
        "validation": "validation",
        "test": "test",
    }
    splits = [
        (name, source.read_images(split), source.labels[split])
        for split, name in names.items()
        if split in source.labels
    ]
    if data.test is not None or not source.places:
        return splits
    order = np.argsort(np.concatenate([source.places["train"], source.places["test"]]))
    images, labels = (
        np.concatenate([split[part] for split in (splits[0], splits[-1])])[order] for part in (1, 2)
    )
    name = "training" if len(splits) > 2 else "images"
    return [(name, images, labels), *splits[1:-1]]


def _make_small(images: np.ndarray) -> np.ndarray:
    """Make images smaller, so that no side has more than SIDE pixels."""
    height, width = images.shape[1:3]
    if max(height, width) <= SIDE:
        return images
    size = (min(width, SIDE), min(height, SIDE))
    small = [
        _resize(image.squeeze(-1) if image.shape[-1] == 1 else image, size) for image in images
    ]
    return np.stack(small).reshape(len(images), size[1], size[0], -1)


def _resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))


def _find_gray(images: np.ndarray) -> np.ndarray:
    """Find the images whose channels are all equal."""
    gray = np.ones(len(images), bool)
    if images.shape[-1] > 1:
        for start in range(0, len(images), 1024):
            some = images[start : start + 1024]
            gray[start : start + 1024] = (some == some[..., :1]).all(axis=(1, 2, 3))
    return gray


@dataclass(frozen=True)
class _ReadFile:
    """The data of one picture file; `sums` has sums of pixels and of squared pixels by channel."""

    small: np.ndarray
    digest: int
    size: tuple[int, int]
    is_gray: bool
    sums: np.ndarray


def read_folder_images(
    data: Data, report: ReportReading | None = None
) -> tuple[SurveyedImages, tuple[str, ...], list[str]]:
    """Read all image files of a folder, and return the images, the names of the classes, and notes.

    A folder without test/ has no test split, except if `data.test` asks for one.
    """
    tree, parts, split_names = _list_splits(data)
    names = [name for part in parts for name in part.names]
    labels = np.array([label for part in parts for label in part.labels], np.int64)
    splits = np.repeat(np.arange(len(parts)), [len(part.names) for part in parts])
    indices = np.concatenate([np.arange(len(part.names)) for part in parts])
    kept: list[int] = []
    read = []
    unreadable = [*tree.bad]
    small = np.empty((len(names), SIDE, SIDE, 3), np.uint8)
    for place, found in enumerate(_read_files(Path(data.dataset), names, report)):
        if isinstance(found, DataError):
            unreadable.append((to_one_line(names[place]), str(found)))
        else:
            small[len(kept)] = found.small
            kept.append(place)
            read.append((found.digest, found.size, found.is_gray, found.sums))
    places = np.array(kept, np.int64)
    sums = [one[3] for one, place in zip(read, kept, strict=True) if not splits[place]]
    mean, deviation = _compute_folder_moments(sums)
    images = SurveyedImages(
        small=small[: len(kept)],
        digests=np.array([one[0] for one in read], np.int64),
        labels=labels[places],
        splits=splits[places],
        indices=indices[places],
        is_gray=np.array([one[2] for one in read], bool),
        sizes=np.array([one[1] for one in read], np.int64).reshape(-1, 2),
        split_names=tuple(split_names),
        mean=mean,
        deviation=deviation,
        files=tuple(names[place] for place in kept),
        unreadable=tuple(unreadable),
    )
    return images, tree.class_names, [*filter(None, [describe_system_names(tree.system_names)])]


def _list_splits(
    data: Data,
) -> tuple[image_folders.ImageTree, list[image_folders.ClassFiles], list[str]]:
    """List the image files of each split of a folder, and the names of the splits."""
    part_names = image_folders.find_parts(data.dataset)
    is_whole = "test" not in part_names and data.test is None
    listed = data.model_copy(update={"test": _ASSUMED_TEST}) if is_whole else data
    tree = image_folders.list_images(listed)
    parts = [tree.train, tree.validation, tree.test]
    split_names = ["training", "validation", "test"]
    if is_whole:
        both = sorted(
            (label, name)
            for part in (tree.train, tree.test)
            for label, name in zip(part.labels, part.names, strict=True)
        )
        whole = image_folders.ClassFiles([name for _, name in both], [label for label, _ in both])
        parts, split_names = [whole, tree.validation], split_names[:2]
    if not tree.validation.names:
        del parts[1], split_names[1]
    if len(parts) == 1:
        split_names = ["images"]
    return tree, parts, split_names


def _compute_folder_moments(
    sums: list[np.ndarray],
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Compute mean and deviation of each channel from pixel counts, sums and sums of squares."""
    if not sums:
        return (), ()
    count, total, square = np.sum(sums, axis=0)
    mean = total / count
    deviation = np.sqrt(np.maximum(square / count - mean**2, 0))
    return tuple(mean.tolist()), tuple(deviation.tolist())


def _read_files(
    root: Path, names: list[str], report: ReportReading | None
) -> Iterator[_ReadFile | DataError]:
    def read(name: str) -> _ReadFile | DataError:
        try:
            picture = image_files.read_picture_in_thread(os.path.join(root, name)).upright
        except DataError as fault:
            return fault
        histogram = np.array(Image.fromarray(picture).histogram(), float).reshape(3, 256)
        return _ReadFile(
            small=_resize(picture, (SIDE, SIDE)),
            digest=digest_image(picture),
            size=picture.shape[:2],
            is_gray=bool((picture == picture[..., :1]).all()),
            sums=np.stack([histogram @ np.arange(256.0) ** power for power in range(3)]),
        )

    with image_files.ignore_warnings(), ThreadPoolExecutor(_THREADS) as threads:
        for start in range(0, len(names), _FILES_AT_ONCE):
            some = names[start : start + _FILES_AT_ONCE]
            yield from threads.map(read, some)
            if report:
                report(start + len(some), len(names))
