"""Read the trials of a sweep with their results, and rank them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from cnnlab.errors import RunError
from cnnlab.run_folder import RunFolder
from cnnlab.run_folder.sweep_folder import SweepFolder, TrialRecord
from cnnlab.spec.experiment import DatasetInfo, Spec
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.metrics import find_direction


@dataclass(frozen=True)
class Goal:
    """What a sweep searches: the best `metric`, or the smallest network that reaches `at_least`."""

    metric: str
    at_least: float | None = None

    @property
    def direction(self) -> str:
        """Whether small (`min`) or large (`max`) values of the metric are better."""
        return find_direction(self.metric)

    def reaches(self, value: float) -> bool:
        """Return whether a value of the metric is as good as `at_least`."""
        if self.at_least is None:
            return False
        return value >= self.at_least if self.direction == "max" else value <= self.at_least

    def score(self, value: float, multiply_adds: int) -> float:
        """Return a number that is larger for a better trial.

        Without `at_least`, this is the metric, or the negative metric if small values are better.
        With `at_least`, a trial that reaches it scores more, the fewer multiply-adds it needs, and
        more than every trial that does not reach it.
        """
        sign = 1.0 if self.direction == "max" else -1.0
        if not self.reaches(value):
            return sign * value
        assert self.at_least is not None
        return sign * self.at_least + 1 / max(multiply_adds, 1)


@dataclass(frozen=True)
class Trial:
    """A trial of a sweep: its values and, as far as it is trained, its results.

    `status` is waiting, running, finished, pruned or failed, and `reason` says why a trial was
    pruned or failed. `value` is the best value of the sweep's metric, and `best_epoch` the epoch
    that has it; both are None before the first epoch. `multiply_adds` counts those of one image.
    """

    number: int
    values: dict[str, Any]
    status: str
    reason: str
    run: RunFolder
    value: float | None = None
    best_epoch: int | None = None
    epochs: int = 0
    seconds: float = 0.0
    parameters: int = 0
    multiply_adds: int = 0


def read_trials(folder: SweepFolder, goal: Goal) -> list[Trial]:
    """Read all trials of a sweep, in the order of their numbers.

    Raises:
        RunError: trials.json is damaged.
    """
    return [read_trial(folder, record, goal) for record in folder.read_trials()]


def read_trial(folder: SweepFolder, record: TrialRecord, goal: Goal) -> Trial:
    """Read the results of one trial from its run folder."""
    run = folder.trial_run(record.number)
    plain = Trial(record.number, record.values, record.status, record.reason, run)
    with suppress(RunError):  # the training of the trial has not begun yet
        spec, training = run.read_spec(), run.read_record()
        rows = run.read_history() if training.epochs else []
        best = find_best_epoch(rows, goal)
        return replace(
            plain,
            value=None if best is None else rows[best - 1][goal.metric],
            best_epoch=best,
            epochs=len(rows),
            seconds=training.seconds,
            parameters=training.parameters,
            multiply_adds=count_multiply_adds(spec),
        )
    return plain


def find_best_epoch(rows: Sequence[dict[str, float]], goal: Goal) -> int | None:
    """Return the epoch, counted from 1, with the best metric; None if no epoch has the metric."""
    epochs = [number for number, row in enumerate(rows, 1) if goal.metric in row]
    pick = max if goal.direction == "max" else min
    return pick(epochs, key=lambda number: rows[number - 1][goal.metric], default=None)


def count_multiply_adds(spec: Spec) -> int:
    """Count the multiply-adds that the network of a spec needs for one image."""
    inputs = spec.inputs
    info = DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0)
    return build_table(spec.experiment, info).multiply_adds


def rank_trials(trials: Sequence[Trial], goal: Goal) -> list[Trial]:
    """Return the finished trials, the best first; of equal trials, the smaller network first."""
    finished = [trial for trial in trials if trial.status == "finished" and trial.value is not None]
    return sorted(
        finished,
        key=lambda trial: (
            -goal.score(trial.value or 0.0, trial.multiply_adds),
            trial.multiply_adds,
            trial.number,
        ),
    )


def find_pareto_front(trials: Sequence[Trial], goal: Goal) -> list[Trial]:
    """Return the finished trials that no smaller network equals or beats, the smallest first."""
    plain = Goal(goal.metric)
    front: list[Trial] = []
    ranked = rank_trials(trials, plain)
    for trial in sorted(ranked, key=lambda trial: (trial.multiply_adds, ranked.index(trial))):
        if not front or plain.score(trial.value or 0.0, 0) > plain.score(front[-1].value or 0.0, 0):
            front.append(trial)
    return front
