"""Format the lines of a progress display, so that each line fits the width of the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.counts import format_count
from cnnlab.training.pace import Pace
from cnnlab.training.progress import TrainingStart

WIDE_COLUMNS = 110  # from this width on, words are written out
_SMALLEST_BAR, _USUAL_BAR, _LARGEST_BAR = 5, 10, 24  # characters
_LONGEST_DECIMAL = 1e5  # greater figures are written with an exponent
_HIDDEN_COLUMNS = ("epoch", "learning_rate", "seconds", "images_per_second")
_GAP = "  "


@dataclass(frozen=True)
class BarLine:
    """A line with a text, a progress bar, and a second text. Without a bar, `bar_width` is 0."""

    start: str
    bar_width: int
    end: str


def lay_out_line(columns: int, start: str, parts: Sequence[str], needed: int = 1) -> BarLine:
    """Lay out a line with a progress bar, so that the line fits into `columns` characters.

    If the line is too long, the last texts of `parts` are left out. If the bar and the first
    `needed` texts do not fit into the line, the bar is left out.
    """
    end = _fit_parts(parts[:needed], columns - len(start) - 1)
    room = columns - len(f"{start}  {end}")
    bar_width = min(room, _LARGEST_BAR, max(_USUAL_BAR, columns // 4))
    if bar_width < _SMALLEST_BAR:
        return BarLine(start, 0, end)
    return BarLine(start, bar_width, _fit_parts(parts, columns - len(start) - bar_width - 2))


def _fit_parts(parts: Sequence[str], columns: int) -> str:
    """Join the first texts of `parts`: as many texts as fit into `columns` characters."""
    text = parts[0]
    for part in parts[1:]:
        if len(text) + len(_GAP) + len(part) > columns:
            break
        text += _GAP + part
    return text


def lay_out_training(pace: Pace, logs: Mapping[str, float], columns: int) -> BarLine:
    """Lay out the live line of a training: epoch, bar, remaining time, and more if there is room.

    The further texts are loss, first metric, batch and images per second. During validation, the
    word `validating` and the number of evaluated batches follow the remaining time. In a narrow
    terminal, the line shows `validating` without that number.
    """
    start, is_wide = pace.start, columns >= WIDE_COLUMNS
    parts = [f"{format_time(pace.seconds_left)} left"]
    names = [name for name in dict.fromkeys(["loss", *logs]) if name in logs]
    figures = [f"{name} {format_figure(logs[name])}" for name in names[:2]]
    head = f"epoch {pace.epoch}/{start.epochs}"
    if pace.validation_step is not None:
        counter = _align(pace.validation_step, start.validation_steps)
        parts += [f"validating {counter}", *figures]
        line = lay_out_line(columns, head, parts, needed=2)
        if line.bar_width >= _USUAL_BAR:
            return line
        return lay_out_line(columns, head, [parts[0], "validating"], needed=2)
    parts += figures
    if pace.step:
        parts.append(("batch " if is_wide else "") + _align(pace.step, start.steps))
    if pace.images_per_second is not None:
        parts.append(f"{pace.images_per_second:,.0f} {'images/s' if is_wide else 'img/s'}")
    return lay_out_line(columns, head, parts)


def lay_out_reading(done: int, total: int, columns: int) -> BarLine:
    """Lay out a line with a bar that shows how many images have been read."""
    return lay_out_line(columns, "reading images", [f"{done:,}/{total:,}"])


def lay_out_range_test(done: int, total: int, rate: float, loss: float, columns: int) -> BarLine:
    """Lay out a line with a bar for the batches of a learning-rate range test."""
    parts = [f"learning rate {rate:.1e}", f"loss {format_figure(loss)}"]
    return lay_out_line(columns, f"batch {_align(done, total)}", parts)


def _align(done: int, total: int) -> str:
    """Format a count with a fixed width: ` 9/169` is as wide as `169/169`."""
    return f"{done:>{len(str(total))}}/{total}"


def format_time(seconds: float | None) -> str:
    """Format a remaining time, rounded up to a whole second. None means an unknown time.

    >>> format_time(0.2), format_time(125), format_time(3725), format_time(None)
    ('0:01', '2:05', '1:02:05', '-:--')
    """
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(math.ceil(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def format_figure(value: float) -> str:
    """Format a loss or a metric in at most 10 characters.

    >>> format_figure(0.14512), format_figure(2e30)
    ('0.1451', '2.000e+30')
    """
    return f"{value:.4f}" if abs(value) < _LONGEST_DECIMAL else f"{value:.3e}"


def format_headline(start: TrainingStart) -> str:
    """Format the lines before the first epoch: run folder, network, images and device."""
    epochs, batches = format_count(start.epochs, "epoch"), format_count(start.steps, "batch")
    network = f"{format_count(start.parameters, 'parameter')}, {epochs} of {batches}"
    images = format_count(start.training_images, "training image")
    if start.validation_images:
        images += f", {format_count(start.validation_images, 'validation image')}"
    return f"{start.run.path}: {network}\n{images}\ndevice: {start.device}"


def format_epoch(row: Mapping[str, float], epochs: int, columns: int | None = None) -> str:
    """Format a finished epoch as one line: loss and metrics, then the seconds.

    If there are validation images, their loss and metrics stand beside those of the training
    images. If the line is longer than `columns`, the last metrics are left out first, then the
    seconds, then the validation loss. The epoch and the training loss are never left out.
    """
    names = [name for name in row if name not in _HIDDEN_COLUMNS and not name.startswith("val_")]
    start = f"epoch {row['epoch']:>{len(str(epochs))}}/{epochs}"
    figures = [_format_pair(row, name) for name in names]
    seconds = f"{row['seconds']:.1f} s"
    lines = [[start, *figures[:count], seconds] for count in range(len(figures), 0, -1)]
    lines += [[start, figures[0]], [start, f"{names[0]} {format_figure(row[names[0]])}"]]
    texts = [_GAP.join(line) for line in lines]
    return next((text for text in texts if columns is None or len(text) <= columns), texts[-1])


def _format_pair(row: Mapping[str, float], name: str) -> str:
    """Format a figure and its value on the validation images: `loss 0.0123 val 0.0411`."""
    validation: Any = row.get(f"val_{name}")
    figure = f"{name} {format_figure(row[name])}"
    return figure if validation is None else f"{figure} val {format_figure(validation)}"
