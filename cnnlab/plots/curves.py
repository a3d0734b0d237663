"""The history of a run as curves of loss and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnlab.plots import headed

TRAINING, VALIDATION, RATE, MARK = "#1f77b4", "#d95f02", "#2a7f3f", "#555555"
_NOT_DRAWN = ("epoch", "learning_rate", "seconds", "images_per_second")


@dataclass(frozen=True)
class Rates:
    """A learning rate that moves: `rates` at `steps`, which count from 1 over the whole run."""

    steps: np.ndarray
    rates: np.ndarray
    steps_per_epoch: int

    @property
    def many_decades(self) -> bool:
        """Whether a tenth of the run or more lies over 2 decades below the highest rate.

        Not merely the lowest: all that falls to 0 spans any number of decades in its last steps.
        """
        return bool(np.quantile(self.rates, 0.1) < self.rates.max() / 100)


def curves(
    history: Sequence[Mapping[str, float]],
    title: str,
    best_epoch: int | None = None,
    stopped_epoch: int | None = None,
    rates: Rates | None = None,
) -> Figure:
    """Training and validation on the same axes, one pair of axes for each figure.

    Args:
        history: the rows of history.csv.
        best_epoch: marked on all axes, if given; counts from 1.
        stopped_epoch: where early stopping ended training, marked likewise.
        rates: drawn on axes of their own, if given.
    """
    names = [name for name in history[0] if name not in _NOT_DRAWN and not name.startswith("val_")]
    panels = len(names) + (rates is not None)
    rows = -(-panels // 3)
    columns = -(-panels // rows)
    width = round(4.8 * columns, 1)  # 14.4, not 14.399…: whole pixels
    figure = Figure(figsize=(width, 3.4 * rows + 0.4), dpi=120, layout="constrained")
    places = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, name in zip(places, names, strict=False):
        _draw(axes, history, name)
        _mark(axes, best_epoch, stopped_epoch)
    if rates is not None:
        _draw_rates(places[len(names)], rates)
        _mark(places[len(names)], best_epoch, stopped_epoch, rates.steps_per_epoch)
    for axes in places[panels:]:
        axes.set_axis_off()
    headed(figure, title)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    in_row = 2 if columns == 1 else len(labels)
    figure.legend(handles, labels, loc="outside lower center", ncols=in_row, frameon=False)
    return figure


def _draw(axes: Axes, history: Sequence[Mapping[str, float]], name: str) -> None:
    epochs = [row["epoch"] for row in history]
    marker = "o" if len(epochs) <= 30 else ""
    for key, label, color in (
        (name, "training", TRAINING),
        (f"val_{name}", "validation", VALIDATION),
    ):
        if key in history[0]:
            values = [row[key] for row in history]
            axes.plot(epochs, values, marker=marker, markersize=4, color=color, label=label)
    axes.set_title(name.replace("_", " "))
    axes.set_xlabel("epoch")
    axes.set_ylabel(
        "cross-entropy, nats" if name in ("loss", "cross_entropy") else "share of images"
    )
    # From before the first epoch: a single one would be stretched to hundredths of an epoch.
    axes.set_xlim(epochs[0] - 0.5, epochs[-1] + max(0.5, 0.02 * len(epochs)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)


def _draw_rates(axes: Axes, rates: Rates) -> None:
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


def _mark(
    axes: Axes, best_epoch: int | None, stopped_epoch: int | None, epoch_width: int = 1
) -> None:
    """Mark two epochs on axes where an epoch is `epoch_width` wide."""
    if best_epoch is not None:
        place, label = best_epoch * epoch_width, f"best epoch: {best_epoch}"
        axes.axvline(place, color=MARK, linestyle="--", linewidth=1, label=label)
    if stopped_epoch is not None:
        place, label = stopped_epoch * epoch_width, f"stopped early: {stopped_epoch}"
        axes.axvline(place, color=MARK, linestyle=":", linewidth=1.5, label=label)
