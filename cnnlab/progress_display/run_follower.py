"""Show the training of a run that another process trains, from the files in its folder."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from shutil import get_terminal_size

from cnnlab.errors import RunError
from cnnlab.progress_display.text import format_epoch, format_figure, format_time
from cnnlab.run_folder import RunFolder, TrainingProgress

_SECONDS = 0.5  # between two looks; progress.json changes at most twice a second
_ERASE_LINE = "\r\x1b[K"


def follow_run(run: RunFolder) -> None:
    """Print a line for each finished epoch to standard error until no process trains the run.

    In a terminal, a live line below shows the present epoch. The lines of the members of an
    ensemble begin with the number of the member.
    """
    follower = _Follower(run)
    while run.is_in_use():
        follower.show()
        time.sleep(_SECONDS)
    follower.show()
    follower.show_live("")


class _Follower:
    """Prints what is new in the folder of a run; `shown` counts the printed epochs by run."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.shown: dict[str, int] = {}
        self.is_terminal = sys.stderr.isatty()

    def show(self) -> None:
        """Print the epochs that have finished since the last call, and the live line."""
        live = []
        for one in self.run.list_started_members() or [self.run]:
            label = f"member {one.path.name}: " if one.path != self.run.path else ""
            self._show_epochs(one, label)
            if progress := one.read_progress():
                live.append(label + format_progress(progress))
        if live:
            self.show_live("  ".join(live))

    def _show_epochs(self, run: RunFolder, label: str) -> None:
        with suppress(RunError):  # there is no history before the first epoch
            epochs = run.read_spec().experiment.training.epochs
            rows = run.read_history()
            for row in rows[self.shown.get(run.name, 0) :]:
                line = label + format_epoch({**row, "epoch": int(row["epoch"])}, epochs)
                print((_ERASE_LINE if self.is_terminal else "") + line, file=sys.stderr, flush=True)
            self.shown[run.name] = len(rows)

    def show_live(self, text: str) -> None:
        """Replace the live line of a terminal; elsewhere, do nothing."""
        if self.is_terminal:
            text = text[: get_terminal_size().columns - 1]
            print(_ERASE_LINE + text, end="", file=sys.stderr, flush=True)


def format_progress(progress: TrainingProgress) -> str:
    """Format the progress of a training as one line.

    >>> figures = {"loss": 0.25, "accuracy": 0.9}
    >>> format_progress(TrainingProgress(2, 8, 30, 169, figures, 5120.4, 42.0, 1, ""))
    'epoch 2/8  0:42 left  loss 0.2500  accuracy 0.9000  30/169  5,120 images/s'
    """
    figures = [
        f"{name} {'nan' if value is None else format_figure(value)}"
        for name, value in progress.figures.items()
    ]
    parts = [f"epoch {progress.epoch}/{progress.epochs}"]
    parts += [f"{format_time(progress.seconds_left)} left", *figures[:2]]
    parts.append(f"{progress.step}/{progress.steps}")
    if progress.images_per_second is not None:
        parts.append(f"{progress.images_per_second:,.0f}" + " images/s")
    return "  ".join(parts)
