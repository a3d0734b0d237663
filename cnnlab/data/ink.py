"""Find the digits in a picture, and the amount of ink at each pixel of each digit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from scipy import ndimage

from cnnlab.data.digit_separation import separate_digits
from cnnlab.data.picture_ground import estimate_ground, measure_border_fit
from cnnlab.data.picture_sizes import reduce_picture
from cnnlab.data.ruled_paper import find_floor, measure_darkness, remove_printed_lines
from cnnlab.data.sheet_finding import find_sheet, flatten_sheet
from cnnlab.errors import DataError

WORKING_SIDE = 1024  # pixels of the longer side from which digits are cut out
PAPER_SIDE = 700  # the same for paper with shadows or printed lines, whose search takes longer
LEAST_CONTRAST = 10  # levels of 255 between ink and background
LEAST_PART = 0.05  # share of the area of a digit's largest part; a smaller part is dirt
PLAIN = 0.95  # share of the border that the estimate of a plain ground must explain
LIGHT = 90  # levels of 255; the border of a picture of paper is lighter, also in shadow


@dataclass(frozen=True)
class FoundInk:
    """The digits of a picture, from left to right, each as the amount of ink, float32 from 0 to 1.

    `notes` has a sentence for each change that cnnlab made to the picture, such as the removal of
    printed lines.
    """

    digits: list[np.ndarray]
    notes: list[str] = field(default_factory=list)


def find_ink(picture: np.ndarray) -> FoundInk:
    """Find the digits in a picture, uint8 (height, width, 3).

    Raises:
        DataError: no strokes differ enough from the background.
    """
    working = reduce_picture(picture, WORKING_SIDE)
    corners = find_sheet(working)
    if corners is not None:
        try:
            found = _find_on_paper(flatten_sheet(working, corners))
        except DataError:  # a bright region without ink is no sheet
            pass
        else:
            return FoundInk(found.digits, ["cut the sheet of paper out", *found.notes])
    ground = estimate_ground(working)
    if measure_border_fit(working, ground) < PLAIN and np.median(working) > LIGHT:
        return _find_on_paper(working)
    return FoundInk(_find_on_ground(working, ground))


def _find_on_paper(picture: np.ndarray) -> FoundInk:
    """Find digits that are darker than the paper around them."""
    darkness = measure_darkness(reduce_picture(picture, PAPER_SIDE))
    clean, tilt = remove_printed_lines(darkness)
    notes = [] if clean is darkness else ["removed the printed lines"]
    ink, parts = _select_ink(255 * clean, 255 * find_floor(clean), is_paper=True)
    digits = separate_digits(ink, parts)
    return FoundInk([_turn(digit, tilt) for digit in digits] if tilt else digits, notes)


def _turn(ink: np.ndarray, degrees: float) -> np.ndarray:
    """Rotate the ink of a digit counterclockwise by an angle in degrees."""
    image = Image.fromarray(ink)
    return np.asarray(image.rotate(degrees, Image.Resampling.BILINEAR, expand=True))


def _find_on_ground(picture: np.ndarray, ground: np.ndarray) -> list[np.ndarray]:
    """Find digits of any colour on a background without texture."""
    contrast = np.sqrt(np.mean((picture - ground) ** 2, axis=2))
    # Use the lower quartile, since a digit may fill half of a small picture. At this quartile, the
    # contrast of noise is 0.64 of its standard deviation if the three channels have noise of their
    # own, and 0.32 if only the lightness has noise.
    floor = 7 * float(np.quantile(contrast, 0.25))
    return separate_digits(*_select_ink(contrast, floor))


def _select_ink(
    contrast: np.ndarray, floor: float, is_paper: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Select the strokes by their contrast, from 0 to 255; contrast up to `floor` counts as noise.

    Returns, for each pixel, the amount of ink, float32 from 0 to 1, and the number of the stroke
    there, from 1, or 0 without a stroke.
    """
    candidates = contrast[contrast > max(floor, LEAST_CONTRAST)]
    if not candidates.size:
        raise DataError("no digit found: nothing stands out from the background")
    threshold = _compute_otsu_threshold(candidates)
    weakest = max(floor, threshold * (0.7 if is_paper else 0.5))
    parts, count = ndimage.label(contrast > weakest, np.ones((3, 3)))
    areas = np.bincount(parts[contrast >= threshold], minlength=count + 1)
    areas[0] = 0
    if is_paper:
        areas = _drop_border_parts(parts, areas)
    is_large = (areas >= LEAST_PART * areas.max()) & (areas > 0)
    parts = np.where(is_large[parts], parts, 0)
    level = float(np.median(contrast[(parts > 0) & (contrast >= threshold)]))
    ink = np.clip((contrast - floor) / (level - floor), 0, 1)
    return ink.astype(np.float32), parts


def _drop_border_parts(parts: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Drop the regions that touch the border, because they show the table or shadows.

    If all regions touch the border, keep all of them.
    """
    inner = areas.copy()
    inner[np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))] = 0
    return inner if inner.max() > 0 else areas


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
