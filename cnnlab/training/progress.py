"""The interface through which training reports its progress to a terminal, a log or a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cnnlab.errors import CnnlabError
from cnnlab.run_folder import RunFolder


class EarlyTermination(CnnlabError):
    """Raised by `Progress.epoch` to end a training after this epoch; the message says why."""


@dataclass(frozen=True)
class TrainingStart:
    """The sizes of a training that starts or resumes now, and the number of its finished epochs.

    `steps` is the number of training batches in an epoch, and `validation_steps` is the number of
    validation batches.
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
    """Receives the progress reports of a training, for a terminal, a log or a page."""

    def part(self, title: str) -> None:
        """Report that the next training of a series starts; `title` names this training."""

    def reading(self, done: int, total: int) -> None:
        """Report, before training starts, that cnnlab has read `done` of `total` image files."""

    def rate(self, done: int, total: int, rate: float, loss: float) -> None:
        """Report that a learning-rate range test has trained `done` of at most `total` batches.

        `rate` and `loss` are the learning rate and the loss of the last batch.
        """

    def note(self, text: str) -> None:
        """Report one sentence about the data, before training starts."""

    def start(self, start: TrainingStart) -> None:
        """Report that training starts."""

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Report that training has finished `step` batches of the epoch `epoch`, counted from 1.

        `logs` has the means of the loss and the metrics over the finished batches of this epoch.
        """

    def validation(self, epoch: int, step: int) -> None:
        """Report that `step` batches of validation images are evaluated after the epoch `epoch`.

        The report before the first batch has step 0.
        """

    def epoch(self, row: Mapping[str, float]) -> None:
        """Report that an epoch is finished and saved; `row` is the epoch's row of history.csv.

        Raises:
            EarlyTermination: the training shall end after this epoch.
        """


class SilentProgress:
    """Receives the progress reports of a training, and ignores them."""

    def part(self, title: str) -> None:
        """Ignore the report."""

    def reading(self, done: int, total: int) -> None:
        """Ignore the report."""

    def rate(self, done: int, total: int, rate: float, loss: float) -> None:
        """Ignore the report."""

    def note(self, text: str) -> None:
        """Show nothing."""

    def start(self, start: TrainingStart) -> None:
        """Ignore the report."""

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Ignore the report."""

    def validation(self, epoch: int, step: int) -> None:
        """Ignore the report."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Ignore the report."""


SILENT = SilentProgress()
