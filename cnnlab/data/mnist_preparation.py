"""Prepare a photo or a drawing of a digit as the images of MNIST were prepared.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits": they
fitted the black and white digits of NIST into 20 × 20 pixels with their proportions, which
gave the edges gray levels, and placed them into 28 × 28 pixels with the centre of mass in the
middle.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image
from scipy import ndimage

from cnnlab.errors import DataError

SIDE, BOX = 28, 20
MIDDLE = 14.0  # row and column of the mean centre of mass over MNIST, counted from 0
# Stroke widths in pixels, from `_measure_stroke_width`: those of nine in ten MNIST digits lie
# between these two.
THINNEST, THICKEST = 1.6, 4.1
WORKING_SIDE = 1024  # pixels of the longer side from which a digit is cut out
LEAST_CONTRAST = 10  # levels of 255 between ink and background
LEAST_PART = 0.05  # share of the area of a digit's largest part; a smaller part is dirt
COARSE_SIDE = 128  # pixels of the longer side; enough to see how light falls
EVEN = 6  # levels of 255; the middle half of an even border varies by no more


def prepare_digit(picture: np.ndarray) -> np.ndarray:
    """Prepare a picture of a digit: uint8 (height, width, 3) → uint8 (28, 28, 1).

    The digit and the background may have any colours. The background may be lighter or darker than
    the digit, and must show at the border of the picture.

    Raises:
        DataError: nothing stands out from the background.
    """
    ink = _crop(_measure_ink(_reduce(picture, WORKING_SIDE)))
    width = _measure_stroke_width(ink)
    if not THINNEST <= width <= THICKEST:
        ink = _change_stroke_width(ink, width, min(max(width, THINNEST), THICKEST))
    return _centre(_fit_into_box(ink))


def _reduce(picture: np.ndarray, longest: int) -> np.ndarray:
    factor = -(-max(picture.shape) // longest)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture


def _measure_ink(picture: np.ndarray) -> np.ndarray:
    """Measure the amount of ink at each pixel: float32 (height, width) from 0 to 1."""
    difference = picture - _estimate_ground(picture)
    contrast = np.sqrt(np.mean(difference**2, axis=2))
    # Use the lower quartile, since a digit may fill half of a small picture. At this quartile, the
    # contrast of noise is 0.64 of its standard deviation if the three channels have noise of their
    # own, and 0.32 if only the lightness has noise.
    floor = 7 * float(np.quantile(contrast, 0.25))
    candidates = contrast[contrast > max(floor, LEAST_CONTRAST)]
    if not candidates.size:
        raise DataError("no digit found: nothing stands out from the background")
    threshold = _compute_otsu_threshold(candidates)
    parts, count = ndimage.label(contrast > max(floor, threshold / 2), np.ones((3, 3)))
    areas = np.bincount(parts[contrast >= threshold], minlength=count + 1)
    areas[0] = 0
    is_large = (areas >= LEAST_PART * areas.max()) & (areas > 0)
    digit = is_large[parts]
    level = float(np.median(contrast[digit & (contrast >= threshold)]))
    ink = np.clip((contrast - floor) / (level - floor), 0, 1)
    # Keep one pixel more on each side, since the edge of the digit is faint.
    return np.where(ndimage.binary_dilation(digit, np.ones((3, 3))), ink, 0).astype(np.float32)


def _estimate_ground(picture: np.ndarray) -> np.ndarray:
    """Estimate the colour of the background: one colour, or one for each pixel in uneven light."""
    pixels = _reduce(picture, COARSE_SIDE).astype(np.float32)
    border = _mark_border(*pixels.shape[:2])
    low, middle, high = np.percentile(pixels[border], [25, 50, 75], axis=0)
    if (high - low).max() <= EVEN:
        return np.asarray(middle, dtype=np.float32)
    terms = _build_terms(*pixels.shape[:2])
    coefficients = _fit_robustly(terms[border], pixels[border])
    for _ in range(3):
        residuals = np.abs(pixels - terms @ coefficients).max(axis=2)
        near = residuals <= max(4.5 * float(np.median(residuals)), EVEN)
        coefficients = np.linalg.lstsq(terms[near], pixels[near], rcond=None)[0]
    return np.asarray(_build_terms(*picture.shape[:2]) @ coefficients)


def _mark_border(height: int, width: int) -> np.ndarray:
    border = np.ones((height, width), dtype=bool)
    edge = max(1, round(0.03 * min(height, width)))
    border[edge:-edge, edge:-edge] = False
    return border


def _build_terms(height: int, width: int) -> np.ndarray:
    """Compute 1, x, y, xy, x², y² at each pixel: (height, width, 6); x and y go from -1 to 1."""
    y, x = np.meshgrid(
        *(np.linspace(-1, 1, n, dtype=np.float32) for n in (height, width)), indexing="ij"
    )
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)


def _fit_robustly(terms: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Fit coefficients of least absolute deviation by iteratively reweighted least squares."""
    weights = np.ones((len(terms), 1), dtype=np.float32)
    for _ in range(20):
        coefficients = np.linalg.lstsq(terms * weights, values * weights, rcond=None)[0]
        distances = np.abs(values - terms @ coefficients).max(axis=1, keepdims=True)
        weights = 1 / np.sqrt(np.maximum(distances, 1))
    return np.asarray(coefficients)


def _compute_otsu_threshold(values: np.ndarray) -> float:
    """Compute Otsu's threshold, which separates values into the two most distinct groups.

    Source: N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions
    on Systems, Man and Cybernetics 9 (1979), equation 18.
    """
    counts, edges = np.histogram(values, bins=256)
    centres = (edges[1:] + edges[:-1]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * centres)
    above = below[-1] - below
    with np.errstate(invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    if not np.nansum(between):
        return float(values.min())
    return float(edges[1 + np.nanargmax(between)])


def _crop(ink: np.ndarray) -> np.ndarray:
    rows, columns = (np.flatnonzero((ink >= 0.5).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _measure_stroke_width(ink: np.ndarray) -> float:
    """Measure the mean width of the strokes, in pixels of a digit that is fitted into 20 × 20.

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
