"""Show the progress of long work: a live line in a terminal, and a line per epoch elsewhere."""

from cnnlab.progress_display.choice import show_progress
from cnnlab.progress_display.waiting import show_waiting

__all__ = ["show_progress", "show_waiting"]
