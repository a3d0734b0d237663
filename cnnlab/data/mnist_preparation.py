"""Prepare the digits of a photo or a drawing as the images of MNIST were prepared.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits": the
authors resized the black and white digits of NIST to fit into 20 × 20 pixels without changing the
proportions, which gave the edges gray levels. Then they placed each digit into 28 × 28 pixels, with
the centre of mass in the middle.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image
from scipy import ndimage

from cnnlab.data.ink import find_ink

SIDE, BOX = 28, 20
MIDDLE = 14.0  # row and column of the mean centre of mass over MNIST, counted from 0
# Stroke widths in pixels, from `_measure_stroke_width`: those of nine in ten MNIST digits lie
# between these two.
THINNEST, THICKEST = 1.6, 4.1


def prepare_digits(picture: np.ndarray) -> tuple[list[np.ndarray], list[str]]:
    """Prepare all digits of a picture, from left to right, each as uint8 (28, 28, 1).

    The digits and the background may have any colours. The background may be lighter or darker than
    the digits, and must show at the border of the picture. A sheet of paper may lie on a table, in
    shadow, and may have printed lines.

    Returns the digits, and a sentence for each change that cnnlab made to the picture, such as the
    removal of printed lines.

    Raises:
        DataError: no strokes differ enough from the background.
    """
    found = find_ink(picture)
    return [_prepare(_crop(ink)) for ink in found.digits], found.notes


def _prepare(ink: np.ndarray) -> np.ndarray:
    width = _measure_stroke_width(ink)
    if not THINNEST <= width <= THICKEST:
        ink = _change_stroke_width(ink, width, min(max(width, THINNEST), THICKEST))
    return _centre(_fit_into_box(ink))


def _crop(ink: np.ndarray) -> np.ndarray:
    rows, columns = (np.flatnonzero((ink >= 0.5).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _measure_stroke_width(ink: np.ndarray) -> float:
    """Measure the mean width of a digit's strokes, in pixels of the digit resized to 20 × 20.

    Inside a stroke of width w, the mean distance to the nearer edge is w / 4.
    """
    large = _scale(ink, max(8 * BOX, *ink.shape), Image.Resampling.BICUBIC)
    inside = np.pad(large >= 0.5, 1)
    distances = ndimage.distance_transform_edt(inside)[inside] - 0.5
    return float(4 * distances.mean() * BOX / max(large.shape))


def _change_stroke_width(ink: np.ndarray, width: float, target: float) -> np.ndarray:
    """Make all strokes thicker or thinner by the same amount."""
    large = _scale(ink, max(8 * BOX, *ink.shape), Image.Resampling.BICUBIC)
    growth = (target - width) / 2 * max(large.shape) / BOX
    inside = np.pad(large >= 0.5, math.ceil(abs(growth)) + 2)
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    growth = max(growth, 1 - float(distance.max()))  # so that some ink always remains
    return _crop(np.clip(distance + growth, 0, 1).astype(np.float32))


def _scale(ink: np.ndarray, longest: int, filter_: Image.Resampling) -> np.ndarray:
    """Resize the digit so that its longer side is `longest` pixels."""
    height, width = (max(1, round(side * longest / max(ink.shape))) for side in ink.shape)
    return np.asarray(Image.fromarray(ink).resize((width, height), filter_))


def _fit_into_box(ink: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(_scale(ink, BOX, Image.Resampling.BICUBIC), 0, 1))


def _centre(digit: np.ndarray) -> np.ndarray:
    """Place the digit into 28 × 28 pixels, uint8, with its centre of mass in the middle."""
    canvas = np.zeros((SIDE, SIDE, 1), dtype=np.uint8)
    centre = ndimage.center_of_mass(digit)
    top, left = (
        min(max(round(MIDDLE - mass), 0), SIDE - side)
        for mass, side in zip(centre, digit.shape, strict=True)
    )
    height, width = digit.shape
    canvas[top : top + height, left : left + width, 0] = np.rint(255 * digit)
    return canvas
