"""Measure the images, classes, sizes, colours and duplicates of a data set before training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.data import datasets
from cnnlab.data.duplicates import Duplicate, find_duplicates
from cnnlab.data.image_store import ReportReading
from cnnlab.data.surveyed_images import SurveyedImages, read_array_images, read_folder_images
from cnnlab.data.validation_split import split_off_validation
from cnnlab.seeds import derive_seed
from cnnlab.spec.experiment import Data

SAMPLES = 10  # images of each class in the picture


@dataclass(frozen=True)
class Survey:
    """What a data set contains.

    `counts` is int (splits, classes). `mean` and `deviation` have one number from 0 to 255 for each
    channel, over all pixels of the training images. `unreadable` has the path of each file that
    cannot be read, and the reason.
    """

    data: Data
    class_names: tuple[str, ...]
    images: SurveyedImages
    counts: np.ndarray
    duplicates: list[Duplicate]
    is_complete: bool
    notes: tuple[str, ...]

    @property
    def dataset(self) -> str:
        """The name or the path of the data set."""
        return self.data.dataset

    def name_image(self, place: int) -> str:
        """Name an image by the path of its file, or by its split and its index in the array."""
        images = self.images
        if images.files:
            return images.files[place]
        return f"{images.split_names[images.splits[place]]} image {images.indices[place]}"

    def describe_sizes(self) -> dict[str, Any]:
        """Return the smallest, median and largest image size, and the number of different sizes."""
        sizes = self.images.sizes
        if not len(sizes):
            return {"different": 0, "smallest": None, "median": None, "largest": None}
        by_pixels = sizes[np.argsort(sizes.prod(axis=1), kind="stable")].tolist()
        return {
            "different": len(set(map(tuple, by_pixels))),
            "smallest": by_pixels[0],
            "median": by_pixels[len(by_pixels) // 2],
            "largest": by_pixels[-1],
        }

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab data --json` prints."""
        images = self.images
        return {
            "dataset": self.dataset,
            "classes": [*self.class_names],
            "splits": {
                name: {"images": int(row.sum()), "per_class": row.tolist()}
                for name, row in zip(images.split_names, self.counts, strict=True)
            },
            "sizes": self.describe_sizes(),
            "gray_images": int(images.is_gray.sum()),
            "colour_images": int((~images.is_gray).sum()),
            "mean": [*images.mean],
            "deviation": [*images.deviation],
            "duplicates": [self._describe(duplicate) for duplicate in self.duplicates],
            "all_pairs_compared": self.is_complete,
            "unreadable": [{"file": name, "fault": fault} for name, fault in images.unreadable],
            "notes": [*self.notes],
        }

    def _describe(self, duplicate: Duplicate) -> dict[str, Any]:
        images = self.images
        sides = {}
        for key, place in (("image", duplicate.image), ("other", duplicate.other)):
            sides[key] = {
                "name": self.name_image(place),
                "split": images.split_names[images.splits[place]],
                "index": int(images.indices[place]),
                "class": self.class_names[images.labels[place]],
            }
        kind = "exact" if duplicate.shared is None else "near"
        shared = 1.0 if duplicate.shared is None else round(duplicate.shared, 5)
        return {"kind": kind, "shared_variance": shared, **sides}

    def count_duplicates(self) -> list[tuple[str, str, int, int]]:
        """Count duplicates for each pair of splits, as tuples (split, other split, exact, near)."""
        counts: Counter[tuple[int, int, bool]] = Counter()
        for one in self.duplicates:
            places = self.images.splits[[one.other, one.image]].tolist()
            counts[places[0], places[1], one.shared is None] += 1
        names = self.images.split_names
        return [
            (names[first], names[second], counts[first, second, True], counts[first, second, False])
            for first in range(len(names))
            for second in range(first, len(names))
        ]

    def choose_samples(self) -> list[list[int]]:
        """Choose up to ten evenly spaced training images of each class; return the indices."""
        chosen = []
        for label in range(len(self.class_names)):
            places = np.flatnonzero((self.images.labels == label) & (self.images.splits == 0))
            steps = np.linspace(0, len(places) - 1, min(SAMPLES, len(places))).round().astype(int)
            chosen.append(places[steps].tolist())
        return chosen


def survey_data(
    data: Data, validation_seed: int | None = None, report: ReportReading | None = None
) -> Survey:
    """Read all images of a data set, and measure what a description of the data set needs.

    Args:
        validation_seed: the seed that chooses the validation images, or None for no validation
            split.
        report: a function that is called with the number of files read so far and the number of all
            files.

    Raises:
        DataError: the layout of the data set is wrong. An image file that cannot be read raises no
            error; the result lists this file.
    """
    if datasets.is_image_folder(data):
        images, class_names, notes = read_folder_images(data, report)
    else:
        images, class_names, notes = read_array_images(data)
    if validation_seed is not None and data.validation and "validation" not in images.split_names:
        images = _split_off_validation(images, float(data.validation), validation_seed)
    counts = np.stack(
        [
            np.bincount(images.labels[images.splits == split], minlength=len(class_names))
            for split in range(len(images.split_names))
        ]
    )
    duplicates, is_complete = find_duplicates(images.small, images.digests, images.splits)
    return Survey(data, class_names, images, counts, duplicates, is_complete, tuple(notes))


def _split_off_validation(images: SurveyedImages, share: float, seed: int) -> SurveyedImages:
    """Move the images that a training would use for validation into the split `validation`."""
    places = np.flatnonzero(images.splits == 0)
    no_pixels = np.empty((len(places), 0), np.uint8)
    training = datasets.Images(no_pixels, images.labels[places], places)
    _, held_out = split_off_validation(training, share, derive_seed(seed, "validation"))
    splits = np.where(images.splits > 0, images.splits + 1, 0)
    splits[held_out.indices] = 1
    names: Sequence[str] = (images.split_names[0], "validation", *images.split_names[1:])
    return images.sort_by_split(splits, tuple(names))
