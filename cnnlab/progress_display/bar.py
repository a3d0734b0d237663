"""Training in a terminal: a live bar, below the lines of the epochs that are done."""

from __future__ import annotations

import time
from collections.abc import Mapping

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from cnnlab.progress_display.pace import Pace
from cnnlab.progress_display.text import (
    BarLine,
    format_epoch,
    format_headline,
    lay_out_reading,
    lay_out_training,
)
from cnnlab.training.progress import TrainingStart

_REDRAW_SECONDS = 0.1  # smooth to the eye, and cheap beside a batch


class BarProgress:
    """A bar over all epochs with the figures of the current one; finished epochs stay above it.

    The line is laid out for the width that the terminal has when it is drawn.
    """

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self.live: Live | None = None
        self.logs: Mapping[str, float] = {}
        self.last_drawing = 0.0

    def __enter__(self) -> BarProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._remove_bar()

    def part(self, title: str) -> None:
        """Remove the bar of the training before, and print which of several is next."""
        self._remove_bar()
        self.console.print(title)

    def reading(self, done: int, total: int) -> None:
        """Draw how many files are read; at the end, remove the bar."""
        self._draw(lay_out_reading(done, total, self.console.width), done / total)
        if done == total:
            self._remove_bar()

    def note(self, text: str) -> None:
        """Print the sentence above the bar."""
        self.console.print(f"note: {text}")

    def start(self, start: TrainingStart) -> None:
        """Print what is trained, and draw the empty bar."""
        self.console.print(format_headline(start))
        self.pace, self.logs = Pace(start, time.perf_counter()), {}
        self._draw_training()

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Redraw the bar, unless it was drawn a moment ago."""
        self.pace.note_batch(epoch, step, time.perf_counter())
        if step == self.pace.start.steps or self._is_due():
            self.logs = logs
            self._draw_training()

    def validation(self, epoch: int, step: int) -> None:
        """Draw that the epoch is validated: its beginning and its end, and now and again between.

        The figures of the last batch stay.
        """
        self.pace.note_validation(step)
        if step in (0, self.pace.start.validation_steps) or self._is_due():
            self._draw_training()

    def epoch(self, row: Mapping[str, float]) -> None:
        """Leave the line of the epoch above the bar."""
        self.pace.note_epoch(time.perf_counter())
        self.console.print(format_epoch(row, self.pace.start.epochs, self.console.width))
        self._draw_training()

    def _is_due(self) -> bool:
        return time.perf_counter() - self.last_drawing >= _REDRAW_SECONDS

    def _draw_training(self) -> None:
        line = lay_out_training(self.pace, self.logs, self.console.width)
        self._draw(line, self.pace.share_done)

    def _draw(self, line: BarLine, share_done: float) -> None:
        """Draw the line over the one before; the first starts the live display."""
        self.last_drawing = time.perf_counter()
        if self.live is None:
            self.live = Live(console=self.console, transient=True, auto_refresh=False)
            self.live.update(_build_row(line, share_done))
            self.live.start(refresh=True)
        else:
            self.live.update(_build_row(line, share_done), refresh=True)

    def _remove_bar(self) -> None:
        if self.live is not None:
            self.live.stop()
            self.live = None


def _build_row(line: BarLine, share_done: float) -> Table:
    """A row of text, bar and text; what a terminal below 40 columns cannot hold is cut off."""
    cells: list[str | ProgressBar] = [line.start, line.end]
    if line.bar_width:
        cells.insert(1, ProgressBar(total=1, completed=share_done, width=line.bar_width))
    row = Table.grid(padding=(0, 1))
    for _ in cells:
        row.add_column(no_wrap=True, overflow="crop")
    row.add_row(*cells)
    return row
