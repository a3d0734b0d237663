"""Draw each trial of a sweep as a line across one axis for each parameter and the metric."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnlab.plots import set_title, shorten_name
from cnnlab.plots.page_svg import build_panel, draw_key
from cnnlab.plots.trial_points import (
    FAINT,
    INK,
    PAPER,
    TrialPoints,
    ValueAxis,
    choose_colour,
    rank_shares,
)

_ROW = 44  # units of the page between two axes
_GROUND = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.4}  # keeps texts legible over lines


def draw_parallel_coordinates(points: TrialPoints, title: str) -> Figure:
    """Draw the axes below each other, the metric last; the best trial is bold."""
    height = 1.1 + 0.72 * (len(points.axes) + 1)
    figure = Figure(figsize=(9, round(height, 1)), dpi=120, layout="constrained")
    axes = figure.subplots()
    _draw(axes, points, 90)
    set_title(figure, title)
    return figure


def draw_parallel_panel(points: TrialPoints) -> Axes:
    """Draw the diagram of `draw_parallel_coordinates` for a page, as wide as a phone."""
    height = 30 + _ROW * (len(points.axes) + 1)
    axes = build_panel(height=height, left=8)
    axes.set_position((8 / 288, 8 / height, 272 / 288, (height - 26) / height))
    _draw(axes, points, 44)
    return axes


def list_parallel_keys() -> list[tuple[str, str]]:
    """List the entries of the legend: the SVG of each line, and its name."""
    return [
        (draw_key(INK, width=3), "best trial"),
        (draw_key(choose_colour(1.0)), "good trials"),
        (draw_key(choose_colour(0.0)), "bad trials"),
    ]


def _draw(axes: Axes, points: TrialPoints, characters: int) -> None:
    low, high = points.find_limits()
    rows = [*points.axes, ValueAxis(points.metric, low, high)]
    shares = rank_shares(points)
    for trial in sorted(points.finished_trials, key=lambda one: shares[one.number]):
        values = (*trial.values, points.clip(trial.metric))
        places = [row.place(value) for row, value in zip(rows, values, strict=True)]
        is_best = trial.number == points.best
        look: dict[str, Any] = {"color": choose_colour(shares[trial.number]), "linewidth": 1}
        if is_best:
            look = {"color": INK, "linewidth": 2.5, "zorder": 4, "marker": "o", "markersize": 4}
        axes.plot(places, range(len(rows)), alpha=1 if is_best else 0.75, **look)
    for at, row in enumerate(rows):
        axes.plot([0, 1], [at, at], color=FAINT, linewidth=1, zorder=3)
        name = shorten_name(row.name, characters)
        text: dict[str, Any] = {"bbox": _GROUND, "zorder": 5, "parse_math": False}
        axes.text(0, at - 0.16, name, fontsize=9, fontweight="bold", va="bottom", **text)
        for place, label in row.list_ticks(characters):
            axes.plot([place, place], [at - 0.05, at + 0.05], color=FAINT, linewidth=1, zorder=3)
            side, end = _choose_side(place, label)
            axes.text(end, at + 0.12, label, fontsize=8, va="top", ha=side, **text)
    axes.set(xlim=(-0.01, 1.01), ylim=(len(rows) - 0.45, -0.6))
    axes.set_axis_off()


def _choose_side(place: float, label: str) -> tuple[str, float]:
    """Choose the alignment and the place of a label, so that it stays inside the picture."""
    near = 0.12 if len(label) > 6 else 0.05
    if place < near:
        return "left", min(place, 0.0)
    return ("right", max(place, 1.0)) if place > 1 - near else ("center", place)
