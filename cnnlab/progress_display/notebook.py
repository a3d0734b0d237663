"""Show training in a notebook: a live bar in the output of a cell."""

from __future__ import annotations

import time
from collections.abc import Mapping
from html import escape

from cnnlab.progress_display.text import (
    WIDE_COLUMNS,
    BarLine,
    format_epoch,
    format_headline,
    lay_out_range_test,
    lay_out_reading,
    lay_out_training,
)
from cnnlab.training.pace import Pace
from cnnlab.training.progress import TrainingStart

_REDRAW_SECONDS = 0.5  # each drawing is a message to the browser


class NotebookProgress:
    """Shows a live bar in the output of a notebook's cell while a network is trained."""

    def __init__(self) -> None:
        from IPython.display import HTML, display

        self._to_html = HTML
        self.lines: list[str] = []
        self.logs: Mapping[str, float] = {}
        self.last_drawing = 0.0
        self.handle = display(HTML(""), display_id=True)

    def _draw(self, last_line: str = "") -> None:
        self.last_drawing = time.perf_counter()
        text = "\n".join([*self.lines, *([last_line] if last_line else [])])
        self.handle.update(self._to_html(f"<pre>{escape(text)}</pre>"))

    def _draw_training(self) -> None:
        line = lay_out_training(self.pace, self.logs, WIDE_COLUMNS)
        self._draw(_fill_bar(line, self.pace.share_done))

    def _is_due(self) -> bool:
        return time.perf_counter() - self.last_drawing >= _REDRAW_SECONDS

    def part(self, title: str) -> None:
        """Show the title of the next training, for example `run 2 of 5, seed 43`."""
        self.lines.append(title)
        self._draw()

    def reading(self, done: int, total: int) -> None:
        """Show a bar and the number of images that have been read."""
        if done == total or self._is_due():
            self._draw(_fill_bar(lay_out_reading(done, total, WIDE_COLUMNS), done / total))

    def rate(self, done: int, total: int, rate: float, loss: float) -> None:
        """Show a bar, the learning rate and the loss of a batch, but at most every 0.5 s.

        After the last batch, the bar disappears.
        """
        if done == total:
            self._draw()
        elif self._is_due():
            line = lay_out_range_test(done, total, rate, loss, WIDE_COLUMNS)
            self._draw(_fill_bar(line, done / total))

    def note(self, text: str) -> None:
        """Show the sentence above the bar."""
        self.lines.append(f"note: {text}")
        self._draw()

    def start(self, start: TrainingStart) -> None:
        """Show the run, its network and its data, and an empty bar."""
        self.pace, self.logs = Pace(start, time.perf_counter()), {}
        self.lines.append(format_headline(start))
        self._draw_training()

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Redraw the bar after a batch, but at most every 0.5 s."""
        self.pace.note_batch(epoch, step, time.perf_counter())
        if step == self.pace.start.steps:
            self.logs = logs
        if self._is_due():
            self.logs = logs
            self._draw_training()

    def validation(self, epoch: int, step: int) -> None:
        """Redraw the bar when validation starts, and then at most every 0.5 s."""
        self.pace.note_validation(step)
        if step == 0 or self._is_due():
            self._draw_training()

    def epoch(self, row: Mapping[str, float]) -> None:
        """Show the line of a finished epoch in place of the bar."""
        self.pace.note_epoch(time.perf_counter())
        self.lines.append(format_epoch(row, self.pace.start.epochs))
        self._draw()


def _fill_bar(line: BarLine, share_done: float) -> str:
    """Return a line with a bar as text; block characters draw the bar."""
    filled = round(line.bar_width * share_done)
    bar = "█" * filled + "░" * (line.bar_width - filled)
    return f"{line.start} {bar} {line.end}"
