"""A reliability diagram: how often answers are right, by how sure the network was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from cnnlab.plots import headed

RIGHT, GAP, EVEN = "#1f77b4", "#d95f02", "#555555"


def calibration(bins: Sequence[Mapping[str, Any]], title: str) -> Figure:
    """Accuracy by probability, and below it how many answers have such a probability.

    Args:
        bins: as `cnnlab.calibration.Bin` has them: above, up_to, images, confidence, accuracy.
    """
    figure = Figure(figsize=(7, 7.2), dpi=120, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    used = [row for row in bins if row["images"]]
    places = [(row["above"] + row["up_to"]) / 2 for row in used]
    widths = [0.96 * (row["up_to"] - row["above"]) for row in used]
    share = [row["accuracy"] for row in used]
    sure = [row["confidence"] for row in used]
    upper.bar(places, share, widths, color=RIGHT, label="share of right answers")
    upper.vlines(sure, share, sure, color=GAP, linewidth=2, label="distance to the probability")
    upper.plot(sure, sure, "_", color=GAP, markersize=9, markeredgewidth=2)
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
    headed(figure, title)
    return figure
