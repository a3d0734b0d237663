"""Many small pictures as one, images as they are, and captions below figures."""

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
class Scale:
    """The colours of numbers: from 0 up, or symmetric about 0 where some are below it."""

    low: float
    high: float

    @property
    def words(self) -> str:
        return f"from {self.low:.3g} to {self.high:.3g}"

    @property
    def options(self) -> dict[str, Any]:
        """Of `imshow`."""
        colours = DIVERGING if self.low < 0 else SEQUENTIAL
        return {"cmap": colours, "vmin": self.low, "vmax": self.high, "interpolation": "nearest"}


def scale(*arrays: np.ndarray, symmetric: bool = False) -> Scale:
    """The scale on which all of these numbers are."""
    low = min(float(array.min()) for array in arrays)
    high = max(float(array.max()) for array in arrays)
    if symmetric or low < 0:
        reach = max(-low, high) or 1.0  # any, where all are 0
        return Scale(-reach, reach)
    return Scale(0.0, high or 1.0)


def mosaic(tiles: np.ndarray, columns: int, gap: tuple[int, int]) -> np.ndarray:
    """Tiles (n, height, width) in rows of `columns`, as one array with NaN between them.

    Args:
        gap: the rows of NaN above each tile, and the columns to the right of it.

    Example:
        >>> mosaic(np.ones((3, 1, 1)), 2, (1, 0)).tolist()
        [[nan, nan], [1.0, 1.0], [nan, nan], [1.0, nan]]
    """
    count, height, width = tiles.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + gap[0], width + gap[1]), np.nan)
    cells[:count, gap[0] :, :width] = tiles
    ordered = cells.reshape(rows, columns, *cells.shape[1:]).transpose(0, 2, 1, 3)
    return np.asarray(ordered.reshape(rows * cells.shape[1], columns * cells.shape[2]))


def show_image(axes: Axes, image: np.ndarray) -> None:
    """Draw a uint8 image (height, width, 1 or 3), dark ones dark."""
    axes.imshow(image.squeeze(-1) if image.shape[-1] == 1 else image, cmap="gray", vmin=0, vmax=255)
    bare(axes)


def bare(axes: Axes) -> None:
    """Take ticks and frame from axes; what is written beside them stays."""
    axes.set(xticks=[], yticks=[])
    axes.set_frame_on(False)


def apart(figure: Figure) -> None:
    """Set two sides of a figure so far apart that nobody takes them for one."""
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(wspace=0.06)


def captioned(figure: Figure, caption: str) -> None:
    """Set what is shown, and on which scale, below a figure, in as many lines as it takes."""
    characters = int(13.5 * figure.get_figwidth())  # of 9 points, 0.073 inches on average
    text = textwrap.fill(caption, characters)
    figure.supxlabel(text, fontsize=9, parse_math=False)


def caption_height(caption: str, width: float) -> float:
    """The inches that a caption takes below a figure of a width in inches."""
    return 0.16 * len(textwrap.wrap(caption, int(13.5 * width))) + 0.15
