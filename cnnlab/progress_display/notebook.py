"""Training in the output of a notebook's cell."""

from __future__ import annotations

import time
from collections.abc import Mapping
from html import escape

from cnnlab.progress_display.pace import Pace
from cnnlab.progress_display.text import (
    WIDE_COLUMNS,
    BarLine,
    format_epoch,
    format_headline,
    lay_out_reading,
    lay_out_training,
)
from cnnlab.training.progress import TrainingStart

_REDRAW_SECONDS = 0.5  # each drawing is a message to the browser


class NotebookProgress:
    """The live bar in the output of a cell, which is rewritten as training proceeds."""

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
        """Show which of several trainings is next."""
        self.lines.append(title)
        self._draw()

    def reading(self, done: int, total: int) -> None:
        """Show how many files are read."""
        if done == total or self._is_due():
            self._draw(_fill_bar(lay_out_reading(done, total, WIDE_COLUMNS), done / total))

    def note(self, text: str) -> None:
        """Show the sentence above the bar."""
        self.lines.append(f"note: {text}")
        self._draw()

    def start(self, start: TrainingStart) -> None:
        """Show what is trained."""
        self.pace, self.logs = Pace(start, time.perf_counter()), {}
        self.lines.append(format_headline(start))
        self._draw_training()

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Show the current batch, unless the cell was drawn a moment ago."""
        self.pace.note_batch(epoch, step, time.perf_counter())
        if step == self.pace.start.steps:
            self.logs = logs
        if self._is_due():
            self.logs = logs
            self._draw_training()

    def validation(self, epoch: int, step: int) -> None:
        """Show that the epoch is validated: its beginning, and then now and again."""
        self.pace.note_validation(step)
        if step == 0 or self._is_due():
            self._draw_training()

    def epoch(self, row: Mapping[str, float]) -> None:
        """Show the line of the epoch."""
        self.pace.note_epoch(time.perf_counter())
        self.lines.append(format_epoch(row, self.pace.start.epochs))
        self._draw()


def _fill_bar(line: BarLine, share_done: float) -> str:
    """The line as text, its bar drawn with full and light blocks."""
    filled = round(line.bar_width * share_done)
    bar = "█" * filled + "░" * (line.bar_width - filled)
    return f"{line.start} {bar} {line.end}"
