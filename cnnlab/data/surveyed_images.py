"""Read all images of a data set for a survey: small copies, digests, sizes, and colours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from cnnlab.data import datasets, image_files, image_folders
from cnnlab.data.datasets import iterate_chunks
from cnnlab.data.duplicates import digest_image, digest_images
from cnnlab.data.folder_names import describe_system_names
from cnnlab.data.image_store import ReportReading
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data
from cnnlab.spec.wording import to_one_line

SIDE = 32  # pixels; larger images are made this small to compare them
_FILES_AT_ONCE = 256
_THREADS = min(8, os.cpu_count() or 1)
_ASSUMED_TEST = 0.2  # a folder without test/ is read in two parts, which are joined again


@dataclass(frozen=True)
class SurveyedImages:
    """The images of a data set in the order of their splits, with what a survey needs of them.

    `small` is uint8 (n, height, width, channels), with sides of at most SIDE pixels. `digests`,
    `labels`, `splits`, `indices` and `is_gray` have a number for each image; `splits` are places in
    `split_names`, and `indices` the numbers of the images in their part of the data set. `sizes` is
    (n, 2), the heights and widths. `files` has the paths of image files, or nothing.
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
        """Return the same images with other splits, in the order of these."""
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


def read_array_images(data: Data) -> SurveyedImages:
    """Read the images of a bundled data set or of an .npz file."""
    parts = [datasets.read_training_images(data), datasets.read_test_images(data)]
    arrays = [np.asarray(part.images) for part in parts]
    moments = datasets.compute_moments(arrays[0])
    height, width = arrays[0].shape[1:3]
    counts = [len(part.labels) for part in parts]
    return SurveyedImages(
        small=np.concatenate([_make_small(array) for array in arrays]),
        digests=np.concatenate([digest_images(iterate_chunks(array)) for array in arrays]),
        labels=np.concatenate([part.labels for part in parts]),
        splits=np.repeat([0, 1], counts),
        indices=np.concatenate([part.indices for part in parts]),
        is_gray=np.concatenate([_find_gray(array) for array in arrays]),
        sizes=np.tile([height, width], (sum(counts), 1)),
        split_names=("training", "test"),
        mean=tuple(mean for mean, _ in moments),
        deviation=tuple(deviation for _, deviation in moments),
    )


def _make_small(images: np.ndarray) -> np.ndarray:
    """Make images so small that no side has more than SIDE pixels."""
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
    """What a survey keeps of one picture; `sums` are the sums of pixels and of their squares."""

    small: np.ndarray
    digest: int
    size: tuple[int, int]
    is_gray: bool
    sums: np.ndarray


def read_folder_images(
    data: Data, report: ReportReading | None = None
) -> tuple[SurveyedImages, tuple[str, ...], list[str]]:
    """Read all image files of a folder; returns the images, the classes, and notes.

    A folder without train/ and test/ has a single split, unless `data.test` sets a share aside.
    """
    root = Path(data.dataset)
    has_parts = (root / "train").is_dir() and (root / "test").is_dir()
    is_whole = not has_parts and data.test is None
    listed = data.model_copy(update={"test": _ASSUMED_TEST}) if is_whole else data
    tree = image_folders.list_images(listed)
    parts = [tree.train, tree.test]
    if is_whole:
        both = sorted(
            (label, name)
            for part in parts
            for label, name in zip(part.labels, part.names, strict=True)
        )
        parts = [image_folders.ClassFiles([name for _, name in both], [label for label, _ in both])]
    names = [name for part in parts for name in part.names]
    labels = np.array([label for part in parts for label in part.labels], np.int64)
    splits = np.repeat(np.arange(len(parts)), [len(part.names) for part in parts])
    indices = np.concatenate([np.arange(len(part.names)) for part in parts])
    kept: list[int] = []
    read = []
    unreadable = [*tree.bad]
    small = np.empty((len(names), SIDE, SIDE, 3), np.uint8)
    for place, found in enumerate(_read_files(root, names, report)):
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
        split_names=("images",) if is_whole else ("training", "test"),
        mean=mean,
        deviation=deviation,
        files=tuple(names[place] for place in kept),
        unreadable=tuple(unreadable),
    )
    return images, tree.class_names, [*filter(None, [describe_system_names(tree.system_names)])]


def _compute_folder_moments(
    sums: list[np.ndarray],
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Compute mean and deviation of each channel from counts, sums and sums of squares."""
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
            picture = image_files.read_image_in_thread(os.path.join(root, name))
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
