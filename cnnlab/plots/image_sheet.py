"""Draw many images with captions in one matplotlib Axes, which is faster than an Axes for each."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cnnlab.plots import set_title

LINE = 0.135  # inches, the height of a line of 8 points


class ImageSheet:
    """A figure with images and captions. Positions are in inches from the left and from the title.

    Args:
        width: the width of the figure in inches.
        height: the height of the figure below its title, in inches.
    """

    def __init__(self, width: float, height: float, title: str) -> None:
        self.figure = Figure(dpi=120)
        self.figure.set_figwidth(width)
        set_title(self.figure, title)
        above = 0.25 + 0.2 * (1 + self.figure.get_suptitle().count("\n"))
        self.figure.set_figheight(above + height)
        self.figure.suptitle(self.figure.get_suptitle(), y=1 - 0.1 / (above + height))
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, width), ylim=(height, -above), autoscale_on=False)
        self._axes.set_axis_off()

    def image(self, image: np.ndarray, left: float, top: float, side: float) -> None:
        """Draw a uint8 image (height, width, 1 or 3) in a square with a side of `side` inches."""
        height, width = side * np.array(image.shape[:2]) / max(image.shape[:2])
        left, top = left + (side - width) / 2, top + (side - height) / 2
        self._axes.imshow(
            image.squeeze(-1) if image.shape[-1] == 1 else image,
            extent=(left, left + width, top + height, top),
            aspect="auto",  # the extent has the aspect of the image
            cmap="gray",
            vmin=0,
            vmax=255,
        )

    def caption(self, text: str, centre: float, bottom: float) -> None:
        """Write lines of text in letters of 8 points; a dollar sign does not start a formula."""
        options: dict[str, Any] = {"ha": "center", "va": "bottom", "linespacing": 1.15}
        self._axes.text(centre, bottom, text, fontsize=8, parse_math=False, **options)

    def label(self, text: str, centre: float) -> None:
        """Write a text at the left edge, from bottom to top."""
        self._axes.text(0.1, centre, text, rotation=90, ha="left", va="center")
