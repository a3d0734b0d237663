"""Draw the curves and test accuracies of several runs in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from cnnlab.plots import set_title

# Okabe and Ito, "Color universal design" (2008), without yellow, which is invisible on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", ":", "-.")
_HIDDEN_COLUMNS = ("epoch", "learning_rate", "seconds", "images_per_second")


@dataclass(frozen=True)
class Curve:
    """The history of one run, and its test accuracy with the 95% `interval`.

    Runs with the same number `group` have the same colour.
    """

    label: str
    group: int
    history: Sequence[Mapping[str, float]]
    accuracy: float
    interval: tuple[float, float]


def draw_comparison(curves: Sequence[Curve], groups: Sequence[str], title: str) -> Figure:
    """Draw loss and metrics of all runs by epoch, and below them the test accuracies.

    Args:
        groups: the names of the groups for the legend; the runs of a group share one colour.
    """
    names, sides = _list_metrics(curves), [side for side in ("", "val_") if _has_side(curves, side)]
    panels = [(name, side) for name in names for side in sides]
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
    _draw_accuracies(figure.add_subplot(grid[-1, :]), curves)
    set_title(figure, title)
    handles = [_build_legend_entry(group, name) for group, name in enumerate(groups)]
    figure.legend(handles=handles, loc="outside lower center", ncols=in_row, frameon=False)
    return figure


def _list_metrics(curves: Sequence[Curve]) -> list[str]:
    """List the names of loss and metrics, in the order of the histories' columns."""
    names = [name for curve in curves for row in curve.history[:1] for name in row]
    plain = [name for name in dict.fromkeys(names) if not name.startswith("val_")]
    return [name for name in plain if name not in _HIDDEN_COLUMNS]


def _has_side(curves: Sequence[Curve], side: str) -> bool:
    return any(f"{side}loss" in row for curve in curves for row in curve.history[:1])


def _shorten(label: str) -> str:
    """Shorten the name of a run in its middle, since names often differ only at the end."""
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
    axes.set_title(f"{name.replace('_', ' ')}, {'validation' if side else 'training'}")
    axes.set_xlabel("epoch")
    entropy = name in ("loss", "cross_entropy")
    axes.set_ylabel("cross-entropy, nats" if entropy else "share of images")
    axes.set_xlim(0.5, longest + max(0.5, 0.02 * longest))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)


def _draw_accuracies(axes: Axes, curves: Sequence[Curve]) -> None:
    for place, curve in enumerate(curves):
        low, high = curve.interval
        look = _choose_style(curve.group)
        axes.plot([low, high], [place, place], linewidth=2, **look)
        axes.plot([curve.accuracy], [place], marker="o", color=look["color"], linestyle="")
    names = [_shorten(curve.label) for curve in curves]
    axes.set_yticks(range(len(curves)), names, parse_math=False)
    axes.set_ylim(len(curves) - 0.5, -0.5)
    axes.set_title("accuracy on the test images, with its 95% interval")
    axes.set_xlabel("share of images right")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(axis="x", alpha=0.3)
