"""Build mosaics of small pictures, choose colour scales, and write captions below figures."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

SEQUENTIAL = colormaps["viridis"].with_extremes(bad="white")
DIVERGING = colormaps["RdBu_r"].with_extremes(bad="white")
NEVER_FIRES = "#c00000"


@dataclass(frozen=True)
class ColourScale:
    """A colour scale from `low` to `high`; the scale starts at 0 or is symmetric about 0."""

    low: float
    high: float

    @property
    def range_text(self) -> str:
        return f"from {self.low:.3g} to {self.high:.3g}"

    @property
    def options(self) -> dict[str, Any]:
        """The options of matplotlib's `imshow` that set this scale."""
        colours = DIVERGING if self.low < 0 else SEQUENTIAL
        return {"cmap": colours, "vmin": self.low, "vmax": self.high, "interpolation": "nearest"}


def choose_scale(*arrays: np.ndarray, symmetric: bool = False) -> ColourScale:
    """Choose one colour scale for the numbers in all arrays.

    The scale is symmetric about 0 if `symmetric` is true or a number is negative. Otherwise, the
    scale starts at 0.
    """
    low = min(float(array.min()) for array in arrays)
    high = max(float(array.max()) for array in arrays)
    if symmetric or low < 0:
        reach = max(-low, high) or 1.0  # any value will do if all numbers are 0
        return ColourScale(-reach, reach)
    return ColourScale(0.0, high or 1.0)


def build_mosaic(tiles: np.ndarray, columns: int, gap: tuple[int, int]) -> np.ndarray:
    """Arrange tiles (n, height, width) in one array with `columns` tiles in a row, and NaN gaps.

    Args:
        gap: the number of NaN rows above each tile, and of NaN columns at the right of each tile.

    Example:
        >>> build_mosaic(np.ones((3, 1, 1)), 2, (1, 0)).tolist()
        [[nan, nan], [1.0, 1.0], [nan, nan], [1.0, nan]]
    """
    count, height, width = tiles.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + gap[0], width + gap[1]), np.nan)
    cells[:count, gap[0] :, :width] = tiles
    ordered = cells.reshape(rows, columns, *cells.shape[1:]).transpose(0, 2, 1, 3)
    return np.asarray(ordered.reshape(rows * cells.shape[1], columns * cells.shape[2]))


def show_image(axes: Axes, image: np.ndarray) -> None:
    """Draw a uint8 image (height, width, 1 or 3): 0 is black, and 255 is white."""
    axes.imshow(image.squeeze(-1) if image.shape[-1] == 1 else image, cmap="gray", vmin=0, vmax=255)
    remove_frame(axes)


def remove_frame(axes: Axes) -> None:
    """Remove the ticks and the frame of the axes, but not the labels of the axes."""
    axes.set(xticks=[], yticks=[])
    axes.set_frame_on(False)


def separate_sides(figure: Figure) -> None:
    """Add space between the left and the right half of a figure."""
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(wspace=0.06)


def set_caption(figure: Figure, caption: str) -> None:
    """Write a caption below a figure, in lines that fit the width of the figure."""
    characters = int(
        13.5 * figure.get_figwidth()
    )  # a letter of 9 points is 0.073 inches wide on average
    text = textwrap.fill(caption, characters)
    figure.supxlabel(text, fontsize=9, parse_math=False)


def measure_caption(caption: str, width: float) -> float:
    """Compute the height in inches of a caption below a figure that is `width` inches wide."""
    return 0.16 * len(textwrap.wrap(caption, int(13.5 * width))) + 0.15
