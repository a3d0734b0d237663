"""The image that an explanation is about: one of the test set, or a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.data.sources import Images
from cnnlab.errors import DataError, UsageError
from cnnlab.explain.request import class_number
from cnnlab.spec.experiment import Spec
from cnnlab.spec.words import one_line

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Subject:
    """One image, uint8 (height, width, channels).

    `index` is its place in the test set, None for a file; `label` is its true class, None where
    nobody knows it. `name` is what captions call it, `folder` where its pictures go.
    """

    image: np.ndarray
    name: str
    folder: str
    index: int | None = None
    label: int | None = None


@dataclass(frozen=True)
class Choice:
    """Which image a person names: a file, a place in the test set, or the first of a class."""

    image: Path | None = None
    index: int | None = None
    label: str | None = None

    @property
    def options(self) -> list[str]:
        """The options that were given."""
        named = {"--image": self.image, "--index": self.index, "--label": self.label}
        return [option for option, value in named.items() if value is not None]


def chosen(spec: Spec, choice: Choice, test: Images | None) -> Subject:
    """The image that a person chose, the first of the test set if none.

    Args:
        test: the test set; None where a file is chosen, and nothing else is looked at.

    Raises:
        UsageError: there is no such image, or more than one is named.
        DataError: the file is no image that can be read.
    """
    if len(choice.options) > 1:
        raise UsageError(f"{' and '.join(choice.options)} each name an image; give one of them")
    if choice.image is not None:
        return of_file(choice.image, spec)
    assert test is not None
    return of_test(spec, test, choice.index, choice.label)


def of_test(spec: Spec, test: Images, index: int | None, label: str | None) -> Subject:
    """A test image: the one at `index`, else the first of the class `label`, else the first.

    Raises:
        UsageError: there is no such image.
    """
    count = len(test.labels)
    if label is not None:
        number = class_number(spec, label, "--label")
        places = (test.labels == number).nonzero()[0]
        if not places.size:
            name = spec.inputs.class_names[number]
            raise UsageError(f"--label {label}: the test set has no image of the class {name}")
        index = int(places[0])
    index = index or 0
    if not 0 <= index < count:
        message = f"--index {index}: the test set has {count:,} images, from 0 to {count - 1}"
        raise UsageError(message)
    known = int(test.labels[index])
    name = f"test image {index}" + (f", {test.files[index]}" if test.files else "")
    return Subject(test.images[index], name, f"test-{index}", index, known)


def of_file(path: Path, spec: Spec) -> Subject:
    """The image of a file, prepared as `predict` prepares it; its true class is not known.

    Raises:
        DataError: it is missing, or no image that can be read.
    """
    from cnnlab.data import pictures, preparing

    try:
        pixels = preparing.prepared(pictures.read(str(path)), spec)
    except DataError as fault:
        raise DataError(f"{one_line(str(path))}: {fault}") from None
    return Subject(pixels, path.name, f"image-{path.stem}")
