"""Find the image that the user wants explained: a test image or an image file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.counts import format_count
from cnnlab.data.datasets import Images
from cnnlab.errors import DataError, UsageError
from cnnlab.explain.request import find_class_label
from cnnlab.spec.experiment import Spec
from cnnlab.spec.wording import to_one_line

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class ExplainedImage:
    """The image to explain, uint8 (height, width, channels), with its name and its true class.

    `name` is for captions, and `folder` is the name of the folder for the pictures. `index` is the
    index in the test set, or None for a file. `label` is the true class, or None if it is unknown.
    """

    image: np.ndarray
    name: str
    folder: str
    index: int | None = None
    label: int | None = None


@dataclass(frozen=True)
class ImageChoice:
    """The user's choice of an image: a file, the index of a test image, or a class.

    If the user names a class (`label`), cnnlab explains the first test image of this class. All
    fields are None if the user chooses no image.
    """

    image: Path | None = None
    index: int | None = None
    label: str | None = None

    @property
    def options(self) -> list[str]:
        """The command-line options, such as `--index`, that the user typed to choose the image."""
        named = {"--image": self.image, "--index": self.index, "--label": self.label}
        return [option for option, value in named.items() if value is not None]


def choose_image(spec: Spec, choice: ImageChoice, test: Images | None) -> ExplainedImage:
    """Return the image that the user chooses; by default, the first test image.

    Args:
        test: the test images; None if the user names a file and no picture needs the test images.

    Raises:
        UsageError: the image does not exist, or the user chooses more than one image.
        DataError: the file is not an image that cnnlab reads.
    """
    if len(choice.options) > 1:
        raise UsageError(f"{' and '.join(choice.options)} each choose an image; use one")
    if choice.image is not None:
        return read_file_image(choice.image, spec)
    assert test is not None
    return choose_test_image(spec, test, choice.index, choice.label)


def choose_test_image(
    spec: Spec, test: Images, index: int | None, label: str | None
) -> ExplainedImage:
    """Return the test image at `index`, or the first of the class `label`; by default the first.

    Raises:
        UsageError: the test set has no image at this index or of this class.
    """
    count = len(test.labels)
    if label is not None:
        number = find_class_label(spec, label, "--label")
        places = (test.labels == number).nonzero()[0]
        if not places.size:
            name = spec.inputs.class_names[number]
            raise UsageError(f"--label {label}: the test set has no image of the class {name}")
        index = int(places[0])
    index = index or 0
    if not 0 <= index < count:
        images = format_count(count, "image")
        raise UsageError(f"--index {index}: the test set has {images}, from 0 to {count - 1}")
    label_number = int(test.labels[index])
    name = f"test image {index}" + (f", {test.files[index]}" if test.files else "")
    return ExplainedImage(test.images[index], name, f"test-{index}", index, label_number)


def read_file_image(path: Path, spec: Spec) -> ExplainedImage:
    """Read an image file, and prepare the image as the command `predict` does.

    Raises:
        DataError: the file is missing or not an image that cnnlab reads.
    """
    from cnnlab.data import image_files, image_preparation

    if path.is_dir():
        raise DataError(f"{to_one_line(str(path))}: a folder; name a picture in it")
    try:
        pixels = image_preparation.prepare_image(image_files.read_image(str(path)), spec)
    except DataError as fault:
        raise DataError(f"{to_one_line(str(path))}: {fault}") from None
    return ExplainedImage(pixels, path.name, f"image-{path.stem}")
