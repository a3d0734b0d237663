"""Draw the metric of a sweep's trials against each parameter, all with the same vertical axis."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from cnnlab.plots import set_title, shorten_name
from cnnlab.plots.page_svg import build_panel
from cnnlab.plots.trial_points import (
    FAINT,
    GOOD,
    INK,
    TrialPoint,
    TrialPoints,
    ValueAxis,
    format_number,
)

_LETTER = 4.6  # units of the page, of the labels of categories


def draw_parameters(points: TrialPoints, title: str) -> Figure:
    """Draw a small diagram for each parameter; trials that were pruned are hollow."""
    count = len(points.axes)
    columns = min(4, count)
    rows = -(-count // columns)
    size = (max(5.0, 3.2 * columns), 3.1 * rows + 0.6)
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    places = list(figure.subplots(rows, columns, squeeze=False, sharey=True).flat)
    for axes, place in zip(places, range(count), strict=False):
        _draw(axes, points, place)
        if place % columns:
            axes.set_ylabel("")
    for axes in places[count:]:
        axes.set_axis_off()
    set_title(figure, title)
    return figure


def draw_parameter_panels(points: TrialPoints) -> list[Axes]:
    """Draw the diagrams of `draw_parameters` for a page, each diagram in its own figure."""
    panels = []
    for place, axis in enumerate(points.axes):
        labels = [text for _, text in _list_labels(axis)]
        below = 34 + _LETTER * max(map(len, labels), default=0) if _is_turned(axis) else 42
        height = 174 + below
        axes = build_panel(height=height)
        axes.set_position((62 / 288, below / height, 210 / 288, 146 / height))
        _draw(axes, points, place)
        panels.append(axes)
    return panels


def _draw(axes: Axes, points: TrialPoints, place: int) -> None:
    axis = points.axes[place]
    draw_trials(axes, points, lambda trial: axis.place(trial.values[place]))
    ticks = _list_labels(axis)
    turn = 90 if _is_turned(axis) else 0
    axes.set_xticks(
        [at for at, _ in ticks], [text for _, text in ticks], rotation=turn, parse_math=False
    )
    axes.tick_params(labelsize=8)
    axes.set_xlim(-0.04, 1.04)
    axes.set_title(shorten_name(axis.name, 36), fontsize=10, parse_math=False)
    if axis.is_log:
        axes.set_xlabel("logarithmic", fontsize=8)


def draw_trials(axes: Axes, points: TrialPoints, across: Callable[[TrialPoint], float]) -> None:
    """Draw a mark for each trial; `across` returns its horizontal place. The best one is black.

    A trial that is too bad for the vertical axis is a triangle at its end.
    """
    low, high = points.find_limits()
    beyond = "v" if points.is_high_better else "^"
    for trial in points.trials:
        is_inside = low <= trial.metric <= high
        height = points.clip(trial.metric)
        is_best = trial.number == points.best
        axes.plot(
            across(trial),
            height,
            marker="*" if is_best else "o" if is_inside else beyond,
            markersize=13 if is_best else 5,
            markerfacecolor="none" if not trial.is_finished else INK if is_best else GOOD,
            markeredgecolor=INK if is_best else GOOD if trial.is_finished else FAINT,
            linestyle="",
            alpha=1 if is_best else 0.75,
            zorder=4 if is_best else 2,
            clip_on=False,
        )
    axes.set_ylim(low, high)
    axes.set_ylabel(points.metric, parse_math=False)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value)))
    axes.grid(alpha=0.3)


def _list_labels(axis: ValueAxis) -> list[tuple[float, str]]:
    if not axis.categories:
        return axis.list_ticks(40, most=4)
    return axis.list_ticks(20 * len(axis.categories) if _is_turned(axis) else 40)


def _is_turned(axis: ValueAxis) -> bool:
    """Return whether the labels of the categories are too long to stand side by side."""
    return len(axis.categories) * max(3, *map(len, axis.categories), 3) > 36
