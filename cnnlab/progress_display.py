"""How training looks: a live bar in a terminal or a notebook, one line per epoch elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Mapping
from html import escape
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from cnnlab.training.progress import SILENT, SilentProgress, TrainingStart

_REDRAW_SECONDS = 0.1  # smooth to the eye, and cheap beside a batch
_NOTEBOOK_REDRAW_SECONDS = 0.5  # each drawing is a message to the browser
_WIDE_COLUMNS = 110  # from this width on, nothing is shortened
_LINE_COLUMNS = 80  # an epoch's line fits a terminal of this width
_HIDDEN_COLUMNS = ("epoch", "learning_rate", "seconds", "images_per_second")


def show_progress(
    quiet: bool,
) -> contextlib.AbstractContextManager[
    BarProgress | NotebookProgress | LineProgress | SilentProgress
]:
    """What shows training here: a bar in a terminal or a notebook, lines in a pipe."""
    if quiet:
        return contextlib.nullcontext(SILENT)
    if _is_notebook():
        return contextlib.nullcontext(NotebookProgress())
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return BarProgress() if is_terminal else contextlib.nullcontext(LineProgress())


def _is_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class LineProgress:
    """One line for the start and one for each epoch, on stderr, without control characters."""

    def __init__(self) -> None:
        self.has_announced_reading = False

    def part(self, title: str) -> None:
        """Print which of several trainings is next."""
        _print_line(title)

    def reading(self, done: int, total: int) -> None:
        """Print once how many files there are, where reading them takes a while."""
        if done < total and not self.has_announced_reading:
            _print_line(f"reading {total:,} images …")
            self.has_announced_reading = True

    def start(self, start: TrainingStart) -> None:
        """Print what is trained, on what, and into which folder."""
        self.epochs = start.epochs
        _print_line(_format_headline(start))

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Print nothing: a log has one line per epoch."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Print the figures of the epoch."""
        _print_line(_format_epoch(row, self.epochs))


def _print_line(line: str) -> None:
    """Print to stderr. A stream that is gone (`2>&1 | head`) or full does not end the training."""
    with contextlib.suppress(OSError):
        click.echo(line, err=True)


class BarProgress:
    """A bar over all epochs with the figures of the current one; finished epochs stay above it."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self.is_wide = self.console.width >= _WIDE_COLUMNS
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24 if self.is_wide else 6),
            TextColumn("{task.fields[figures]}"),
            console=self.console,
            transient=True,
            auto_refresh=False,
        )
        self.task: TaskID | None = None
        self.last_drawing = 0.0

    def __enter__(self) -> BarProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def part(self, title: str) -> None:
        """Remove the bar of the training before, and print which of several is next."""
        if self.task is not None:
            self.progress.remove_task(self.task)
            self.task = None
        self.console.print(title)

    def reading(self, done: int, total: int) -> None:
        """Draw how many files are read; at the end, remove the bar."""
        if self.task is None:
            self.task = self.progress.add_task("reading images", total=total, figures="")
            self.progress.start()
        self.progress.update(self.task, completed=done, figures=f"{done:,}/{total:,}")
        self.progress.refresh()
        if done == total:
            self.progress.remove_task(self.task)
            self.task = None

    def start(self, start: TrainingStart) -> None:
        """Print what is trained, and draw the empty bar."""
        self.console.print(_format_headline(start))
        self.pace = _Pace(start)
        self.last_drawing = 0.0
        total = start.epochs * start.steps
        self.task = self.progress.add_task("", total=total, figures="")
        self.progress.start()

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Redraw the bar, unless it was drawn a moment ago."""
        now = time.perf_counter()
        start = self.pace.start
        self.pace.note(epoch, step, now)
        is_recent = now - self.last_drawing < _REDRAW_SECONDS
        if self.task is None or (is_recent and step < start.steps):
            return
        self.last_drawing = now
        self.progress.update(
            self.task,
            completed=(epoch - 1) * start.steps + step,
            description=f"epoch {epoch}/{start.epochs}",
            figures=_format_batch(self.pace, epoch, step, logs, now, self.is_wide),
        )
        self.progress.refresh()

    def epoch(self, row: Mapping[str, float]) -> None:
        """Leave the line of the epoch above the bar."""
        columns = None if self.is_wide else _LINE_COLUMNS
        self.console.print(_format_epoch(row, self.pace.start.epochs, columns))


class NotebookProgress:
    """The same in the output of a notebook's cell, which is rewritten as training proceeds."""

    def __init__(self) -> None:
        from IPython.display import HTML, display

        self._to_html = HTML
        self.lines: list[str] = []
        self.last_drawing = 0.0
        self.handle = display(HTML(""), display_id=True)

    def _draw(self, last_line: str = "") -> None:
        text = "\n".join([*self.lines, *([last_line] if last_line else [])])
        self.handle.update(self._to_html(f"<pre>{escape(text)}</pre>"))

    def part(self, title: str) -> None:
        """Show which of several trainings is next."""
        self.lines.append(title)
        self._draw()

    def reading(self, done: int, total: int) -> None:
        """Show how many files are read."""
        now = time.perf_counter()
        if done == total or now - self.last_drawing >= _NOTEBOOK_REDRAW_SECONDS:
            self.last_drawing = now
            self._draw(f"reading images {done:,}/{total:,}")

    def start(self, start: TrainingStart) -> None:
        """Show what is trained."""
        self.pace = _Pace(start)
        self.lines.append(_format_headline(start))
        self._draw()

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Show the current batch, unless the cell was drawn a moment ago."""
        now = time.perf_counter()
        start = self.pace.start
        self.pace.note(epoch, step, now)
        if now - self.last_drawing < _NOTEBOOK_REDRAW_SECONDS:
            return
        self.last_drawing = now
        share_done = ((epoch - 1) * start.steps + step) / (start.epochs * start.steps)
        bar = "█" * round(24 * share_done) + "░" * (24 - round(24 * share_done))
        figures = _format_batch(self.pace, epoch, step, logs, now, is_wide=True)
        self._draw(f"epoch {epoch}/{start.epochs} {bar} {figures}")

    def epoch(self, row: Mapping[str, float]) -> None:
        """Show the line of the epoch."""
        self.lines.append(_format_epoch(row, self.pace.start.epochs))
        self._draw()


class _Pace:
    """How fast the current epoch and the whole training proceed."""

    def __init__(self, start: TrainingStart) -> None:
        self.start = start
        self.started = time.perf_counter()
        self.epoch = 0
        self.first_step, self.first_time = 0, 0.0  # the first report of the current epoch

    def note(self, epoch: int, step: int, now: float) -> None:
        """Remember when an epoch began; its first step is not 1 where several run at once."""
        if epoch != self.epoch:
            self.epoch, self.first_step, self.first_time = epoch, step, now

    def images_per_second(self, step: int, now: float) -> float:
        """The images per second so far in the current epoch; 0 before the second batch."""
        images = self.start.training_images / self.start.steps * (step - self.first_step)
        return images / (now - self.first_time) if step > self.first_step else 0.0

    def seconds_left(self, epoch: int, step: int, now: float) -> int:
        """How long the rest of the training takes at the pace so far."""
        steps_done = (epoch - 1) * self.start.steps + step
        total = self.start.epochs * self.start.steps
        return round((now - self.started) / steps_done * (total - steps_done))


def _format_batch(
    pace: _Pace, epoch: int, step: int, logs: Mapping[str, float], now: float, is_wide: bool
) -> str:
    """Batch, images per second, loss and the first metric, and the time that is left."""
    batch, unit, gap = ("batch ", "images/s", "  ") if is_wide else ("", "img/s", " ")
    figures = [f"{name} {logs[name]:.4f}" for name in ("loss", *logs) if name in logs]
    seconds_left = pace.seconds_left(epoch, step, now)
    parts = [
        f"{batch}{step}/{pace.start.steps}",
        f"{pace.images_per_second(step, now):,.0f} {unit}",
        *list(dict.fromkeys(figures))[:2],
        f"{seconds_left // 60}:{seconds_left % 60:02d} left",
    ]
    return gap.join(parts)


def _format_headline(start: TrainingStart) -> str:
    """What is trained, in lines of at most 80 columns for usual figures."""
    epochs = "1 epoch" if start.epochs == 1 else f"{start.epochs} epochs"
    network = f"{start.parameters:,} parameters, {epochs} of {start.steps:,} batches"
    images = f"{start.training_images:,} training images"
    if start.validation_images:
        images += f", {start.validation_images:,} validation images"
    return f"{start.run.path}: {network}\n{images}\ndevice: {start.device}"


def _format_epoch(row: Mapping[str, float], epochs: int, columns: int | None = None) -> str:
    """One epoch in one line: each figure with its validation figure, then the seconds.

    Where `columns` is given, the last metrics are left out until the line fits.
    """
    names = [name for name in row if name not in _HIDDEN_COLUMNS and not name.startswith("val_")]
    figures = [_format_figure(row, name) for name in names]
    start = f"epoch {row['epoch']:>{len(str(epochs))}}/{epochs}"
    seconds = f"{row['seconds']:.1f} s"
    line = "  ".join([start, *figures, seconds])
    while columns and len(line) > columns and len(figures) > 1:
        figures.pop()
        line = "  ".join([start, *figures, seconds])
    return line


def _format_figure(row: Mapping[str, float], name: str) -> str:
    """`loss 0.0123 val 0.0411`."""
    validation: Any = row.get(f"val_{name}")
    figure = f"{name} {row[name]:.4f}"
    return figure if validation is None else f"{figure} val {validation:.4f}"
