"""Show training in a log file: one line for each epoch, without control characters."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import click

from cnnlab.counts import format_count
from cnnlab.progress_display.text import format_epoch, format_headline
from cnnlab.training.progress import TrainingStart


class LineProgress:
    """Prints a few lines at the start of training, and a line for each epoch, on stderr."""

    def __init__(self) -> None:
        self.has_announced_reading = False

    def part(self, title: str) -> None:
        """Print the title of the next training, for example `run 2 of 5, seed 43`."""
        _print_line(title)

    def reading(self, done: int, total: int) -> None:
        """Print once how many images cnnlab reads, if not all images are read already."""
        if done < total and not self.has_announced_reading:
            _print_line(f"reading {format_count(total, 'image')} …")
            self.has_announced_reading = True

    def rate(self, done: int, total: int, rate: float, loss: float) -> None:
        """Print once how many learning rates cnnlab tries."""
        if done == 1:
            _print_line(f"training {format_count(total, 'batch')}, each at a higher rate …")

    def note(self, text: str) -> None:
        """Print the sentence."""
        _print_line(f"note: {text}")

    def start(self, start: TrainingStart) -> None:
        """Print the folder of the run, the size of its network, its data, and the device."""
        self.epochs = start.epochs
        _print_line(format_headline(start))

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Print nothing for a batch, since a log has one line for each epoch."""

    def validation(self, epoch: int, step: int) -> None:
        """Print nothing for a validation batch, since a log has one line for each epoch."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Print the loss, the metrics and the time of a finished epoch in one line."""
        _print_line(format_epoch(row, self.epochs))


def _print_line(line: str) -> None:
    """Print a line on stderr. If stderr is closed or full, the training continues."""
    with contextlib.suppress(OSError):
        click.echo(line, err=True)
