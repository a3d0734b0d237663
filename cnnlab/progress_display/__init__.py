"""How training looks: a live bar in a terminal or a notebook, one line per epoch elsewhere."""

from cnnlab.progress_display.choice import show_progress

__all__ = ["show_progress"]
