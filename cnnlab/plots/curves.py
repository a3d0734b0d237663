"""Draw the curves of one run: loss, metrics and learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnlab.plots import set_title
from cnnlab.plots.page_svg import build_panel

TRAINING, VALIDATION, RATE, MARK = "#1f77b4", "#d95f02", "#2a7f3f", "#555555"
UNITS = {"loss": "loss, nats", "cross_entropy": "cross-entropy, nats"}  # others are shares
_HIDDEN_COLUMNS = ("epoch", "learning_rate", "seconds", "images_per_second")


@dataclass(frozen=True)
class LearningRateCurve:
    """The learning rates of a run: `rates` has the rate at each of `steps`, which start at 1."""

    steps: np.ndarray
    rates: np.ndarray
    steps_per_epoch: int

    @property
    def many_decades(self) -> bool:
        """Whether the rate is below 1% of its maximum in at least a tenth of the steps.

        The minimum is no criterion: every rate that falls to 0 is below 1% in the last steps.
        """
        return bool(np.quantile(self.rates, 0.1) < self.rates.max() / 100)


@dataclass(frozen=True)
class MarkedEpochs:
    """The epochs, from 1, that all diagrams of a run mark; None marks nothing.

    After the epoch `stopped`, early stopping ended training. After the epoch `last_augmented`,
    training went on with images that are not augmented.
    """

    best: int | None = None
    stopped: int | None = None
    last_augmented: int | None = None


NO_MARKS = MarkedEpochs()


def draw_curves(
    history: Sequence[Mapping[str, float]],
    title: str,
    marked: MarkedEpochs = NO_MARKS,
    rates: LearningRateCurve | None = None,
) -> Figure:
    """Draw a diagram for each metric, with the curves for training and validation images.

    Args:
        history: the rows of history.csv.
        rates: the learning rates, which get another diagram, or None.
    """
    names = _list_metrics(history)
    panels = len(names) + (rates is not None)
    rows = -(-panels // 3)
    columns = -(-panels // rows)
    width = round(4.8 * columns, 1)  # 14.4, not 14.399…: whole pixels
    figure = Figure(figsize=(width, 3.4 * rows + 0.4), dpi=120, layout="constrained")
    places = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, name in zip(places, names, strict=False):
        _draw_metric(axes, history, name)
        _mark_epochs(axes, marked)
    if rates is not None:
        _draw_rates(places[len(names)], rates)
        _mark_epochs(places[len(names)], marked, rates.steps_per_epoch)
    for axes in places[panels:]:
        axes.set_axis_off()
    set_title(figure, title)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    in_row = 2 if columns == 1 else len(labels)
    figure.legend(handles, labels, loc="outside lower center", ncols=in_row, frameon=False)
    return figure


def draw_curve_panels(
    history: Sequence[Mapping[str, float]],
    marked: MarkedEpochs = NO_MARKS,
    rates: LearningRateCurve | None = None,
) -> list[Axes]:
    """Draw the diagrams of `draw_curves` for a page, each diagram in its own figure."""
    panels = []
    for name in _list_metrics(history):
        panels.append(build_panel())
        _draw_metric(panels[-1], history, name)
        _mark_epochs(panels[-1], marked)
    if rates is not None:
        panels.append(build_panel())
        _draw_rates(panels[-1], rates)
        _mark_epochs(panels[-1], marked, rates.steps_per_epoch)
    return panels


def _list_metrics(history: Sequence[Mapping[str, float]]) -> list[str]:
    return [
        name for name in history[0] if name not in _HIDDEN_COLUMNS and not name.startswith("val_")
    ]


def _draw_metric(axes: Axes, history: Sequence[Mapping[str, float]], name: str) -> None:
    epochs = [row["epoch"] for row in history]
    marker = "o" if len(epochs) <= 30 else ""
    for key, label, color in (
        (name, "training", TRAINING),
        (f"val_{name}", "validation", VALIDATION),
    ):
        if key in history[0]:
            values = [row[key] for row in history]
            axes.plot(epochs, values, marker=marker, markersize=4, color=color, label=label)
    axes.set_title(name.replace("_", " "), parse_math=False)
    axes.set_xlabel("epoch")
    axes.set_ylabel(UNITS.get(name, "share of images"))
    # Start before the first epoch: otherwise a single epoch gets an axis of hundredths.
    axes.set_xlim(epochs[0] - 0.5, epochs[-1] + max(0.5, 0.02 * len(epochs)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)


def _draw_rates(axes: Axes, rates: LearningRateCurve) -> None:
    axes.plot(rates.steps, rates.rates, color=RATE)
    axes.set_title("learning rate")
    axes.set_xlabel(f"step, {rates.steps_per_epoch:,} in an epoch")
    axes.set_ylabel("learning rate, per step")
    if rates.many_decades:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)


def _mark_epochs(axes: Axes, marked: MarkedEpochs, epoch_width: int = 1) -> None:
    """Draw a line at the end of each marked epoch; an epoch is `epoch_width` wide."""
    for epoch, label, style, width in (
        (marked.last_augmented, "augmented until", "-", 1),
        (marked.best, "best epoch", "--", 1),
        (marked.stopped, "stopped early", ":", 1.5),
    ):
        if epoch is not None:
            axes.axvline(
                epoch * epoch_width,
                color=MARK,
                linestyle=style,
                linewidth=width,
                label=f"{label}: {epoch}",
            )
