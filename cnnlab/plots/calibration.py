"""Draw a reliability diagram: the accuracy of predictions, by their probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from cnnlab.plots import set_title

RIGHT, GAP, EVEN = "#1f77b4", "#d95f02", "#555555"


def draw_calibration(bins: Sequence[Mapping[str, Any]], title: str) -> Figure:
    """Draw the accuracy in each bin of probabilities, and below it the number of images.

    Args:
        bins: mappings with the keys above, up_to, images, confidence and accuracy, as in
            `cnnlab.calibration.Bin`.
    """
    figure = Figure(figsize=(7, 7.2), dpi=120, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    used = [row for row in bins if row["images"]]
    places = [(row["above"] + row["up_to"]) / 2 for row in used]
    widths = [0.96 * (row["up_to"] - row["above"]) for row in used]
    share = [row["accuracy"] for row in used]
    confidence = [row["confidence"] for row in used]
    upper.bar(places, share, widths, color=RIGHT, label="share of right answers")
    upper.vlines(
        confidence, share, confidence, color=GAP, linewidth=2, label="distance to the probability"
    )
    upper.plot(confidence, confidence, "_", color=GAP, markersize=9, markeredgewidth=2)
    upper.plot([0, 1], [0, 1], color=EVEN, linestyle="--", linewidth=1, label="perfect calibration")
    upper.set(ylim=(0, 1.02), ylabel="share of right answers")
    counts = [row["images"] for row in used]
    lower.bar(places, counts, widths, color=RIGHT)
    for place, count in zip(places, counts, strict=True):
        lower.text(place, count * 1.15, f"{count:,}", ha="center", va="bottom", fontsize=7)
    lower.set_yscale("log")
    lower.set_ylim(0.7, 8 * max(counts))
    lower.set(xlim=(0, 1), xlabel="probability of the answer", ylabel="answers")
    for axes in (upper, lower):
        axes.grid(alpha=0.3, axis="y")
        axes.set_axisbelow(True)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    set_title(figure, title)
    return figure
