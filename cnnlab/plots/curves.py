"""The history of a run as curves of loss and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnlab.plots import headed

TRAINING, VALIDATION, MARK = "#1f77b4", "#d95f02", "#555555"
_NOT_DRAWN = ("epoch", "learning_rate", "seconds", "images_per_second")


def curves(
    history: Sequence[Mapping[str, float]],
    title: str,
    best_epoch: int | None = None,
    stopped_epoch: int | None = None,
) -> Figure:
    """Training and validation on the same axes, one pair of axes for each figure.

    Args:
        history: the rows of history.csv.
        best_epoch: marked on all axes, if given; counts from 1.
        stopped_epoch: where early stopping ended training, marked likewise.
    """
    names = [name for name in history[0] if name not in _NOT_DRAWN and not name.startswith("val_")]
    rows = -(-len(names) // 3)
    columns = -(-len(names) // rows)
    figure = Figure(figsize=(4.8 * columns, 3.4 * rows + 0.4), dpi=120, layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).flat
    for axes, name in zip(places, names, strict=False):
        _draw(axes, history, name)
        _mark(axes, best_epoch, stopped_epoch)
    for axes in list(places)[len(names) :]:
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


def _mark(axes: Axes, best_epoch: int | None, stopped_epoch: int | None) -> None:
    if best_epoch is not None:
        label = f"best epoch: {best_epoch}"
        axes.axvline(best_epoch, color=MARK, linestyle="--", linewidth=1, label=label)
    if stopped_epoch is not None:
        label = f"stopped early: {stopped_epoch}"
        axes.axvline(stopped_epoch, color=MARK, linestyle=":", linewidth=1.5, label=label)
