"""Plan a sweep without running it: its combinations, examples of them, and the expected time."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnlab.errors import CnnlabError
from cnnlab.spec.combinations import build_trial_config
from cnnlab.spec.edited_text import edit_text
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.sweep_reader import SweepConfig
from cnnlab.study.sweep import count_trials
from cnnlab.study.workers.interface import EpochReport, Event, Task, Workers
from cnnlab.study.workers.task_loop import run_tasks
from cnnlab.training.interrupt import Interrupt

_EXAMPLES = 10


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
    too many to count. `trainings` counts those of the confirmation, too. `epoch_seconds` is the
    measured time of an epoch of the base config while all workers train, and `seconds` the
    expected time of the whole sweep if each training takes as long and none ends early.
    """

    combinations: int | None
    trials: int
    trainings: int
    epochs: int
    workers: int
    examples: tuple[Example, ...]
    epoch_seconds: float
    seconds: float


def plan_sweep(config: SweepConfig, workers: Workers, count: int) -> SweepPlan:
    """Plan a sweep with `count` workers; measure an epoch of its base config in each of them.

    The measured runs are removed afterwards.

    Raises the errors of a training.
    """
    trials, confirm = count_trials(config), config.sweep.confirm
    trainings = trials + (0 if confirm is None else (confirm.best + 1) * confirm.seeds)
    epochs = config.base.experiment.training.epochs
    with tempfile.TemporaryDirectory(prefix="cnnlab-") as folder, Interrupt() as interrupt:
        measurement = _Measurement(config, Path(folder), count)
        run_tasks(measurement, workers, interrupt)
    seconds = sum(measurement.seconds) / len(measurement.seconds)
    checked = config.checked
    step = max(1, len(checked.combinations) // _EXAMPLES)
    examples = [_build_example(config, one) for one in checked.combinations[::step][:_EXAMPLES]]
    return SweepPlan(
        combinations=len(checked.combinations) if checked.is_complete else None,
        trials=trials,
        trainings=trainings,
        epochs=epochs,
        workers=count,
        examples=tuple(examples),
        epoch_seconds=seconds,
        seconds=math.ceil(trainings / count) * epochs * seconds,
    )


def _build_example(config: SweepConfig, values: Mapping[str, Any]) -> Example:
    trial = build_trial_config(config, values)
    rows = build_table(trial.experiment, trial.info)
    return Example(dict(values), rows.multiply_adds, rows.parameters)


class _Measurement:
    """Lets each worker train two epochs of the base config; the second has the usual time."""

    def __init__(self, config: SweepConfig, folder: Path, count: int) -> None:
        text = edit_text(config.base.text, ("training.epochs=2", "training.callbacks=[]"))
        task = Task(folder, text, config.config_path)
        self.left = [replace(task, run=folder / str(number)) for number in range(count)]
        self.seconds: list[float] = []

    def next_task(self) -> Task | None:
        """Return the training of the next worker."""
        return self.left.pop() if self.left else None

    def note(self, event: Event | None) -> None:
        """Remember the seconds of the last epoch."""
        if isinstance(event, EpochReport) and event.row["epoch"] == 2:
            self.seconds.append(event.row["seconds"])

    def judge_epoch(self, task: Task, row: Mapping[str, float]) -> str | None:
        """Let the training go on."""
        return None

    def finish(self, task: Task, failure: CnnlabError | None) -> None:
        """Raise the error of a training that failed."""
        if failure is not None:
            raise failure
