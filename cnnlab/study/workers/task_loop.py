"""Give tasks to workers until all are done, and continue the tasks of workers that died."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cnnlab.errors import CnnlabError, MemoryShortageError, TrainingError
from cnnlab.study.workers.interface import (
    EpochReport,
    Event,
    Task,
    TaskEnd,
    TaskFailure,
    WorkerDeath,
    Workers,
)
from cnnlab.training.interrupt import Interrupt

MOST_DEATHS = 3  # of workers at one task
_WAIT_SECONDS = 0.25  # between two looks at a signal, and two drawings of the display


class TaskSource(Protocol):
    """Decides which tasks the workers get, and what becomes of their results."""

    def next_task(self) -> Task | None:
        """Return the next task, or None if there is none until a running task ends."""

    def note(self, event: Event | None) -> None:
        """Show an event. None comes when nothing has happened for a quarter of a second."""

    def judge_epoch(self, task: Task, row: Mapping[str, float]) -> str | None:
        """Return the reason to end a task after this epoch, or None to train on."""

    def finish(self, task: Task, failure: CnnlabError | None) -> None:
        """Take over the result of a task that ended. `failure` says why it has no result."""


def run_tasks(source: TaskSource, workers: Workers, interrupt: Interrupt) -> None:
    """Run all tasks of `source`. A task continues on another worker if its worker died.

    After the third death, the task has failed. A training that diverges or finds no memory fails
    too, and the other tasks go on. Any other error ends all tasks.

    Raises:
        Interruption: a signal stopped the process; the workers stop after the batch at hand.
        CnnlabError: a task ended with an error that the other tasks would meet too.
    """
    waiting: deque[Task] = deque()
    deaths: Counter[Path] = Counter()
    try:
        while True:
            interrupt.check()
            while workers.count_free() and (task := _next_task(waiting, source)):
                workers.start(task)
            if not workers.count_busy():
                return
            events = workers.wait(_WAIT_SECONDS)
            for event in events or (None,):
                source.note(event)
                if isinstance(event, EpochReport):
                    workers.answer(event.task, source.judge_epoch(event.task, event.row))
                elif isinstance(event, TaskEnd | TaskFailure | WorkerDeath):
                    _close_task(event, source, waiting, deaths)
    except BaseException:
        workers.stop()
        while workers.count_busy():
            workers.wait(_WAIT_SECONDS)
        raise


def _next_task(waiting: deque[Task], source: TaskSource) -> Task | None:
    return waiting.popleft() if waiting else source.next_task()


def _close_task(
    event: TaskEnd | TaskFailure | WorkerDeath,
    source: TaskSource,
    waiting: deque[Task],
    deaths: Counter[Path],
) -> None:
    """Finish the task of an event, or let it wait for another worker."""
    match event:
        case TaskEnd(task=task):
            source.finish(task, None)
        case TaskFailure(task=task, error=TrainingError() | MemoryShortageError() as error):
            source.finish(task, error)
        case TaskFailure(error=error):
            raise error
        case WorkerDeath(task=task, reason=reason):
            deaths[task.run] += 1
            if deaths[task.run] < MOST_DEATHS:
                waiting.appendleft(task)
            else:
                source.finish(task, TrainingError(f"three workers died: {reason}"))
