"""The interface through which training reports its progress to a terminal, a log or a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cnnlab.run_folder import RunFolder


@dataclass(frozen=True)
class TrainingStart:
    """Facts about a training that starts now, and how much of it earlier processes have done.

    `steps` is the number of batches in an epoch, `validation_steps` that of its validation.
    """

    run: RunFolder
    device: str
    epochs: int
    epochs_done: int
    steps: int
    validation_steps: int
    training_images: int
    validation_images: int
    parameters: int


class Progress(Protocol):
    """Receives the progress of a training, and shows it in a terminal, a log or a page."""

    def part(self, title: str) -> None:
        """Report that the next of several trainings starts; `title` names this training."""

    def reading(self, done: int, total: int) -> None:
        """Report that `done` of `total` image files are read, before training starts."""

    def note(self, text: str) -> None:
        """Report one sentence about the data, before training starts."""

    def start(self, start: TrainingStart) -> None:
        """Report that training starts."""

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Report that `step` batches of `epoch`, from 1, are done.

        `logs` has the means of the loss and the metrics over these batches.
        """

    def validation(self, epoch: int, step: int) -> None:
        """Report that `step` batches of the validation images are evaluated after `epoch`.

        The first report, before its first batch, has step 0.
        """

    def epoch(self, row: Mapping[str, float]) -> None:
        """Report that an epoch is done and saved; `row` is its row of history.csv."""


class SilentProgress:
    """Receives the progress of a training, and shows nothing."""

    def part(self, title: str) -> None:
        """Show nothing."""

    def reading(self, done: int, total: int) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Show nothing."""

    def start(self, start: TrainingStart) -> None:
        """Show nothing."""

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Show nothing."""

    def validation(self, epoch: int, step: int) -> None:
        """Show nothing."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Show nothing."""


SILENT = SilentProgress()
