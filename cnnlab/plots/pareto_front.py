"""Draw the metric of a sweep's trials against their multiply-adds, with the Pareto front."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from cnnlab.plots import set_title
from cnnlab.plots.page_svg import build_panel, draw_key
from cnnlab.plots.parameter_panels import draw_trials
from cnnlab.plots.trial_points import INK, PAPER, TrialPoints, format_number

FRONT = "#D55E00"
_MOST_NUMBERS = 12  # trials of the front with their number
_STEPS = (1.0, 2.0, 5.0)


def draw_pareto(points: TrialPoints, title: str) -> Figure:
    """Draw the trials, with a line through those that no smaller network equals or beats."""
    figure = Figure(figsize=(7.5, 4.8), dpi=120, layout="constrained")
    _draw(figure.subplots(), points)
    set_title(figure, title)
    return figure


def draw_pareto_panel(points: TrialPoints) -> Axes:
    """Draw the diagram of `draw_pareto` for a page."""
    axes = build_panel(height=230)
    _draw(axes, points)
    axes.set_title(f"{points.metric} and cost", fontsize=10, parse_math=False)
    return axes


def list_pareto_keys() -> list[tuple[str, str]]:
    """List the entry of the legend: the SVG of the line, and its name."""
    return [(draw_key(FRONT, "--"), "no smaller network is as good (with the trial's number)")]


def _draw(axes: Axes, points: TrialPoints) -> None:
    axes.set_xscale("log")
    draw_trials(axes, points, lambda trial: max(1, trial.multiply_adds))
    by_number = {trial.number: trial for trial in points.trials}
    front = [by_number[number] for number in points.front]
    axes.plot(
        [max(1, trial.multiply_adds) for trial in front],
        [points.clip(trial.metric) for trial in front],
        color=FRONT,
        linestyle="--",
        linewidth=1.5,
        zorder=3,
    )
    step = math.ceil(len(front) / _MOST_NUMBERS) or 1
    down = 9 if points.is_high_better else -9
    for trial in front[::-1][::step]:
        axes.annotate(
            str(trial.number),
            (max(1, trial.multiply_adds), points.clip(trial.metric)),
            xytext=(-4, down),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8,
            color=INK,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.3},
            zorder=5,
        )
    axes.set_xlabel("multiply-adds for one image (logarithmic)", fontsize=9)
    _set_ticks(axes, [max(1, trial.multiply_adds) for trial in points.trials])


def _set_ticks(axes: Axes, sizes: list[int]) -> None:
    low, high = min(sizes), max(sizes)
    axes.set_xlim(low / 1.35, high * 1.2)
    steps = _STEPS if high / low < 100 else (1.0, 3.0) if high / low < 1000 else (1.0,)
    axes.xaxis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value)))
    axes.tick_params(labelsize=8)
