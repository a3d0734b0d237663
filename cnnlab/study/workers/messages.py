"""The messages from the process that trains a task to the coordinator, for all workers."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from cnnlab import errors
from cnnlab.errors import CnnlabError, Interruption
from cnnlab.study.workers.interface import (
    BatchReport,
    EpochReport,
    Event,
    Task,
    TaskEnd,
    TaskFailure,
    TaskStart,
)
from cnnlab.training.progress import EarlyTermination, SilentProgress, TrainingStart

if TYPE_CHECKING:
    from cnnlab.study.workers.training_task import TaskTrainer

_REPORT_SECONDS = 0.5  # between two reports of batches


class Coordinator(Protocol):
    """The coordinator, as the process that trains a task sees it."""

    def send(self, kind: str, **content: Any) -> None:
        """Send a message: started, batch, epoch, ended or failed."""

    def wait_for_answer(self) -> str | None:
        """Wait for the answer to an epoch: the reason to end the task, or None to train on.

        Raises:
            Interruption: the coordinator stops all workers.
        """


class TaskProgress(SilentProgress):
    """Reports the training of a task to the coordinator, and ends it where it says so."""

    def __init__(self, coordinator: Coordinator) -> None:
        self.coordinator = coordinator
        self.last_report = time.perf_counter()

    def start(self, start: TrainingStart) -> None:
        """Report that training starts."""
        self.coordinator.send(
            "started",
            epochs=start.epochs,
            epochs_done=start.epochs_done,
            steps=start.steps,
            memory_bytes=_measure_memory(),
        )

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Report a batch, at most twice a second."""
        if time.perf_counter() - self.last_report >= _REPORT_SECONDS:
            self.last_report = time.perf_counter()
            self.coordinator.send("batch", epoch=epoch, step=step)

    def epoch(self, row: Mapping[str, float]) -> None:
        """Report an epoch, and wait until the coordinator says whether to train on."""
        self.coordinator.send("epoch", row=dict(row), memory_bytes=_measure_memory())
        reason = self.coordinator.wait_for_answer()
        if reason is not None:
            raise EarlyTermination(reason)


def train_task(task: Task, trainer: TaskTrainer, coordinator: Coordinator) -> None:
    """Train a task, and report how it ended.

    Raises:
        Interruption: the coordinator stopped all workers; there is no report.
    """
    try:
        trainer.train(task, TaskProgress(coordinator))
    except EarlyTermination:
        coordinator.send("ended")
    except Interruption:
        raise
    except CnnlabError as error:
        coordinator.send("failed", name=type(error).__name__, message=str(error))
    except Exception:
        coordinator.send("failed", name="CnnlabError", message=traceback.format_exc().rstrip())
    else:
        coordinator.send("ended")


def build_event(task: Task, kind: str, content: Mapping[str, Any]) -> Event:
    """Build the event that a message about a task stands for."""
    match kind:
        case "started":
            return TaskStart(task, **content)
        case "batch":
            return BatchReport(task, **content)
        case "epoch":
            return EpochReport(task, **content)
        case "failed":
            return TaskFailure(task, _build_error(**content))
    return TaskEnd(task)


def _build_error(name: str, message: str) -> CnnlabError:
    """Build an error from its name and message; a ConfigError becomes a UsageError."""
    kind = errors.UsageError if name == "ConfigError" else getattr(errors, name, CnnlabError)
    is_plain = isinstance(kind, type) and issubclass(kind, CnnlabError)
    return kind(message) if is_plain else CnnlabError(message)


def _measure_memory() -> int:
    from cnnlab.study.workers.training_task import measure_memory  # it imports TensorFlow

    return measure_memory()
