"""Show several trainings at once: a live table in a terminal, and lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

import click
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cnnlab.counts import format_count
from cnnlab.progress_display.text import BarLine, format_figure, format_time, lay_out_line
from cnnlab.study.workers.progress import (
    RunningTraining,
    SilentWorkersProgress,
    WorkersState,
)

_MOST_ROWS = 12  # running trainings that the table lists


def show_workers(
    quiet: bool,
) -> contextlib.AbstractContextManager[WorkersTable | WorkersLines | SilentWorkersProgress]:
    """Return the display that fits standard error: a live table in a terminal, else lines.

    If `quiet` is True, the display shows nothing.
    """
    if quiet:
        return contextlib.nullcontext(SilentWorkersProgress())
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return WorkersTable() if is_terminal else contextlib.nullcontext(WorkersLines())


class WorkersTable:
    """A live table of the running trainings, below one line for each training that ended."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self.live: Live | None = None

    def __enter__(self) -> WorkersTable:
        return self

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.stop()

    def message(self, text: str) -> None:
        """Print the sentence above the table."""
        self.console.print(text)

    def update(self, state: WorkersState) -> None:
        """Draw the table again."""
        if self.live is None:
            self.live = Live(console=self.console, transient=True, auto_refresh=False)
            self.live.start()
        self.live.update(_draw(state, self.console.width), refresh=True)


class WorkersLines:
    """Prints a line for each training that ended, on stderr."""

    def message(self, text: str) -> None:
        """Print the sentence."""
        with contextlib.suppress(OSError):  # stderr is closed or full: the training continues
            click.echo(text, err=True)

    def update(self, state: WorkersState) -> None:
        """Print nothing, since a log has one line for each training."""


def format_summary(state: WorkersState, columns: int) -> str:
    """Format the line above the table: how many trainings are done, and the remaining time.

    In a narrow terminal, the line has neither the ways how trainings ended nor the name.

    >>> state = WorkersState("kernels-001", "search", 30, "val_accuracy", {"pruned": 3})
    >>> format_summary(state, 80)
    'kernels-001, search: 3 of 30 done (3 pruned), -:-- left'
    >>> format_summary(state, 40)
    'search: 3 of 30 done, -:-- left'
    """
    others = [f"{count} {how}" for how, count in state.ended.items() if count and how != "finished"]
    details = f" ({', '.join(others)})" if others else ""
    left = f"{format_time(state.seconds_left)} left"
    done = f"{state.phase}: {state.done_count} of {state.planned} done"
    texts = (
        f"{state.name}, {done}{details}, {left}",
        f"{state.name}, {done}, {left}",
        f"{done}, {left}",
    )
    return next((text for text in texts if len(text) <= columns), texts[-1])


def lay_out_row(running: RunningTraining, metric: str, columns: int) -> BarLine:
    """Lay out the line of a running training: its name, a bar, the epoch and the metric."""
    epoch = min(running.epochs_done + 1, running.epochs)
    parts = [f"epoch {epoch}/{running.epochs}" if running.epochs else "begins"]
    if running.value is not None:
        parts.append(f"{metric} {format_figure(running.value)}")
    return lay_out_line(columns, running.label, parts)


def _draw(state: WorkersState, columns: int) -> Group:
    from rich.progress_bar import ProgressBar

    summary = format_summary(state, columns)
    lines: list[Text | Table] = [Text(summary, no_wrap=True, overflow="ellipsis")]
    trainings = [*state.running.values()]
    for running in trainings[:_MOST_ROWS]:
        line = lay_out_row(running, state.metric, columns)
        cells: list[str | ProgressBar] = [line.start, line.end]
        if line.bar_width:
            bar = ProgressBar(total=1, completed=running.share_done, width=line.bar_width)
            cells.insert(1, bar)
        lines.append(_build_row(cells))
    if trainings[_MOST_ROWS:]:
        lines.append(Text(f"and {format_count(len(trainings) - _MOST_ROWS, 'more training')}"))
    if state.best is not None:
        text = f"best: {state.best.label}, {state.metric} {format_figure(state.best.value)}"
        lines.append(Text(text, no_wrap=True, overflow="ellipsis"))
    return Group(*lines)


def _build_row(cells: Sequence[object]) -> Table:
    """Build a row of texts and a bar. In a narrow terminal, the end of the row is cut off."""
    row = Table.grid(padding=(0, 1))
    for _ in cells:
        row.add_column(no_wrap=True, overflow="crop")
    row.add_row(*cells)  # type: ignore[arg-type]
    return row
