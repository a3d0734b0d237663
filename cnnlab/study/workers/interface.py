"""The interface between one coordinator and its workers: tasks go out, and events come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from cnnlab.errors import CnnlabError
from cnnlab.run_folder import Series


@dataclass(frozen=True)
class Task:
    """One training. `run` is the path of the run folder, and names the task in all events.

    `config` is the text of the config, which config.yaml records. The worker applies `edits` to it.
    Relative paths in it start at the folder of `config_path`. `command` and `series` are those that
    run.json records. If the run folder has epochs already, the worker continues after the last of
    them.
    """

    run: Path
    config: str
    config_path: Path
    command: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    series: Series | None = None

    def to_plain(self) -> dict[str, Any]:
        """Convert the task to plain values, for a message to another process."""
        return {**asdict(self), "run": str(self.run), "config_path": str(self.config_path)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Task:
        """Build a task from the plain values of `to_plain`."""
        series = plain["series"]
        return cls(
            run=Path(plain["run"]),
            config=plain["config"],
            config_path=Path(plain["config_path"]),
            command=tuple(plain["command"]),
            edits=tuple(plain["edits"]),
            series=None if series is None else Series(**series),
        )


@dataclass(frozen=True)
class TaskStart:
    """A worker begins or continues to train; `steps` counts the batches of an epoch."""

    task: Task
    epochs: int
    epochs_done: int
    steps: int
    memory_bytes: int


@dataclass(frozen=True)
class BatchReport:
    """A worker has trained `step` batches of `epoch`, counted from 1; at most two a second."""

    task: Task
    epoch: int
    step: int


@dataclass(frozen=True)
class EpochReport:
    """An epoch is committed in the run folder; the worker waits for `Workers.answer`.

    `row` is the row of history.csv. `memory_bytes` is the largest memory of the worker so far.
    """

    task: Task
    row: dict[str, float]
    memory_bytes: int


@dataclass(frozen=True)
class TaskEnd:
    """A training ended: it is finished, or the coordinator stopped it."""

    task: Task


@dataclass(frozen=True)
class TaskFailure:
    """A training failed with an error that the user sees; the worker is ready for another task."""

    task: Task
    error: CnnlabError


@dataclass(frozen=True)
class WorkerDeath:
    """The worker died while it trained; `reason` says how. The committed epochs are saved."""

    task: Task
    reason: str


Event = TaskStart | BatchReport | EpochReport | TaskEnd | TaskFailure | WorkerDeath


@dataclass(frozen=True)
class Resources:
    """How many workers train at once, and how many threads TensorFlow has in each of them.

    `workers` is 0 if a Ray cluster decides. `threads` is None if TensorFlow chooses. `device` is
    auto, cpu, gpu, or gpu:N for the GPU with the number N.
    """

    workers: int = 1
    threads: int | None = None
    device: str = "auto"


class Workers(Protocol):
    """Several workers that each train one task at a time."""

    def count_free(self) -> int:
        """Count the workers that have no task."""

    def count_busy(self) -> int:
        """Count the workers that have a task."""

    def start(self, task: Task) -> None:
        """Give a task to a free worker."""

    def wait(self, seconds: float) -> Sequence[Event]:
        """Wait for events, at most for so many seconds, and return them in their order."""

    def answer(self, task: Task, stop_reason: str | None) -> None:
        """Answer EpochReport: the worker trains on, or ends the task for the given reason."""

    def stop(self) -> None:
        """Ask all workers to stop after the batch at hand; their events still come."""

    def close(self) -> None:
        """End all workers at once; what they have committed is saved."""
