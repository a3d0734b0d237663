"""Plan a sweep without running it: its combinations, examples of them, and the expected time."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnlab.counts import format_count
from cnnlab.errors import CnnlabError, Interruption
from cnnlab.spec.combinations import build_trial_config
from cnnlab.spec.edited_text import edit_text
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.sweep_reader import SweepConfig
from cnnlab.study.sweep import count_trials
from cnnlab.study.workers.interface import EpochReport, Event, Task, Workers
from cnnlab.study.workers.progress import TaskMonitor, WorkersProgress, WorkersState
from cnnlab.study.workers.task_loop import run_tasks
from cnnlab.training.interrupt import Interrupt

_MOST_EXAMPLES = 20


@dataclass(frozen=True)
class Example:
    """A combination of values, with the multiply-adds and parameters of its network."""

    values: dict[str, Any]
    multiply_adds: int
    parameters: int


@dataclass(frozen=True)
class SweepPlan:
    """What a sweep would do.

    `combinations` counts those that meet the conditions, or is None if there are infinitely many or
    too many to count. `trainings` counts those of the confirmation, too. `multiply_adds` is the
    number of the base config. `epoch_seconds` is the measured time of an epoch of the base config
    while all workers train. The other times are expected, if each training takes as long and none
    ends early.
    """

    combinations: int | None
    trials: int
    trainings: int
    epochs: int
    workers: int
    examples: tuple[Example, ...]
    multiply_adds: int
    epoch_seconds: float
    search_seconds: float
    confirmation_seconds: float

    @property
    def confirmation_trainings(self) -> int:
        """The number of trainings with other seeds after the search."""
        return self.trainings - self.trials

    @property
    def seconds(self) -> float:
        """The expected time of the whole sweep."""
        return self.search_seconds + self.confirmation_seconds


def plan_sweep(
    config: SweepConfig, workers: Workers, count: int, progress: WorkersProgress
) -> SweepPlan:
    """Plan a sweep with `count` workers; measure an epoch of its base config in each of them.

    The measured runs are removed afterwards.

    Raises the errors of a training.
    """
    trials, confirm = count_trials(config), config.sweep.confirm
    again = 0 if confirm is None else (confirm.best + 1) * confirm.seeds
    epochs = config.base.experiment.training.epochs
    with _open_folder() as folder, Interrupt() as interrupt:
        measurement = _Measurement(config, folder, count, progress)
        run_tasks(measurement, workers, interrupt)
    seconds = sum(measurement.seconds.values()) / count
    checked, base = config.checked, config.base
    return SweepPlan(
        combinations=len(checked.combinations) if checked.is_complete else None,
        trials=trials,
        trainings=trials + again,
        epochs=epochs,
        workers=count,
        examples=tuple(_build_example(config, one) for one in _choose_examples(config)),
        multiply_adds=build_table(base.experiment, base.info).multiply_adds,
        epoch_seconds=seconds,
        search_seconds=math.ceil(trials / count) * epochs * seconds,
        confirmation_seconds=math.ceil(again / count) * epochs * seconds,
    )


@contextmanager
def _open_folder() -> Iterator[Path]:
    """Create a temporary folder, and remove it after the `with` block, also after a signal."""
    try:
        with tempfile.TemporaryDirectory(prefix="cnnlab-") as folder:
            yield Path(folder)
    except Interruption as error:
        signal_number = error.exit_code - 128
        raise Interruption(f"{error}; a dry run leaves no files", signal_number) from None


def _choose_examples(config: SweepConfig) -> list[Mapping[str, Any]]:
    """Choose combinations at equal distances, with the first and the last one."""
    every = config.checked.combinations
    if len(every) <= _MOST_EXAMPLES:
        return [*every]
    last = _MOST_EXAMPLES - 1
    return [every[place * (len(every) - 1) // last] for place in range(_MOST_EXAMPLES)]


def _build_example(config: SweepConfig, values: Mapping[str, Any]) -> Example:
    trial = build_trial_config(config, values)
    rows = build_table(trial.experiment, trial.info)
    return Example(dict(values), rows.multiply_adds, rows.parameters)


class _Measurement:
    """Lets each worker train two epochs of the base config; the second has the usual time."""

    def __init__(
        self, config: SweepConfig, folder: Path, count: int, progress: WorkersProgress
    ) -> None:
        text = edit_text(config.base.text, ("training.epochs=2", "training.callbacks=[]"))
        task = Task(folder, text, config.config_path)
        self.left = [replace(task, run=folder / str(number + 1)) for number in range(count)]
        self.seconds: dict[Path, float] = {}
        state = WorkersState("dry run", "measurement", count, config.sweep.metric)
        self.monitor = TaskMonitor(progress, state)
        workers = format_count(count, "worker")
        progress.message(f"dry run: trains two epochs of the config in {workers}, to measure them")

    def next_task(self) -> Task | None:
        """Return the training of the next worker."""
        if not self.left:
            return None
        task = self.left.pop(0)
        self.monitor.begin(task, _name_worker(task))
        return task

    def note(self, event: Event | None) -> None:
        """Show an event, and remember the seconds of the last epoch."""
        self.monitor.note(event)
        if isinstance(event, EpochReport) and event.row["epoch"] == 2:
            self.seconds[event.task.run] = event.row["seconds"]

    def judge_epoch(self, task: Task, row: Mapping[str, float]) -> str | None:
        """Let the training go on."""
        return None

    def finish(self, task: Task, failure: CnnlabError | None) -> None:
        """Raise the error of a training that failed."""
        if failure is not None:
            raise failure
        seconds = f"{self.seconds[task.run]:.1f} s for an epoch"
        self.monitor.end(task.run, "finished", f"{_name_worker(task)}: {seconds}")


def _name_worker(task: Task) -> str:
    return f"worker {task.run.name}"
