"""Draw the losses of a learning-rate range test over the learning rates."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnlab.plots import set_title

RAW, SMOOTHED, FALL, SUGGESTION = "#9db8d2", "#1f77b4", "#2a7f3f", "#d95f02"
_HEADROOM = 0.35  # of the fall of the loss, above the first losses: more shows only the explosion


def draw_range_test(
    rates: np.ndarray,
    losses: np.ndarray,
    smoothed: np.ndarray,
    title: str,
    fall_range: tuple[float, float] | None = None,
    suggestion: float | None = None,
) -> Figure:
    """Draw the loss of each batch and the smoothed loss, over a logarithmic axis of the rates.

    Args:
        fall_range: the two rates between which the loss fell, or None.
        suggestion: the suggested rate, or None.
    """
    figure = Figure(figsize=(8, 4.8), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xscale("log")
    if fall_range is not None:
        low, high = fall_range
        label = f"the loss falls: {low:.2g} to {high:.2g}"
        axes.axvspan(low, high, color=FALL, alpha=0.12, linewidth=0, label=label)
    raw, mean = (np.where(np.isfinite(one), one, np.nan) for one in (losses, smoothed))
    axes.plot(rates, raw, color=RAW, linewidth=1, label="loss of each batch")
    axes.plot(rates, mean, color=SMOOTHED, linewidth=2, label="smoothed loss")
    if suggestion is not None:
        label = f"suggestion: {suggestion:g}"
        axes.axvline(suggestion, color=SUGGESTION, linestyle="--", linewidth=1.5, label=label)
    axes.set_xlabel("learning rate, per step")
    axes.set_ylabel("loss, nats")
    axes.grid(alpha=0.3)
    _limit_losses(axes, mean)
    set_title(figure, title)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _limit_losses(axes: Axes, smoothed: np.ndarray) -> None:
    """Limit the axis to the losses before the explosion, so that their fall is visible."""
    if not np.isfinite(smoothed).any():
        return
    minimum = int(np.nanargmin(smoothed))
    top, bottom = float(np.nanmax(smoothed[: minimum + 1])), float(smoothed[minimum])
    height = max(top - bottom, 0.02 * abs(top), 1e-6)
    axes.set_ylim(bottom - 0.15 * height, top + _HEADROOM * height)
