"""Draw a reliability diagram: the accuracy of the predictions in each bin of probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullLocator

from cnnlab.plots import set_title
from cnnlab.plots.page_svg import build_panel, draw_key

RIGHT, GAP, EVEN = "#1f77b4", "#d95f02", "#555555"
_WORDS = ("share of correct predictions", "distance to the probability", "perfect calibration")
_ACROSS = "probability of the predicted class"
Bins = Sequence[Mapping[str, Any]]


def draw_calibration(bins: Bins, title: str) -> Figure:
    """Draw the accuracy, and below the accuracy the number of images, for each probability bin.

    Args:
        bins: mappings with the keys above, up_to, images, confidence and accuracy, as in
            `cnnlab.calibration.Bin`.
    """
    figure = Figure(figsize=(7, 7.2), dpi=120, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    _draw_shares(upper, bins)
    _draw_counts(lower, bins)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    set_title(figure, title)
    return figure


def draw_calibration_panels(bins: Bins) -> list[Axes]:
    """Draw the diagrams of `draw_calibration` for a page, each diagram in its own figure."""
    upper, lower = build_panel(), build_panel()
    _draw_shares(upper, bins)
    _draw_counts(lower, bins, rotation=90)  # numbers side by side would lie on each other
    upper.set(xlim=(0, 1), xlabel=_ACROSS, title="accuracy")
    lower.set(title="number of images", ylabel="", ylim=(0.7, 40 * lower.get_ylim()[1] / 8))
    lower.yaxis.set_major_formatter(EngFormatter(sep=""))  # 10k; to write 10⁴ takes 0.1 s
    lower.yaxis.set_minor_locator(NullLocator())
    return [upper, lower]


def list_calibration_keys() -> list[tuple[str, str]]:
    """List the entries of the legend: the SVG of each line, and the name of the line."""
    lines = (draw_key(RIGHT, width=8), draw_key(GAP), draw_key(EVEN, "--", 1))
    return list(zip(lines, _WORDS, strict=True))


def _draw_shares(axes: Axes, bins: Bins) -> None:
    used = [row for row in bins if row["images"]]
    right, gap, even = _WORDS
    places, widths = _measure_bars(used)
    share = [row["accuracy"] for row in used]
    confidence = [row["confidence"] for row in used]
    axes.bar(places, share, widths, color=RIGHT, label=right)
    axes.vlines(confidence, share, confidence, color=GAP, linewidth=2, label=gap)
    axes.plot(confidence, confidence, "_", color=GAP, markersize=9, markeredgewidth=2)
    axes.plot([0, 1], [0, 1], color=EVEN, linestyle="--", linewidth=1, label=even)
    axes.set(ylim=(0, 1.02), ylabel=right)
    _draw_grid(axes)


def _draw_counts(axes: Axes, bins: Bins, rotation: float = 0) -> None:
    used = [row for row in bins if row["images"]]
    places, widths = _measure_bars(used)
    counts = [row["images"] for row in used]
    axes.bar(places, counts, widths, color=RIGHT)
    for place, count in zip(places, counts, strict=True):
        look: dict[str, Any] = {"ha": "center", "va": "bottom", "rotation": rotation}
        axes.text(place, count * 1.15, f"{count:,}", fontsize=7, **look)
    axes.set_yscale("log")
    axes.set_ylim(0.7, 8 * max(counts))
    axes.set(xlim=(0, 1), xlabel=_ACROSS, ylabel="images")
    _draw_grid(axes)


def _measure_bars(used: Bins) -> tuple[list[float], list[float]]:
    """Compute the position of the middle, and the width, of each bar."""
    places = [(row["above"] + row["up_to"]) / 2 for row in used]
    return places, [0.96 * (row["up_to"] - row["above"]) for row in used]


def _draw_grid(axes: Axes) -> None:
    axes.grid(alpha=0.3, axis="y")
    axes.set_axisbelow(True)
