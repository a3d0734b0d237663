"""Prepare pictures for a network of another program, as Keras's own functions do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cnnlab.counts import choose_form, format_count
from cnnlab.data.image_files import Picture
from cnnlab.errors import UsageError
from cnnlab.spec.foreign_preparation import PicturePreparation
from cnnlab.spec.wording import to_one_line

_RESIZE_CHOICES = """\
  --resize stretch  change the proportions, as keras.utils.image_dataset_from_directory does
  --resize pad      keep the proportions and fill the rest with black (pad_to_aspect_ratio=True)"""
_EXIF_CHOICES = """\
  --exif ignore     leave the pixels as they are stored, as Keras does
  --exif turn       turn the pictures upright, as PIL.ImageOps.exif_transpose does"""


@dataclass(frozen=True)
class OpenChoices:
    """The choices that the user must still make before cnnlab can prepare a picture.

    `size` is the picture's (height, width) if the user must choose between `stretch` and `pad`, and
    None otherwise.

    `is_turned` says that the user must choose what to do with the picture's EXIF orientation.
    """

    size: tuple[int, int] | None
    is_turned: bool


def prepare_foreign_picture(
    picture: Picture, image_shape: tuple[int, int, int], preparation: PicturePreparation
) -> np.ndarray | OpenChoices:
    """Prepare a picture as the user chose, as uint8 of the shape `image_shape`.

    Returns OpenChoices if the user still has to choose how to prepare the picture.
    """
    height, width, channels = image_shape
    views = [picture.pixels_in_file] if preparation.exif == "ignore" else [picture.upright]
    is_turned = preparation.exif is None and picture.is_turned
    if is_turned:
        views.append(picture.pixels_in_file)
    sizes = [view.shape[:2] for view in views if not _has_proportions(view, height, width)]
    if is_turned or (sizes and preparation.resize is None):
        return OpenChoices(sizes[0] if sizes and preparation.resize is None else None, is_turned)
    [pixels] = views
    if channels == 1:
        pixels = np.array(Image.fromarray(pixels).convert("L"))[:, :, None]
    if preparation.resize == "pad":
        return pad_image(pixels, height, width)
    return resize_image(pixels, height, width)


def _has_proportions(image: np.ndarray, height: int, width: int) -> bool:
    """Whether stretching an image to `height` and `width` gives the same result as padding."""
    return _place_in_frame(image, height, width) == (0, 0, height, width)


def _place_in_frame(image: np.ndarray, height: int, width: int) -> tuple[int, int, int, int]:
    """Find the position of an image that is resized to fit into a frame, and centred there.

    The image keeps its proportions. Returns its first row, first column, height and width. Source:
    tf.image.resize_with_pad, which computes these numbers with 32 bits and rounds them down.
    """
    old, frame = np.array(image.shape[:2], np.float32), np.array([height, width], np.float32)
    sides = old / (old / frame).max()
    rows, columns = (max(1, int(side)) for side in sides)
    top, left = (int(rest / 2) for rest in frame - sides)
    return top, left, rows, columns


def pad_image(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image to fit into `height` and `width`, and fill the remaining area with black.

    The image keeps its proportions and is centred. The result is that of tf.image.resize_with_pad,
    rounded to uint8.
    """
    top, left, rows, columns = _place_in_frame(image, height, width)
    canvas = np.zeros((height, width, image.shape[2]), np.uint8)
    canvas[top : top + rows, left : left + columns] = resize_image(image, rows, columns)
    return canvas


def resize_image(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image, uint8 (height, width, channels), even if this changes the proportions.

    The result is that of tf.image.resize, rounded to uint8. Each new pixel is interpolated between
    the four nearest old pixels, even if the image becomes much smaller. Pixel i of n is at (i +
    1/2) / n of the length.
    """
    above, below, down = _find_neighbours(image.shape[0], height)
    left, right, across = _find_neighbours(image.shape[1], width)
    upper, lower = (
        _mix(image[np.ix_(rows, left)], image[np.ix_(rows, right)], across[None, :, None])
        for rows in (above, below)
    )
    mixed: np.ndarray = np.rint(_mix(upper, lower, down[:, None, None])).astype(np.uint8)
    return mixed


def _find_neighbours(old: int, new: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the two old pixels nearest to each new pixel, and the weight of the second old pixel.

    Like TensorFlow, this function computes the positions with 32-bit numbers.
    """
    scale, half = np.float32(old) / np.float32(new), np.float32(0.5)
    places = np.maximum((np.arange(new, dtype=np.float32) + half) * scale - half, 0)
    first = np.minimum(places.astype(int), old - 1)
    return first, np.minimum(first + 1, old - 1), places - first.astype(np.float32)


def _mix(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    first = first.astype(np.float32)
    mixed: np.ndarray = first + (second.astype(np.float32) - first) * share
    return mixed


class ChoiceCollector:
    """Collects the choices that the user must make for pictures, and asks for all at once."""

    def __init__(self, image_shape: tuple[int, int, int]) -> None:
        self._target = f"{image_shape[0]} × {image_shape[1]}"
        self._resize: list[str] = []
        self._exif: list[str] = []

    def add(self, name: str, choices: OpenChoices) -> None:
        """Add the choices that the user must make for the picture `name`."""
        if choices.size:
            rows, columns = choices.size
            self._resize.append(f"{to_one_line(name)} ({rows} × {columns})")
        if choices.is_turned:
            self._exif.append(to_one_line(name))

    def require_complete(self) -> None:
        """Raise UsageError if the user must make a choice for any picture."""
        questions = [*self._ask()]
        if questions:
            raise UsageError("\n".join(questions))

    def _ask(self) -> Iterator[str]:
        proportions = f"other proportions than the {self._target} pixels of the network"
        for pictures, what, choices in (
            (self._resize, proportions, _RESIZE_CHOICES),
            (self._exif, "an EXIF orientation", _EXIF_CHOICES),
        ):
            if pictures:
                count = format_count(len(pictures), "picture")
                have = choose_form(len(pictures), "has", "have")
                first = f"the first is {pictures[0]}" if len(pictures) > 1 else pictures[0]
                yield (
                    f"{count} {have} {what} ({first}); cnnlab did not write the .keras file, and "
                    f"cannot know how the program that trained the network prepared pictures; "
                    f"add one of\n{choices}"
                )
