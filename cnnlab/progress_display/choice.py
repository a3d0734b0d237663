"""The choice between the displays: silence, a notebook's cell, a bar, or lines."""

from __future__ import annotations

import contextlib
import sys

from cnnlab.progress_display.bar import BarProgress
from cnnlab.progress_display.epoch_lines import LineProgress
from cnnlab.progress_display.notebook import NotebookProgress
from cnnlab.training.progress import SILENT, SilentProgress


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
