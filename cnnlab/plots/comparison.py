"""Draw the curves and test accuracies of several runs in one picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, PercentFormatter

from cnnlab.plots import set_title
from cnnlab.plots.curves import UNITS
from cnnlab.plots.page_svg import build_panel, draw_key

# Okabe and Ito, "Color universal design" (2008), without yellow, which is invisible on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", ":", "-.")
_TEST_TITLE = "accuracy on the test images, with its 95% interval"
_HIDDEN_COLUMNS = ("epoch", "learning_rate", "seconds", "images_per_second")


@dataclass(frozen=True)
class Curve:
    """The history of one run, and the test accuracy with its 95% confidence interval.

    Runs with equal numbers `group` have the same colour.
    """

    label: str
    group: int
    history: Sequence[Mapping[str, float]]
    accuracy: float
    interval: tuple[float, float]


def draw_comparison(curves: Sequence[Curve], groups: Sequence[str], title: str) -> Figure:
    """Draw the loss and the metrics of all runs by epoch, and the test accuracies below the curves.

    Args:
        groups: the name of each group of runs, for the legend; runs of one group share a colour.
    """
    panels = _list_panels(curves)
    columns = min(2, len(panels)) or 1
    rows = -(-len(panels) // columns)
    tall = 0.5 + 0.27 * len(curves)
    in_row = max(1, 120 // (8 + max(len(_shorten(name)) for name in groups)))
    height = 3.0 * rows + tall + 1.1 + 0.25 * -(-len(groups) // in_row)
    figure = Figure(figsize=(12, round(height, 1)), dpi=120, layout="constrained")
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[3.0] * rows + [tall])
    axes_by_name: dict[str, Axes] = {}
    for place, (name, side) in enumerate(panels):
        axes = figure.add_subplot(grid[divmod(place, columns)], sharey=axes_by_name.get(name))
        axes_by_name[name] = axes
        _draw_metric(axes, curves, name, side)
    axes = figure.add_subplot(grid[-1, :])
    _draw_accuracies(axes, curves)
    names = [_shorten(curve.label) for curve in curves]
    axes.set_yticks(range(len(curves)), names, parse_math=False)
    axes.set_title(_TEST_TITLE)
    set_title(figure, title)
    handles = [_build_legend_entry(group, name) for group, name in enumerate(groups)]
    figure.legend(handles=handles, loc="outside lower center", ncols=in_row, frameon=False)
    return figure


def draw_comparison_panels(curves: Sequence[Curve]) -> list[Axes]:
    """Draw the diagrams of `draw_comparison` for a page, each diagram in its own figure."""
    axes_by_name: dict[str, Axes] = {}
    panels = []
    for name, side in _list_panels(curves):
        axes = build_panel(share_y=axes_by_name.get(name))
        axes_by_name[name] = axes
        _draw_metric(axes, curves, name, side)
        panels.append(axes)
    axes = build_panel(height=80 + 36 * len(curves), left=20)
    _draw_accuracies(axes, curves)
    axes.set_yticks([])
    for place, curve in enumerate(curves):  # above its line, since a name may need the whole width
        above = (0.01, place - 0.22)
        axes.text(*above, _shorten(curve.label), transform=axes.get_yaxis_transform(), fontsize=9)
    axes.set_title("accuracy on the test images", fontsize=11)
    return [*panels, axes]


def list_comparison_keys(groups: Sequence[str]) -> list[tuple[str, str]]:
    """List the entries of the legend: the SVG of each line, and the name of the group of runs."""
    looks = [_choose_style(group) for group in range(len(groups))]
    lines = [draw_key(look["color"], look["linestyle"]) for look in looks]
    return list(zip(lines, groups, strict=True))


def _list_panels(curves: Sequence[Curve]) -> list[tuple[str, str]]:
    """List a metric and a prefix for each diagram: "" for training, "val_" for validation."""
    sides = [side for side in ("", "val_") if _has_side(curves, side)]
    return [(name, side) for name in _list_metrics(curves) for side in sides]


def _list_metrics(curves: Sequence[Curve]) -> list[str]:
    """List the names of the loss and the metrics, in the order of the columns of history.csv."""
    names = [name for curve in curves for row in curve.history[:1] for name in row]
    plain = [name for name in dict.fromkeys(names) if not name.startswith("val_")]
    return [name for name in plain if name not in _HIDDEN_COLUMNS]


def _has_side(curves: Sequence[Curve], side: str) -> bool:
    return any(f"{side}loss" in row for curve in curves for row in curve.history[:1])


def _shorten(label: str) -> str:
    """Leave out the middle of a long run name, since the names of runs often differ at the end."""
    return label if len(label) <= 40 else f"{label[:30]}…{label[-9:]}"


def _choose_style(group: int) -> dict[str, Any]:
    return {
        "color": COLOURS[group % len(COLOURS)],
        "linestyle": STYLES[group // len(COLOURS) % len(STYLES)],
    }


def _build_legend_entry(group: int, name: str) -> Line2D:
    label = _shorten(name).replace("$", r"\$")  # otherwise the legend reads it as a formula
    return Line2D([], [], label=label, **_choose_style(group))


def _draw_metric(axes: Axes, curves: Sequence[Curve], name: str, side: str) -> None:
    key, longest = f"{side}{name}", max(len(curve.history) for curve in curves)
    for curve in curves:
        if curve.history and key in curve.history[0]:
            epochs = [row["epoch"] for row in curve.history]
            marker = "o" if len(epochs) <= 30 else ""
            values = [row[key] for row in curve.history]
            axes.plot(epochs, values, marker=marker, markersize=3, **_choose_style(curve.group))
    axes.set_title(
        f"{name.replace('_', ' ')}, {'validation' if side else 'training'}", parse_math=False
    )
    axes.set_xlabel("epoch")
    axes.set_ylabel(UNITS.get(name, "share of images"))
    axes.set_xlim(0.5, longest + max(0.5, 0.02 * longest))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if name in UNITS:
        rows = [row for curve in curves for row in curve.history]
        both = (name, f"val_{name}")  # they share one axis
        _choose_scale(axes, [row[one] for row in rows for one in both if one in row])
    axes.grid(alpha=0.3)


def _choose_scale(axes: Axes, values: Sequence[float]) -> None:
    """Choose a logarithmic axis if the largest value is more than 10 times the smallest value.

    The function compares only positive finite values.
    """
    positive = [value for value in values if 0 < value < math.inf]
    decades = math.log10(max(positive) / min(positive)) if positive else 0
    if decades <= 1:
        return
    axes.set_yscale("log")
    axes.set_ylabel(f"{axes.get_ylabel()} (logarithmic)")
    steps = (1, 2, 5) if decades < 3 else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _format_plain(value)))
    axes.yaxis.set_minor_locator(NullLocator())


def _format_plain(value: float) -> str:
    """Write a number without an exponent if the number is from 0.0001 to 100,000."""
    return f"{value:.4f}".rstrip("0").rstrip(".") if 1e-4 <= value < 1e5 else f"{value:g}"


def _draw_accuracies(axes: Axes, curves: Sequence[Curve]) -> None:
    for place, curve in enumerate(curves):
        low, high = curve.interval
        look = _choose_style(curve.group)
        axes.plot([low, high], [place, place], linewidth=2, **look)
        axes.plot([curve.accuracy], [place], marker="o", color=look["color"], linestyle="")
    axes.set_ylim(len(curves) - 0.5, -0.5)
    axes.set_xlabel("share of images classified correctly")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(axis="x", alpha=0.3)
