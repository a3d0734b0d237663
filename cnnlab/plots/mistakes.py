"""The images that a network got wrong, the most confident answers first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from cnnlab.plots import filled, headed

COLUMNS = 6
CAPTION_WIDTH = 26  # characters of 8 points that fit above an image


def mistakes(images: np.ndarray, captions: Sequence[str], title: str) -> Figure:
    """A grid of uint8 images (n, height, width, channels), each with its caption above it."""
    if not captions:
        figure = Figure(figsize=(6, 1.5), dpi=120, layout="constrained")
        headed(figure, title)
        figure.text(0.5, 0.4, "no mistakes", ha="center")
        return figure
    columns = min(COLUMNS, len(captions))
    rows = -(-len(captions) // columns)
    figure = Figure(
        figsize=(max(1.75 * columns, 5), 2.15 * rows + 0.5), dpi=120, layout="constrained"
    )
    for axes in figure.subplots(rows, columns, squeeze=False).flat:
        axes.set_axis_off()
    for axes, image, caption in zip(figure.axes, images, captions, strict=False):
        axes.imshow(
            image.squeeze(-1) if image.shape[-1] == 1 else image, cmap="gray", vmin=0, vmax=255
        )
        lines = [filled(line, CAPTION_WIDTH) for line in caption.splitlines()]
        axes.set_title("\n".join(lines), fontsize=8, parse_math=False)
    headed(figure, title)
    return figure
