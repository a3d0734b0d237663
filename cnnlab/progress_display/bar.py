"""Show training in a terminal: a live bar, below one line for each finished epoch."""

from __future__ import annotations

import time
from collections.abc import Mapping

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from cnnlab.progress_display.text import (
    BarLine,
    format_epoch,
    format_headline,
    lay_out_range_test,
    lay_out_reading,
    lay_out_training,
)
from cnnlab.training.pace import Pace
from cnnlab.training.progress import TrainingStart

_REDRAW_SECONDS = 0.1  # smooth to the eye, and cheap beside a batch


class BarProgress:
    """A live bar for all epochs of a training, below one line for each finished epoch.

    Each time the bar is drawn, the line with the bar fits the present width of the terminal.
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
        """Remove the bar of the previous training, and print the title of the next training."""
        self._remove_bar()
        self.console.print(title)

    def reading(self, done: int, total: int) -> None:
        """Draw how many images have been read. When all images are read, remove the bar."""
        self._draw(lay_out_reading(done, total, self.console.width), done / total)
        if done == total:
            self._remove_bar()

    def rate(self, done: int, total: int, rate: float, loss: float) -> None:
        """Draw the learning rate and the loss of a batch. After the last batch, remove the bar."""
        if done == total:
            self._remove_bar()
        elif self._is_due():
            line = lay_out_range_test(done, total, rate, loss, self.console.width)
            self._draw(line, done / total)

    def note(self, text: str) -> None:
        """Print the sentence above the bar."""
        self.console.print(f"note: {text}")

    def start(self, start: TrainingStart) -> None:
        """Print the run, its network and its data, and draw an empty bar."""
        self.console.print(format_headline(start))
        self.pace, self.logs = Pace(start, time.perf_counter()), {}
        self._draw_training()

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Redraw the bar after a batch: at most every 0.1 s, and at the end of an epoch."""
        self.pace.note_batch(epoch, step, time.perf_counter())
        if step == self.pace.start.steps or self._is_due():
            self.logs = logs
            self._draw_training()

    def validation(self, epoch: int, step: int) -> None:
        """Draw how many validation batches of the current epoch are evaluated.

        The loss and the metrics of the last training batch stay in the line.
        """
        self.pace.note_validation(step)
        if step in (0, self.pace.start.validation_steps) or self._is_due():
            self._draw_training()

    def epoch(self, row: Mapping[str, float]) -> None:
        """Print the line of a finished epoch above the bar."""
        self.pace.note_epoch(time.perf_counter())
        self.console.print(format_epoch(row, self.pace.start.epochs, self.console.width))
        self._draw_training()

    def _is_due(self) -> bool:
        return time.perf_counter() - self.last_drawing >= _REDRAW_SECONDS

    def _draw_training(self) -> None:
        line = lay_out_training(self.pace, self.logs, self.console.width)
        self._draw(line, self.pace.share_done)

    def _draw(self, line: BarLine, share_done: float) -> None:
        """Draw the line with the bar in place of the line that was drawn before."""
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
    """Build a row of text, bar and text. In a narrow terminal, the end of the row is cut off."""
    cells: list[str | ProgressBar] = [line.start, line.end]
    if line.bar_width:
        cells.insert(1, ProgressBar(total=1, completed=share_done, width=line.bar_width))
    row = Table.grid(padding=(0, 1))
    for _ in cells:
        row.add_column(no_wrap=True, overflow="crop")
    row.add_row(*cells)
    return row
