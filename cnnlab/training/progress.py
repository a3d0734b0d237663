"""What training tells while it goes on, to whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cnnlab.run_folder import RunFolder


@dataclass(frozen=True)
class TrainingStart:
    """What is about to be trained: `steps` are batches in an epoch, images are counted."""

    run: RunFolder
    device: str
    epochs: int
    steps: int
    training_images: int
    validation_images: int
    parameters: int


class Progress(Protocol):
    """Whoever shows training: a terminal, a log, a page."""

    def part(self, title: str) -> None:
        """Of several trainings, the one that `title` tells is next."""

    def reading(self, done: int, total: int) -> None:
        """`done` of `total` image files are read, before training begins."""

    def start(self, start: TrainingStart) -> None:
        """Training is about to begin."""

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """`step` batches of `epoch` (both from 1) are done; `logs` are its figures so far."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """An epoch is done and stored; `row` is its row of history.csv."""


class SilentProgress:
    """Shows nothing."""

    def part(self, title: str) -> None:
        """Show nothing."""

    def reading(self, done: int, total: int) -> None:
        """Show nothing."""

    def start(self, start: TrainingStart) -> None:
        """Show nothing."""

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Show nothing."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Show nothing."""


SILENT = SilentProgress()
