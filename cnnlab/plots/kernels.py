"""The kernels of a convolution and the histogram of their weights, trained beside untrained."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnlab.plots import headed
from cnnlab.plots.grids import Scale, bare, caption_height, captioned, mosaic, scale

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
    high = 4.6 * grid.shape[0] / grid.shape[1]
    below = caption_height(caption, _WIDTH)
    figure = Figure(figsize=(_WIDTH, high + 3.3 + below), dpi=120, layout="constrained")
    axes = figure.subplots(2, 2, height_ratios=[max(high, 0.5), 2.2])
    for column, (name, weights) in enumerate((("trained", trained), ("untrained", untrained))):
        picture = axes[0, column].imshow(_grid(weights)[0], **both.options)
        bare(axes[0, column])
        axes[0, column].set_title(name)
        _histogram(axes[1, column], weights, both)
    figure.colorbar(picture, ax=axes[0, :].tolist(), label="weight", fraction=0.03)
    top = max(one.get_ylim()[1] for one in axes[1])
    for one in axes[1]:
        one.set_ylim(0, top)
    headed(figure, title)
    captioned(figure, caption)
    return figure


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
    axes.hist(weights.ravel(), bins=bins, color="#4c78a8")
    axes.axvspan(mean - deviation, mean + deviation, color="#d95f02", alpha=0.15, linewidth=0)
    axes.axvline(mean, color="#d95f02")
    axes.set_title(f"mean {mean:.4f}, standard deviation {deviation:.4f}", fontsize=10)
    axes.set(xlabel="weight", ylabel="weights in a bin", xlim=(both.low, both.high))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7))
    axes.grid(alpha=0.3)
