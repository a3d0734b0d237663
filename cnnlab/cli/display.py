"""How training looks: a live bar in a terminal, one clean line per epoch elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Mapping

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from cnnlab.training.progress import SILENT, Silent, Start

_REDRAWS = 0.1  # seconds between them: smooth to the eye, and nothing beside a batch's cost
_WIDE = 110  # columns, from which the bar and its words need not be short
_NOT_SHOWN = ("epoch", "learning_rate", "seconds", "images_per_second")


def shown(quiet: bool) -> contextlib.AbstractContextManager[Bar | Lines | Silent]:
    """What shows training here: a bar in a terminal, lines in a pipe, nothing if `quiet`."""
    if quiet:
        return contextlib.nullcontext(SILENT)
    return Bar() if sys.stderr.isatty() else contextlib.nullcontext(Lines())


class Lines:
    """One line for the start and one for each epoch, on stderr, without control characters."""

    def __init__(self) -> None:
        self.told = False  # that files are read

    def part(self, title: str) -> None:
        """Say which of several trainings is next."""
        _say(title)

    def reading(self, done: int, total: int) -> None:
        """Say how many files there are, where reading them will take a while."""
        if done < total and not self.told:
            _say(f"reading {total:,} images …")
            self.told = True

    def start(self, start: Start) -> None:
        """Say what is trained, on what, and where it goes."""
        self.epochs = start.epochs
        _say(_headline(start))

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Say nothing: a log is read by epochs."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Say the epoch's figures."""
        _say(_line(row, self.epochs))


def _say(line: str) -> None:
    """Print to stderr; that nobody reads it any longer (`2>&1 | head`) does not end training."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(line, err=True)


class Bar:
    """A bar over all epochs, with the figures of the epoch at hand; finished ones stay above."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self.wide = self.console.width >= _WIDE
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24 if self.wide else 6),
            TextColumn("{task.fields[figures]}"),
            console=self.console,
            transient=True,
            auto_refresh=False,
        )
        self.task: TaskID | None = None
        self.drawn = 0.0
        # The epoch at hand, its first reported batch, and when that was.
        self.began: tuple[int, int, float] = (0, 0, 0.0)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def part(self, title: str) -> None:
        """Take the bar of the training before away, and say which of several is next."""
        if self.task is not None:
            self.progress.remove_task(self.task)
            self.task = None
        self.console.print(title)

    def reading(self, done: int, total: int) -> None:
        """Draw how far it is, and take it away at the end."""
        if self.task is None:
            self.task = self.progress.add_task("reading images", total=total, figures="")
            self.progress.start()
        self.progress.update(self.task, completed=done, figures=f"{done:,}/{total:,}")
        self.progress.refresh()
        if done == total:
            self.progress.remove_task(self.task)
            self.task = None

    def start(self, start: Start) -> None:
        """Say what is trained, and draw the empty bar."""
        self.console.print(_headline(start))
        self.about = start
        self.started = time.perf_counter()
        self.drawn, self.began = 0.0, (0, 0, 0.0)
        total = start.epochs * start.steps
        self.task = self.progress.add_task("", total=total, figures="")
        self.progress.start()

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Redraw, if the last time is long enough ago."""
        now = time.perf_counter()
        if epoch != self.began[0]:  # step is not 1 here where TensorFlow runs several at once
            self.began = (epoch, step, now)
        if self.task is None or (now - self.drawn < _REDRAWS and step < self.about.steps):
            return
        self.drawn = now
        self.progress.update(
            self.task,
            completed=(epoch - 1) * self.about.steps + step,
            description=f"epoch {epoch}/{self.about.epochs}",
            figures=self._figures(epoch, step, logs, now),
        )
        self.progress.refresh()

    def _figures(self, epoch: int, step: int, logs: Mapping[str, float], now: float) -> str:
        """Batch, images per second, loss and the first metric, and the time that is left."""
        about = self.about
        done, total = (epoch - 1) * about.steps + step, about.epochs * about.steps
        _, first_step, first_time = self.began
        images = about.training_images / about.steps * (step - first_step)
        rate = images / (now - first_time) if step > first_step else 0.0
        left = round((now - self.started) / done * (total - done))
        words = ("batch ", "images/s", "  ") if self.wide else ("", "img/s", " ")
        shown = [f"{name} {logs[name]:.4f}" for name in ("loss", *logs) if name in logs]
        parts = [
            f"{words[0]}{step}/{about.steps}",
            f"{rate:,.0f} {words[1]}",
            *list(dict.fromkeys(shown))[:2],
            f"{left // 60}:{left % 60:02d} left",
        ]
        return words[2].join(parts)

    def epoch(self, row: Mapping[str, float]) -> None:
        """Leave the epoch's line above the bar."""
        self.console.print(_line(row, self.about.epochs))


def _headline(start: Start) -> str:
    validation = f" + {start.validation_images:,} to validate" if start.validation_images else ""
    return (
        f"{start.run.path}: {start.parameters:,} parameters, "
        f"{start.training_images:,} images{validation}, {start.epochs} epochs of {start.steps:,} "
        f"batches\ndevice: {start.device}"
    )


def _line(row: Mapping[str, float], epochs: int) -> str:
    width = len(str(epochs))
    figures = [f"{name} {value:.4f}" for name, value in row.items() if name not in _NOT_SHOWN]
    return "  ".join(
        [
            f"epoch {row['epoch']:>{width}}/{epochs}",
            *figures,
            f"{row['seconds']:.1f} s",
            f"{row['images_per_second']:,.0f} images/s",
        ]
    )
