"""Report how far several trainings at once are, to a terminal, a log or a page."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cnnlab.study.workers.interface import BatchReport, EpochReport, Event, Task, TaskStart


@dataclass
class RunningTraining:
    """A training that a worker does now, such as `trial 7` or `seed 43`.

    `step` of `steps` batches of the epoch after `epochs_done` are trained. `epochs_before` counts
    the epochs that an earlier process has trained. `value` is the metric after the last epoch.
    """

    label: str
    epochs: int = 0
    epochs_done: int = 0
    epochs_before: int = 0
    step: int = 0
    steps: int = 0
    value: float | None = None

    @property
    def share_done(self) -> float:
        """The share of this training that is done, from 0 to 1."""
        within = self.step / self.steps if self.steps else 0.0
        return (self.epochs_done + within) / self.epochs if self.epochs else 0.0

    @property
    def share_trained_here(self) -> float:
        """The share of this training that this process has done, without `epochs_before`."""
        return self.share_done - self.epochs_before / self.epochs if self.epochs else 0.0


@dataclass
class Best:
    """The best training so far, its metric, and the values that it has."""

    label: str
    value: float
    values: dict[str, Any]


@dataclass
class WorkersState:
    """How far several trainings are.

    `phase` names them, as in `search` or `confirmation`, and `planned` counts them. The counts of
    trainings that ended are in `ended`, by how they ended: finished, pruned or failed.
    """

    name: str
    phase: str
    planned: int
    metric: str
    ended: dict[str, int] = field(default_factory=dict)
    running: dict[Path, RunningTraining] = field(default_factory=dict)
    best: Best | None = None
    seconds: float = 0.0
    seconds_left: float | None = None

    @property
    def done_count(self) -> int:
        """The number of trainings that have ended."""
        return sum(self.ended.values())


class WorkersProgress(Protocol):
    """Receives the progress of several trainings at once, for a terminal, a log or a page."""

    def message(self, text: str) -> None:
        """Report one sentence, such as how a training ended."""

    def update(self, state: WorkersState) -> None:
        """Report the present state, about four times a second."""


class SilentWorkersProgress:
    """Receives the progress of several trainings, and ignores it."""

    def message(self, text: str) -> None:
        """Ignore the report."""

    def update(self, state: WorkersState) -> None:
        """Ignore the report."""


class TaskMonitor:
    """Keeps the state of several trainings by the events of their workers, and reports it."""

    def __init__(self, progress: WorkersProgress, state: WorkersState) -> None:
        self.progress, self.state = progress, state
        self.started = time.perf_counter()
        self.training_started: float | None = None  # workers first import TensorFlow
        self.done_before = state.done_count

    def begin(self, task: Task, label: str) -> None:
        """Note that a worker gets a task."""
        self.state.running[task.run] = RunningTraining(label)

    def note(self, event: Event | None) -> None:
        """Note an event of a worker, and report the state."""
        if event is not None and event.task.run in self.state.running:
            running = self.state.running[event.task.run]
            match event:
                case TaskStart(epochs=epochs, epochs_done=done, steps=steps):
                    if not running.epochs:
                        running.epochs_before = done
                    running.epochs, running.epochs_done, running.steps = epochs, done, steps
                    running.step = 0
                    self.training_started = self.training_started or time.perf_counter()
                case BatchReport(step=step):
                    running.step = step
                case EpochReport(row=row):
                    running.epochs_done, running.step = int(row["epoch"]), 0
                    running.value = row.get(self.state.metric, running.value)
        self._report()

    def end(self, run: Path, how: str, message: str) -> None:
        """Note that a run ended: finished, pruned or failed; `message` says it to the user."""
        self.state.running.pop(run, None)
        self.state.ended[how] = self.state.ended.get(how, 0) + 1
        self.progress.message(message)
        self._report()

    def _report(self) -> None:
        state, now = self.state, time.perf_counter()
        state.seconds = now - self.started
        running = state.running.values()
        done_here = state.done_count - self.done_before
        has_epoch = any(one.epochs_done > one.epochs_before for one in running)
        if self.training_started is not None and (done_here or has_epoch):
            share = done_here + sum(one.share_trained_here for one in running)
            left = state.planned - state.done_count - sum(one.share_done for one in running)
            state.seconds_left = max(0.0, (now - self.training_started) / share * left)
        self.progress.update(state)
