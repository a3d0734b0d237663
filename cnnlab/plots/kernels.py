"""The kernels of a convolution and the histogram of their weights, trained beside untrained."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from cnnlab.plots import headed
from cnnlab.plots.grids import Scale, apart, bare, caption_height, captioned, mosaic, scale

SHOWN = 64  # kernels of one input channel each, in rows of COLUMNS
COLUMNS = 8
SHOWN_ACROSS, SHOWN_DOWN = 16, 8  # kernels and input channels, where there are many of both
SHOWN_SINGLE = 64  # both ways, where a kernel has one cell
BINS = 40
_WIDTH = 11.0  # inches


def kernels(trained: np.ndarray, untrained: np.ndarray, title: str) -> Figure:
    """Kernels (height, width, input channels, kernels) above the histograms of all their weights.

    Both sides have the same colours and the same axes.
    """
    both = scale(trained, untrained, symmetric=True)
    grid, words = _grid(trained)
    caption = (
        f"{words} Colours: weights {both.words}, white is 0; one scale for both sides, symmetric "
        f"about 0. Below: all {trained.size:,} weights in {BINS} bins; line: mean, band: one "
        "standard deviation to each side."
    )
    high = float(np.clip(4.6 * grid.shape[0] / grid.shape[1], 0.6, 5.0))
    below = caption_height(caption, _WIDTH)
    figure = Figure(figsize=(_WIDTH, high + 3.3 + below), dpi=120, layout="constrained")
    apart(figure)
    # Two figures, since the layout of maps that keep their shape cuts labels in the other row.
    rows: Any = figure.subfigures(2, 1, height_ratios=[high + 0.4, 2.6])
    _draw(rows[0], trained, untrained, both)
    places = rows[1].subplots(1, 2, sharex=True, sharey=True)
    for axes, weights in zip(places, (trained, untrained), strict=True):
        _histogram(axes, weights, both)
    headed(figure, title)
    captioned(figure, caption)
    return figure


def _draw(figure: SubFigure, trained: np.ndarray, untrained: np.ndarray, both: Scale) -> None:
    places = figure.subplots(1, 2)
    sides = (("trained", trained), ("untrained", untrained))
    for axes, (name, weights) in zip(places, sides, strict=True):
        picture = axes.imshow(_grid(weights)[0], **both.options)
        bare(axes)
        axes.set_title(name)
    figure.colorbar(picture, ax=places.tolist(), label="weight", fraction=0.03)


def _grid(weights: np.ndarray) -> tuple[np.ndarray, str]:
    """The kernels that are shown, as one array, and which they are."""
    height, width, channels, count = weights.shape
    single = height * width == 1
    gap = (0, 0) if single else (1, 1)
    across, down = (SHOWN_SINGLE, SHOWN_SINGLE) if single else (SHOWN_ACROSS, SHOWN_DOWN)
    if min(channels, count) == 1:
        # A row of all, broken where it gets too long: kernels, or channels with a kernel each.
        tiles = weights.reshape(height, width, -1).transpose(2, 0, 1)[:SHOWN]
        what = "kernels" if channels == 1 else "channels, each with a kernel of its own"
        words = f"Above: {_some(len(tiles), channels * count)} {what}, row by row."
        return mosaic(tiles, min(COLUMNS, len(tiles)), gap), words
    shown = weights[:, :, :down, :across]
    tiles = shown.transpose(2, 3, 0, 1).reshape(-1, height, width)
    words = (
        f"Above, across: {_some(shown.shape[3], count)} kernels; down: "
        f"{_some(shown.shape[2], channels)} input channels."
    )
    return mosaic(tiles, shown.shape[3], gap), words


def _some(shown: int, count: int) -> str:
    return f"all {count}" if shown == count else f"the first {shown} of {count}"


def _histogram(axes: Axes, weights: np.ndarray, both: Scale) -> None:
    mean, deviation = float(weights.mean()), float(weights.std())
    bins = np.linspace(both.low, both.high, BINS + 1)
    axes.hist(weights.ravel(), bins=bins.tolist(), color="#4c78a8")
    axes.axvspan(mean - deviation, mean + deviation, color="#d95f02", alpha=0.15, linewidth=0)
    axes.axvline(mean, color="#d95f02")
    axes.set_title(f"mean {mean:.4f}, standard deviation {deviation:.4f}", fontsize=10)
    axes.set(xlabel="weight", ylabel="weights in a bin", xlim=(both.low, both.high))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7))
    axes.grid(alpha=0.3)
