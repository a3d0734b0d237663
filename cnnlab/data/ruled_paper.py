"""Measure the ink on a sheet of paper without the shadows and the printed lines."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

WIDEST_STROKE = 0.13  # of the longer side; a wider dark region is a shadow
FAINTEST = 0.06  # darkness; less is noise or the texture of paper
STEEPEST = 20  # degrees of tilt in which printed lines are searched
LEAST_LINES = 3  # parallel lines; fewer may be strokes of a digit
LINE_LENGTH = 0.5  # share of the sheet that a printed line crosses
GAP = 7  # pixels; a narrower gap between two pieces of a stroke is filled
POINTS = 10_000  # of the mask; enough to find the tilt
THICKEST_LINE = 0.012  # of the longer side


def measure_darkness(picture: np.ndarray) -> np.ndarray:
    """Measure how much darker each pixel is than the paper around it: float32 from 0 to 1.

    Paper in shadow counts as paper. Printed lines count as ink.
    """
    channels = np.moveaxis(picture, 2, 0).astype(np.float32, order="C")
    size = 1 + 2 * round(WIDEST_STROKE * max(picture.shape) / 2)
    smooth = ndimage.gaussian_filter(channels, (0, 0.7, 0.7))
    paper = ndimage.grey_closing(smooth, (1, size, size))
    darkness = 1 - smooth / np.maximum(paper, 1)
    return np.asarray(darkness.mean(axis=0) / 2 + darkness.max(axis=0) / 2)


def remove_printed_lines(darkness: np.ndarray) -> tuple[np.ndarray, float]:
    """Remove the printed lines of squared or lined paper from the darkness of a picture.

    Returns the new darkness, and the tilt of the lines in degrees, from -20 to 20, positive for
    clockwise. Without lines, the tilt is 0.
    """
    mask = darkness > find_floor(darkness)
    before = mask.copy()
    tilts = []
    for turned in (mask, mask.T):  # first the level lines, then the upright ones; both are views
        lines = _find_lines(turned)
        if lines is not None:
            tilts.append(lines.degrees)
            turned &= ~_mark_lines(turned, lines)
    if not tilts:
        return darkness, 0.0
    clean = np.where(mask, darkness, 0)
    # Where a line crossed a thin stroke, its removal left a gap.
    bridged = ndimage.grey_closing(clean, (GAP, GAP))
    return np.where(before & ~mask, bridged, clean), tilts[0] if len(tilts) == 2 else 0.0


def find_floor(darkness: np.ndarray) -> float:
    """Find the darkness above which a pixel is not just noise or the texture of the paper."""
    middle = float(np.median(darkness))
    noise = 1.48 * float(np.median(np.abs(darkness - middle)))
    return max(FAINTEST, middle + 4 * noise)


@dataclass(frozen=True)
class _Lines:
    """Parallel lines: their tilt in degrees, and whether there is a line at each distance."""

    degrees: float
    is_line: np.ndarray
    first: int


def _find_lines(mask: np.ndarray) -> _Lines | None:
    """Find printed lines from left to right; None if there are fewer than three."""
    y, x = np.nonzero(mask)
    if not len(y):
        return None
    step = max(1, len(y) // POINTS)
    degrees = 0.0
    for reach, width in ((STEEPEST, 0.5), (0.4, 0.1)):
        angles = degrees + np.arange(-reach, reach + width / 2, width)
        scores = [np.square(_count(y[::step], x[::step], angle)[0]).sum() for angle in angles]
        degrees = float(angles[int(np.argmax(scores))])
    counts, first = _count(y, x, degrees)
    is_line = np.convolve(counts, np.ones(3), "same") > LINE_LENGTH * mask.shape[1]
    groups, _ = ndimage.label(is_line)
    sizes = np.bincount(groups)[1:]
    if np.sum(sizes <= 3 + THICKEST_LINE * max(mask.shape)) < LEAST_LINES:
        return None
    return _Lines(degrees, is_line, first)


def _measure_distances(y: np.ndarray, x: np.ndarray, degrees: float) -> np.ndarray:
    turn = math.radians(degrees)
    return np.asarray(np.rint(y * math.cos(turn) - x * math.sin(turn)).astype(int))


def _count(y: np.ndarray, x: np.ndarray, degrees: float) -> tuple[np.ndarray, int]:
    """Count the points at each distance from a line with this tilt, from the smallest distance on.

    Also returns the smallest distance.
    """
    distances = _measure_distances(y, x, degrees)
    first = int(distances.min())
    return np.bincount(distances - first), first


def _mark_lines(mask: np.ndarray, lines: _Lines) -> np.ndarray:
    """Mark the points of printed lines, except where a thicker stroke crosses a line."""
    y, x = np.nonzero(mask)
    on_line = lines.is_line[_measure_distances(y, x, lines.degrees) - lines.first]
    y, x = y[on_line], x[on_line]
    runs, _ = ndimage.label(mask, [[0, 1, 0]] * 3)
    lengths = np.bincount(runs.ravel())[runs[y, x]]
    # The quarter, since in half of the points a line may cross an upright line or a stroke.
    thin = lengths <= 1 + 1.5 * np.quantile(lengths, 0.25)
    marked = np.zeros_like(mask)
    marked[y[thin], x[thin]] = True
    return marked
