"""Show in a terminal what a command does, and for how long, where no share of the work is known."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class _SteadyConsole(Console):
    """A console that does not hide the cursor, since a killed process would not bring it back."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


@contextmanager
def show_waiting(work: str) -> Iterator[None]:
    """Show `work` and the time so far inside the `with` block, if standard error is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    # A copy, since `import_tensorflow` replaces the file descriptor of standard error for seconds.
    with os.fdopen(os.dup(sys.stderr.fileno()), "w") as terminal:
        console = _SteadyConsole(file=terminal, highlight=False, markup=False, emoji=False)
        with Progress(*columns, console=console, transient=True, redirect_stdout=False) as line:
            line.add_task(work, total=None)
            yield
