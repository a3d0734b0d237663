"""Show training: with a live bar in a terminal or notebook, with a line per epoch elsewhere."""

from cnnlab.progress_display.choice import show_progress

__all__ = ["show_progress"]
