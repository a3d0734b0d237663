"""Draw the kernels of a convolution and histograms of their weights, after and before training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from cnnlab.counts import format_selection
from cnnlab.plots import set_title
from cnnlab.plots.image_grids import (
    ColourScale,
    build_mosaic,
    choose_scale,
    measure_caption,
    remove_frame,
    separate_sides,
    set_caption,
)
from cnnlab.plots.page_svg import build_panel

SHOWN_KERNELS = 64  # kernels at most, if each has one input channel, in rows of COLUMNS
COLUMNS = 8
SHOWN_ACROSS, SHOWN_DOWN = 16, 8  # kernels and input channels at most, if there are several
SHOWN_SINGLE = 64  # kernels and input channels at most, for kernels of 1 × 1
BINS = 40
_WIDTH = 11.0  # inches


def draw_kernels(trained: np.ndarray, untrained: np.ndarray, title: str) -> Figure:
    """Draw trained and untrained kernels side by side, above histograms of their weights.

    Each array has the shape (height, width, input channels, kernels). One colour scale serves all
    kernels, and the two histograms have equal axes.
    """
    both = choose_scale(trained, untrained, symmetric=True)
    grid, words = arrange_kernels(trained)
    caption = (
        f"{words} Colours: weights {both.range_text}, white is 0; one scale for trained and "
        f"untrained. Below: {format_selection(trained.size, trained.size, 'weight')} in "
        f"{BINS} bins; line: mean, band: one standard deviation to each side."
    )
    high = float(np.clip(4.6 * grid.shape[0] / grid.shape[1], 0.6, 5.0))
    below = measure_caption(caption, _WIDTH)
    figure = Figure(figsize=(_WIDTH, high + 3.3 + below), dpi=120, layout="constrained")
    separate_sides(figure)
    # Two subfigures: in one, the layout of square pictures cuts off labels of the other row.
    rows: Any = figure.subfigures(2, 1, height_ratios=[high + 0.4, 2.6])
    _draw_sides(rows[0], trained, untrained, both)
    places = rows[1].subplots(1, 2, sharex=True, sharey=True)
    for axes, weights in zip(places, (trained, untrained), strict=True):
        _draw_histogram(axes, weights, both)
    set_title(figure, title)
    set_caption(figure, caption)
    return figure


def _draw_sides(
    figure: SubFigure, trained: np.ndarray, untrained: np.ndarray, both: ColourScale
) -> None:
    places = figure.subplots(1, 2)
    sides = (("trained", trained), ("untrained", untrained))
    for axes, (name, weights) in zip(places, sides, strict=True):
        picture = axes.imshow(arrange_kernels(weights)[0], **both.options)
        remove_frame(axes)
        axes.set_title(name)
    figure.colorbar(picture, ax=places.tolist(), label="weight", fraction=0.03)


def arrange_kernels(weights: np.ndarray) -> tuple[np.ndarray, str]:
    """Arrange the first kernels in one array; return the array and a sentence that names them."""
    height, width, channels, count = weights.shape
    single = height * width == 1
    gap = (0, 0) if single else (1, 1)
    across, down = (SHOWN_SINGLE, SHOWN_SINGLE) if single else (SHOWN_ACROSS, SHOWN_DOWN)
    if min(channels, count) == 1:
        # Rows of COLUMNS tiles: kernels with one channel, or channels with one kernel each.
        tiles = weights.reshape(height, width, -1).transpose(2, 0, 1)[:SHOWN_KERNELS]
        noun = "kernel" if channels == 1 else "channel"
        words = f"Above: {format_selection(len(tiles), channels * count, noun)}"
        words += ", row by row." if channels == 1 else ", each with its own kernel, row by row."
        return build_mosaic(tiles, min(COLUMNS, len(tiles)), gap), words
    drawn_weights = weights[:, :, :down, :across]
    tiles = drawn_weights.transpose(2, 3, 0, 1).reshape(-1, height, width)
    words = (
        f"Above, across: {format_selection(drawn_weights.shape[3], count, 'kernel')}; down: "
        f"{format_selection(drawn_weights.shape[2], channels, 'input channel')}."
    )
    return build_mosaic(tiles, drawn_weights.shape[3], gap), words


def draw_histogram_panels(sides: Sequence[np.ndarray], both: ColourScale) -> list[Axes]:
    """Draw histograms of weights for a page, each in its own figure, with equal axes."""
    panels: list[Axes] = []
    for weights in sides:
        panels.append(build_panel(height=180, share_y=panels[0] if panels else None))
        _draw_histogram(panels[-1], weights, both)
        panels[-1].xaxis.set_major_locator(MaxNLocator(nbins=5))
    return panels


def _draw_histogram(axes: Axes, weights: np.ndarray, both: ColourScale) -> None:
    mean, deviation = float(weights.mean()), float(weights.std())
    bins = np.linspace(both.low, both.high, BINS + 1)
    axes.hist(weights.ravel(), bins=bins.tolist(), color="#4c78a8")
    axes.axvspan(mean - deviation, mean + deviation, color="#d95f02", alpha=0.15, linewidth=0)
    axes.axvline(mean, color="#d95f02")
    axes.set_title(f"mean {mean:.4f}, standard deviation {deviation:.4f}", fontsize=10)
    axes.set(xlabel="weight", ylabel="number of weights", xlim=(both.low, both.high))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7))
    axes.grid(alpha=0.3)
