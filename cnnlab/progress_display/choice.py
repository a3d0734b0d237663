"""Choose how to show training: a bar in a terminal or notebook, lines elsewhere, or nothing."""

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
    """Return the display that fits standard error: a bar in a terminal or notebook, else lines.

    If `quiet` is True, the display shows nothing.
    """
    if quiet:
        return contextlib.nullcontext(SILENT)
    if _is_notebook():
        return contextlib.nullcontext(NotebookProgress())
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return BarProgress() if is_terminal else contextlib.nullcontext(LineProgress())


def _is_notebook() -> bool:
    """Return whether this process runs the code of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "ZMQInteractiveShell"
