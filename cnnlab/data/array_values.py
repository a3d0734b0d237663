"""Convert stored arrays: images to uint8 with the channels last, labels to whole numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cnnlab.data.stored_arrays import StoredArray, join_pieces, shape_flat

IMAGE_NUMBERS = "whole numbers from 0 to 255, or numbers from 0 to 1"
IMAGE_SHAPES = (
    "(images, height, width), with 1 or 3 channels as a last axis or before height and width"
)
_CHANNELS = (1, 3)
_LARGEST_LABEL = 2**53  # up to here, float64 holds every whole number


class UnusableArray(ValueError):
    """The error for an array whose numbers are not images or labels; the text gives the reason."""


def find_image_faults(array: StoredArray) -> Iterator[str]:
    """Yield the faults in the shape and the number type of images, without reading the images."""
    name, shape = array.name, array.shape
    if array.dtype.kind not in "iuf":
        yield f"{name} is {array.dtype}; images must be {IMAGE_NUMBERS}"
    sides = all(type(side) is int and side > 0 for side in shape)
    first = len(shape) == 4 and shape[1] in _CHANNELS
    last = len(shape) == 4 and shape[3] in _CHANNELS
    if not sides or (len(shape) != 3 and not first and not last):
        yield f"{name} has the shape {shape}; expected {IMAGE_SHAPES}, each at least 1"
    elif first and last and shape[1:] != (1, 1, 1):
        yield (
            f"{name} has the shape {shape}: its channels may be the second or the last axis; "
            "if the images have one channel, store them as (images, height, width)"
        )


def get_image_shape(shape: tuple[int, ...], transpose: bool) -> tuple[int, int, int]:
    """Return the shape (height, width, channels) of the images in an array without faults."""
    height, width, channels = (*shape[1:], 1) if len(shape) == 3 else shape[1:]
    if len(shape) == 4 and shape[1] in _CHANNELS:
        channels, height, width = shape[1:]
    return (width, height, channels) if transpose else (height, width, channels)


def convert_images(array: StoredArray, transpose: bool) -> np.ndarray:
    """Read images as uint8 (n, height, width, channels).

    Args:
        transpose: swap the rows and the columns of each image.

    Raises:
        UnusableArray: a number is out of range, or is not whole although the range is 0 to 255.
    """
    images = shape_flat(_convert_pixels(array), array)
    if images.ndim == 3:
        images = images[..., None]
    elif array.shape[1] in _CHANNELS:
        images = np.moveaxis(images, 1, 3)
    if transpose:
        images = images.swapaxes(1, 2)
    return np.ascontiguousarray(images)


def _convert_pixels(array: StoredArray) -> np.ndarray:
    """Convert the numbers of images to uint8, in the order of the file.

    If no float is over 1, the range of the floats is 0 to 1. Otherwise, the floats must be whole
    numbers from 0 to 255.
    """
    if array.dtype.kind == "f":
        pixels = _convert_unit_numbers(array)
        if pixels is not None:
            return pixels
    pixels = np.empty(math.prod(array.shape), np.uint8)
    start = 0
    for piece in array.read_pieces():
        if array.dtype.kind == "f" and not (piece == np.floor(piece)).all():
            example = piece[piece != np.floor(piece)][0]
            raise UnusableArray(
                f"{array.name} has the number {example:.6g} and numbers over 1; images must be "
                f"{IMAGE_NUMBERS}"
            )
        if array.dtype != np.uint8:
            _check_range(array, piece)
        pixels[start : start + piece.size] = piece
        start += piece.size
    return pixels


def _convert_unit_numbers(array: StoredArray) -> np.ndarray | None:
    """Convert numbers from 0 to 1 to uint8, 0 to 255; return None if any number is over 1."""
    pixels = np.empty(math.prod(array.shape), np.uint8)
    start = 0
    for piece in array.read_pieces():
        _check_range(array, piece)
        if piece.max(initial=0) > 1:
            return None
        wide = piece.astype(np.float64)
        pixels[start : start + piece.size] = np.rint(wide * 255)
        start += piece.size
    return pixels


def _check_range(array: StoredArray, piece: np.ndarray) -> None:
    lowest, highest = piece.min(initial=0), piece.max(initial=0)
    if not (lowest >= 0 and highest <= 255):  # also false for a number that is not one (NaN)
        wrong = piece[~((piece >= 0) & (piece <= 255))][0]
        raise UnusableArray(
            f"{array.name} has the number {wrong:.6g}; images must be {IMAGE_NUMBERS}"
        )


def find_label_faults(array: StoredArray) -> Iterator[str]:
    """Yield the faults in the shape and the number type of labels, without reading the labels."""
    name, shape = array.name, array.shape
    if array.dtype.kind not in "iufb":
        yield f"{name} is {array.dtype}; labels must be whole numbers"
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] < 1):
        yield f"{name} has the shape {shape}; expected (images,), or (images, classes) for one-hot"


def convert_labels(array: StoredArray) -> np.ndarray:
    """Read labels as int64 (n,), from whole numbers or from one-hot rows.

    Raises:
        UnusableArray: a label is not a whole number, or a row is not one-hot.
    """
    if len(array.shape) == 2 and array.shape[1] > 1:
        return _convert_one_hot(array)
    values = join_pieces(array, array.dtype).reshape(-1)
    fits = (values >= -_LARGEST_LABEL) & (values <= _LARGEST_LABEL)
    if values.dtype.kind == "f":
        fits &= values == np.floor(values)
    if not fits.all():
        raise UnusableArray(
            f"{array.name} has the label {values[~fits][0]:.6g}; labels must be whole numbers"
        )
    return values.astype(np.int64)


def _convert_one_hot(array: StoredArray) -> np.ndarray:
    """Return, for each one-hot row, the index of the column that has the 1."""
    columns = array.shape[1]
    pieces = [join_pieces(array, array.dtype)] if array.is_fortran else array.read_pieces()
    labels: list[np.ndarray] = []
    done = 0
    for piece in pieces:
        rows = piece.reshape(-1, columns)
        is_one = rows == 1
        wrong = ~((is_one | (rows == 0)).all(axis=1) & (is_one.sum(axis=1) == 1))
        if wrong.any():
            row = int(wrong.argmax())
            numbers = ", ".join(f"{number:.6g}" for number in rows[row][:10].astype(np.float64))
            more = ", …" if columns > 10 else ""
            raise UnusableArray(
                f"{array.name} has the shape {array.shape}, but row {done + row} is "
                f"[{numbers}{more}]; one-hot labels have a single 1 in each row, and otherwise 0"
            )
        labels.append(is_one.argmax(axis=1))
        done += len(rows)
    return np.concatenate(labels).astype(np.int64)
