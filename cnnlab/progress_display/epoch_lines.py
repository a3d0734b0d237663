"""Training in a log: one line for each epoch, without control characters."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import click

from cnnlab.counts import format_count
from cnnlab.progress_display.text import format_epoch, format_headline
from cnnlab.training.progress import TrainingStart


class LineProgress:
    """One line for the start and one for each epoch, on stderr, without control characters."""

    def __init__(self) -> None:
        self.has_announced_reading = False

    def part(self, title: str) -> None:
        """Print which of several trainings is next."""
        _print_line(title)

    def reading(self, done: int, total: int) -> None:
        """Print once how many files there are, where reading them takes a while."""
        if done < total and not self.has_announced_reading:
            _print_line(f"reading {format_count(total, 'image')} …")
            self.has_announced_reading = True

    def note(self, text: str) -> None:
        """Print the sentence."""
        _print_line(f"note: {text}")

    def start(self, start: TrainingStart) -> None:
        """Print what is trained, on what, and into which folder."""
        self.epochs = start.epochs
        _print_line(format_headline(start))

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Print nothing: a log has one line per epoch."""

    def validation(self, epoch: int, step: int) -> None:
        """Print nothing."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Print the figures of the epoch."""
        _print_line(format_epoch(row, self.epochs))


def _print_line(line: str) -> None:
    """Print to stderr. A stream that is gone (`2>&1 | head`) or full does not end the training."""
    with contextlib.suppress(OSError):
        click.echo(line, err=True)
