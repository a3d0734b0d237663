"""Draw the share of the variance that each parameter of a sweep explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from cnnlab.plots import set_title, shorten_name
from cnnlab.plots.page_svg import build_panel, draw_key
from cnnlab.plots.trial_points import GOOD, INK

_CHANCE = "#9aa5b1"


@dataclass(frozen=True)
class ShareBar:
    """The share of one parameter, its 95% interval, and whether it exceeds what chance explains."""

    name: str
    share: float
    interval: tuple[float, float]
    is_certain: bool


def draw_importances(bars: Sequence[ShareBar], title: str) -> Figure:
    """Draw a bar with an interval for each parameter, the largest share first."""
    size = (7.5, round(1.3 + 0.5 * len(bars), 1))
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.subplots()
    _draw(axes, bars)
    names = [shorten_name(bar.name, 40) for bar in bars]
    axes.set_yticks(range(len(bars)), names, parse_math=False)
    set_title(figure, title)
    return figure


def draw_importance_panel(bars: Sequence[ShareBar]) -> Axes:
    """Draw the diagram of `draw_importances` for a page, with each name above its bar."""
    axes = build_panel(height=80 + 36 * len(bars), left=20)
    _draw(axes, bars, 0.34)
    axes.set_yticks([])
    axes.set_ylim(len(bars) - 0.5, -0.75)
    for place, bar in enumerate(bars):
        at = (0.01, place - 0.27)
        text = shorten_name(bar.name, 44)
        axes.text(*at, text, transform=axes.get_yaxis_transform(), fontsize=9, parse_math=False)
    axes.set_title("which settings matter", fontsize=11)
    return axes


def list_importance_keys() -> list[tuple[str, str]]:
    """List the entries of the legend: the SVG of each bar, and its name."""
    return [
        (draw_key(GOOD, width=8), "more than chance explains"),
        (draw_key(_CHANCE, width=8), "cannot be told apart from chance"),
        (draw_key(INK, width=1.5), "95% interval"),
    ]


def _draw(axes: Axes, bars: Sequence[ShareBar], height: float = 0.55) -> None:
    for place, bar in enumerate(bars):
        axes.barh(place, bar.share, height, color=GOOD if bar.is_certain else _CHANCE)
        axes.plot([*bar.interval], [place, place], color=INK, linewidth=1.5)
        axes.plot([*bar.interval], [place, place], "|", color=INK, markersize=8)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlim(0, max(1.0, *(bar.interval[1] for bar in bars)))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("share of the variance of the metric")
    axes.grid(axis="x", alpha=0.3)
