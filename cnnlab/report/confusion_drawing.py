"""Draw a confusion matrix as SVG, for light and dark pages; few classes also get numbers."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from html import escape

import numpy as np

from cnnlab.counts import format_count
from cnnlab.html_page import choose_by_screen
from cnnlab.plots import shorten_name
from cnnlab.plots.confusion import MAX_NUMBERED
from cnnlab.plots.page_images import encode_pixels
from cnnlab.report.svg_shapes import measure_text

# Text of the page's colour has a contrast of 4.5 or more on both, in the light and the dark scheme.
_ERROR, _RIGHT = (33, 113, 181, 140), (128, 128, 128, 64)  # red, green, blue, alpha at most
_CELL, _SMALL_CELL = 40, 14  # units of the SVG
_SIZE = 11  # of names
_LARGEST, _WIDEST = 1.6, 740  # pixels for a unit, and for the whole drawing, at most


def draw_confusion(matrix: Sequence[Sequence[int]], class_names: Sequence[str]) -> str:
    """Draw a confusion matrix, with a row for each true class and a column for each prediction.

    The cell with the largest error is the deepest blue. The size of an error is the share of the
    images of the true class. Screens that are too narrow for the numbers show the colours alone.
    """
    colours, _ = _draw_matrix(matrix, class_names, _SMALL_CELL)
    if len(class_names) > MAX_NUMBERED:
        return colours
    return choose_by_screen(*_draw_matrix(matrix, class_names, _CELL), colours)


def _draw_matrix(
    matrix: Sequence[Sequence[int]], class_names: Sequence[str], cell: int
) -> tuple[str, float]:
    """Draw the matrix with cells of the size `cell`; returns the SVG and its width in pixels."""
    counts = np.array(matrix)
    classes = len(class_names)
    names = [shorten_name(name) for name in class_names]
    widest = max(measure_text(name, _SIZE) for name in names)
    angle = 0 if widest < cell else 45 if cell == _CELL else 90
    left, side = widest + 28, cell * classes
    below = max(widest * math.sin(math.radians(angle)), _SIZE) + 32
    picture = b64encode(encode_pixels(_colour_cells(counts))).decode()
    parts = [
        f'<image x="{left:g}" width="{side}" height="{side}" href="data:image/png;base64,{picture}"'
        ' class="pixels" preserveAspectRatio="none"/>',
        f'<rect class="frame" x="{left:g}" width="{side}" height="{side}"/>',
        *_write_names(names, left, cell, angle),
        _write(left + side / 2, side + below - 6, "predicted class"),
        _write(0, 0, "true class", f' transform="translate({_SIZE} {side / 2:g}) rotate(-90)"'),
    ]
    if cell == _CELL:
        parts += _write_numbers(counts, left, cell)
    about = f"Confusion matrix of {format_count(classes, 'class')}"
    width = left + side + 1
    svg = (
        f'<svg class="chart confusion" role="img" aria-label="{about}" '
        f'style="max-width: {min(_LARGEST * width, _WIDEST):.0f}px" '
        f'viewBox="0 0 {width:g} {side + below:g}">{"".join(parts)}</svg>'
    )
    return svg, width


def measure_shares(counts: np.ndarray) -> np.ndarray:
    """Compute for each cell its share of the images of the true class."""
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _colour_cells(counts: np.ndarray) -> np.ndarray:
    """Choose the colour and opacity of each cell: uint8 (classes, classes, 4)."""
    shares, right = measure_shares(counts), np.eye(len(counts), dtype=bool)
    largest = shares[~right].max(initial=0) or 1.0  # any value where there is no error
    pixels = np.empty((*counts.shape, 4), np.uint8)
    pixels[:] = _ERROR
    pixels[..., 3] = np.round(_ERROR[3] * np.minimum(shares / largest, 1))
    pixels[right] = _RIGHT
    return pixels


def _write_names(names: Sequence[str], left: float, cell: int, angle: int) -> list[str]:
    end, side = ' style="text-anchor: end"', cell * len(names)
    texts = []
    for place, name in enumerate(names):
        middle = cell * (place + 0.5)
        texts.append(_write(left - 6, middle + 4, name, end))
        x, y = left + middle, side + _SIZE + 4
        if angle:
            x += 4
            turned = f'{end} transform="rotate(-{angle} {x:g} {y - 4:g})"'
            texts.append(_write(x, y if angle == 45 else y - 4, name, turned))
        else:
            texts.append(_write(x, y, name))
    return texts


def _write_numbers(counts: np.ndarray, left: float, cell: int) -> list[str]:
    shares, texts = measure_shares(counts), []
    for (row, column), count in np.ndenumerate(counts):
        if count:
            x, y = left + cell * (column + 0.5), cell * (row + 0.5)
            texts.append(_write(x, y - 1, f"{count:,}", size=10))
            texts.append(_write(x, y + 10, f"{shares[row, column]:.1%}", size=8))
    return texts


def _write(x: float, y: float, text: str, more: str = "", size: int = _SIZE) -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}"{more}>{escape(text)}</text>'
