"""Draw the metric of the best trials and of the base config over several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cnnlab.plots import set_title
from cnnlab.plots.page_svg import build_panel
from cnnlab.plots.trial_points import FAINT, GOOD, INK, format_number


@dataclass(frozen=True)
class SeedValues:
    """The values of one config over seeds, their mean, and Student's 95% interval of the mean."""

    name: str
    values: tuple[float, ...]
    mean: float
    interval: tuple[float, float]
    is_base: bool = False


def draw_confirmation(rows: Sequence[SeedValues], metric: str, title: str) -> Figure:
    """Draw a dot for each seed, and the mean with its interval, in a row for each config."""
    size = (7.5, round(1.4 + 0.5 * len(rows), 1))
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.subplots()
    _draw(axes, rows, metric)
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    set_title(figure, title)
    return figure


def draw_confirmation_panel(rows: Sequence[SeedValues], metric: str) -> Axes:
    """Draw the diagram of `draw_confirmation` for a page, with each name above its row."""
    axes = build_panel(height=80 + 36 * len(rows), left=20)
    _draw(axes, rows, metric)
    axes.set_yticks([])
    axes.set_ylim(len(rows) - 0.5, -0.75)
    for place, row in enumerate(rows):
        at = (0.01, place - 0.26)
        axes.text(*at, row.name, transform=axes.get_yaxis_transform(), fontsize=9)
    axes.set_title("over seeds: dots, mean, 95% interval", fontsize=10)
    return axes


def _draw(axes: Axes, rows: Sequence[SeedValues], metric: str) -> None:
    for place, row in enumerate(rows):
        color = FAINT if row.is_base else GOOD
        heights = [place] * len(row.values)
        axes.plot(row.values, heights, "o", color=color, markersize=4, alpha=0.6)
        axes.plot([*row.interval], [place, place], color=color, linewidth=2)
        axes.plot([row.mean], [place], "|", color=INK, markersize=12, markeredgewidth=2)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(metric, parse_math=False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value)))
    axes.grid(axis="x", alpha=0.3)
