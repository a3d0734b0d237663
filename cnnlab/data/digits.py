"""A photo or a drawing of a digit, prepared as the images of MNIST were prepared.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits": the black
and white digits of NIST were fitted into 20 × 20 pixels with their proportions kept, which made
gray levels of their edges, and laid into 28 × 28 with the centre of mass in the middle.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image
from scipy import ndimage

from cnnlab.errors import DataError

SIDE, BOX = 28, 20
MIDDLE = 14.0  # row and column of the mean centre of mass over MNIST, counted from 0
# Pixels of 28: nine in ten of MNIST's digits have strokes between them, as `_stroke_width` finds.
THINNEST, THICKEST = 1.6, 4.1
WORKING_SIDE = 1024  # pixels of the longer side from which a digit is cut out
LEAST_CONTRAST = 10  # levels of 255 between ink and ground
LEAST_PART = 0.05  # share of the largest part of a digit; what is smaller is dirt
COARSE_SIDE = 128  # pixels of the longer side that are enough to see how light falls
EVEN = 6  # levels of 255 within which the middle half of an even ground's border lies


def as_mnist(picture: np.ndarray) -> np.ndarray:
    """A digit of any colour on a ground of another: uint8 (height, width, 3) → (28, 28, 1).

    The ground is what the border shows, whether it is lighter or darker than the digit.

    Raises:
        DataError: nothing stands out from the ground.
    """
    ink = _cropped(_ink(_reduced(picture, WORKING_SIDE)))
    width = _stroke_width(ink)
    if not THINNEST <= width <= THICKEST:
        ink = _with_stroke(ink, width, min(max(width, THINNEST), THICKEST))
    return _centred(_fitted(ink))


def _reduced(picture: np.ndarray, longest: int) -> np.ndarray:
    factor = -(-max(picture.shape) // longest)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture


def _ink(picture: np.ndarray) -> np.ndarray:
    """How much ink is where, float32 (height, width) from 0 to 1."""
    difference = picture - _ground(picture)
    contrast = np.sqrt(np.mean(difference**2, axis=2))
    # The quartile, since a digit may fill half of a small picture: at it, noise of three channels
    # has 0.64 of its standard deviation, noise of their lightness alone 0.32.
    floor = 7 * float(np.quantile(contrast, 0.25))
    candidates = contrast[contrast > max(floor, LEAST_CONTRAST)]
    if not candidates.size:
        raise DataError("no digit found: nothing stands out from the ground")
    threshold = _otsu(candidates)
    parts, count = ndimage.label(contrast > max(floor, threshold / 2), np.ones((3, 3)))
    areas = np.bincount(parts[contrast >= threshold], minlength=count + 1)
    areas[0] = 0
    kept = (areas >= LEAST_PART * areas.max()) & (areas > 0)
    digit = kept[parts]
    level = float(np.median(contrast[digit & (contrast >= threshold)]))
    ink = np.clip((contrast - floor) / (level - floor), 0, 1)
    # One pixel more: the faint edge of what is kept.
    return np.where(ndimage.binary_dilation(digit, np.ones((3, 3))), ink, 0).astype(np.float32)


def _ground(picture: np.ndarray) -> np.ndarray:
    """The ground under the digit: one colour, or a surface where light falls unevenly."""
    pixels = _reduced(picture, COARSE_SIDE).astype(np.float32)
    border = _border(*pixels.shape[:2])
    low, middle, high = np.percentile(pixels[border], [25, 50, 75], axis=0)
    if (high - low).max() <= EVEN:
        return np.asarray(middle, dtype=np.float32)
    terms = _terms(*pixels.shape[:2])
    coefficients = _robust(terms[border], pixels[border])
    for _ in range(3):
        residuals = np.abs(pixels - terms @ coefficients).max(axis=2)
        near = residuals <= max(4.5 * float(np.median(residuals)), EVEN)
        coefficients = np.linalg.lstsq(terms[near], pixels[near], rcond=None)[0]
    return np.asarray(_terms(*picture.shape[:2]) @ coefficients)


def _border(height: int, width: int) -> np.ndarray:
    border = np.ones((height, width), dtype=bool)
    edge = max(1, round(0.03 * min(height, width)))
    border[edge:-edge, edge:-edge] = False
    return border


def _terms(height: int, width: int) -> np.ndarray:
    """1, x, y, xy, x², y² at each pixel, whose places go from -1 to 1: (height, width, 6)."""
    y, x = np.meshgrid(
        *(np.linspace(-1, 1, n, dtype=np.float32) for n in (height, width)), indexing="ij"
    )
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)


def _robust(terms: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Coefficients of least absolute deviation, by least squares with weights made anew."""
    weights = np.ones((len(terms), 1), dtype=np.float32)
    for _ in range(20):
        found = np.linalg.lstsq(terms * weights, values * weights, rcond=None)[0]
        off = np.abs(values - terms @ found).max(axis=1, keepdims=True)
        weights = 1 / np.sqrt(np.maximum(off, 1))
    return np.asarray(found)


def _otsu(values: np.ndarray) -> float:
    """The threshold between two groups of values that lie farthest apart for their spread.

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


def _cropped(ink: np.ndarray) -> np.ndarray:
    rows, columns = (np.flatnonzero((ink >= 0.5).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _stroke_width(ink: np.ndarray) -> float:
    """The mean width of strokes in pixels, once the digit is fitted into 20 × 20.

    Over a stroke of width w, the distance to its nearer edge is w / 4 on average.
    """
    large = _scaled(ink, max(8 * BOX, *ink.shape), Image.Resampling.BICUBIC)
    inside = np.pad(large >= 0.5, 1)
    distances = ndimage.distance_transform_edt(inside)[inside] - 0.5
    return float(4 * distances.mean() * BOX / max(large.shape))


def _with_stroke(ink: np.ndarray, width: float, wanted: float) -> np.ndarray:
    """Strokes made thicker or thinner by the same amount everywhere."""
    large = _scaled(ink, max(8 * BOX, *ink.shape), Image.Resampling.BICUBIC)
    growth = (wanted - width) / 2 * max(large.shape) / BOX
    inside = np.pad(large >= 0.5, math.ceil(abs(growth)) + 2)
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    growth = max(growth, 1 - float(distance.max()))  # something stays, whatever the mean width is
    return _cropped(np.clip(distance + growth, 0, 1).astype(np.float32))


def _scaled(ink: np.ndarray, longest: int, filter_: Image.Resampling) -> np.ndarray:
    """The digit with its longer side made so long."""
    height, width = (max(1, round(side * longest / max(ink.shape))) for side in ink.shape)
    return np.asarray(Image.fromarray(ink).resize((width, height), filter_))


def _fitted(ink: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(_scaled(ink, BOX, Image.Resampling.BICUBIC), 0, 1))


def _centred(digit: np.ndarray) -> np.ndarray:
    """The digit in 28 × 28 pixels, uint8, its centre of mass in the middle."""
    canvas = np.zeros((SIDE, SIDE, 1), dtype=np.uint8)
    centre = ndimage.center_of_mass(digit)
    top, left = (
        min(max(round(MIDDLE - mass), 0), SIDE - side)
        for mass, side in zip(centre, digit.shape, strict=True)
    )
    height, width = digit.shape
    canvas[top : top + height, left : left + width, 0] = np.rint(255 * digit)
    return canvas
