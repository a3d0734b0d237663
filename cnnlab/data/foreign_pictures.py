"""Prepare pictures for a network of another program, in the way that Keras's own functions do."""

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
    """What the user must say about one picture: `size` is (height, width), or None if it fits.

    `is_turned` is true if the picture has an EXIF orientation and the user has not said `exif`.
    """

    size: tuple[int, int] | None
    is_turned: bool


def prepare_foreign_picture(
    picture: Picture, image_shape: tuple[int, int, int], preparation: PicturePreparation
) -> np.ndarray | OpenChoices:
    """Prepare a picture as the user says; returns uint8 of `image_shape`.

    Returns OpenChoices if the result depends on something that the user has not said.
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
    """Whether stretching and padding to this size give the same image."""
    return _place_in_frame(image, height, width) == (0, 0, height, width)


def _place_in_frame(image: np.ndarray, height: int, width: int) -> tuple[int, int, int, int]:
    """Find where an image lies that is resized into a frame with its proportions, and centred.

    Returns its first row, first column, height and width. Source: tf.image.resize_with_pad, which
    computes with 32-bit numbers and rounds all of them down.
    """
    old, frame = np.array(image.shape[:2], np.float32), np.array([height, width], np.float32)
    sides = old / (old / frame).max()
    rows, columns = (max(1, int(side)) for side in sides)
    top, left = (int(rest / 2) for rest in frame - sides)
    return top, left, rows, columns


def pad_image(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image within this size, keep its proportions, centre it, and fill up with black.

    This is tf.image.resize_with_pad, with the result rounded to uint8.
    """
    top, left, rows, columns = _place_in_frame(image, height, width)
    canvas = np.zeros((height, width, image.shape[2]), np.uint8)
    canvas[top : top + rows, left : left + columns] = resize_image(image, rows, columns)
    return canvas


def resize_image(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image, uint8 (height, width, channels), and change its proportions if needed.

    This is tf.image.resize, with the result rounded to uint8: it interpolates between the four
    nearest pixels, also if the image becomes much smaller. Pixel i of n lies at (i + 1/2) / n.
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
    """Find the two old pixels next to each new pixel, and the share of the second one.

    TensorFlow computes the places with 32-bit numbers, and so does this function.
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
    """Collects what the user must say about pictures, and asks for everything at once."""

    def __init__(self, image_shape: tuple[int, int, int]) -> None:
        self._target = f"{image_shape[0]} × {image_shape[1]}"
        self._resize: list[str] = []
        self._exif: list[str] = []

    def add(self, name: str, choices: OpenChoices) -> None:
        """Note what is open for the picture with this name."""
        if choices.size:
            rows, columns = choices.size
            self._resize.append(f"{to_one_line(name)} ({rows} × {columns})")
        if choices.is_turned:
            self._exif.append(to_one_line(name))

    def require_complete(self) -> None:
        """Raise UsageError if anything is open."""
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
                    f"cannot know what its script did with them; add one of\n{choices}"
                )
