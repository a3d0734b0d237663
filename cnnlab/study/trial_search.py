"""Search: let workers train the trials of a sweep, and take over their results."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.errors import CnnlabError, ConfigError
from cnnlab.run_folder import RunFolder
from cnnlab.run_folder.sweep_folder import SweepFolder, TrialRecord
from cnnlab.spec.combinations import (
    build_trial_config,
    meets_conditions,
    validate_combination,
)
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.sweep import Combination
from cnnlab.spec.sweep_reader import SweepConfig
from cnnlab.spec.wording import format_short
from cnnlab.study.optimizer import Optimizer, Suggestion
from cnnlab.study.sweep_results import shorten_paths
from cnnlab.study.trial_table import Goal, find_best_epoch
from cnnlab.study.trial_text import write_trial_text
from cnnlab.study.workers.interface import Event, Task
from cnnlab.study.workers.progress import Best, TaskMonitor, WorkersProgress, WorkersState
from cnnlab.training.interrupt import Interrupt

_LOCK_SECONDS = 60  # until a worker of a killed coordinator has trained its last batch
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class _RunningTrial:
    """A trial that a worker trains or continues."""

    suggestion: Suggestion
    task: Task
    multiply_adds: int


class TrialSearch:
    """Gives the trials of a sweep to workers, and their results to the optimizer.

    Optuna's study holds the values and results of all trials, so that a search can go on after its
    process was killed. trials.json repeats them for readers.
    """

    def __init__(
        self,
        folder: SweepFolder,
        config: SweepConfig,
        goal: Goal,
        trials: int,
        progress: WorkersProgress,
    ) -> None:
        self.folder, self.config, self.goal, self.trials = folder, config, goal, trials
        folder.repair_journal()
        self.short_names = shorten_paths(list(config.spaces))
        self.epochs = config.base.experiment.training.epochs
        self.optimizer = Optimizer(
            folder.journal_path,
            config.sweep,
            config.spaces,
            self.epochs,
            lambda values: meets_conditions(config, values),
            lambda values: _measure_cost(config, values),
        )
        self.records = {
            one.number: TrialRecord(one.number, one.values, one.status, one.reason)
            for one in self.optimizer.list_suggestions()
        }
        self.running: dict[Any, _RunningTrial] = {}
        self.stop_reasons: dict[int, str] = {}
        self.best_score = -math.inf
        self.interrupted: deque[Suggestion] = deque(
            one for one in self.optimizer.list_suggestions() if one.status == "running"
        )
        state = WorkersState(folder.name, "search", trials, goal.metric)
        for record in self.records.values():
            if record.status != "running":
                state.ended[record.status] = state.ended.get(record.status, 0) + 1
        self.monitor = TaskMonitor(progress, state)

    def recover_interrupted_trials(self, interrupt: Interrupt) -> None:
        """Take over what the workers of a killed process have saved since its last record."""
        if self.records:
            self._write_trials()  # the journal has all that trials.json has
        for _ in range(len(self.interrupted)):
            suggestion = self.interrupted.popleft()
            run = self.folder.trial_run(suggestion.number)
            _wait_for_lock(run, interrupt)
            if run.is_started():
                with run.lock_for_writing():
                    run.recover()
            rows = run.read_history() if (run.path / "history.csv").exists() else []
            trial = self._plan(suggestion)
            if trial is None:
                continue
            reasons = (self._judge(trial, row) for row in rows)
            reason = next(filter(None, reasons), None)
            if reason is None and run.is_started() and run.read_record().status != "finished":
                self.interrupted.append(suggestion)
            elif run.is_started():
                self._finish(trial, None)
            else:
                self.interrupted.append(suggestion)

    def next_task(self) -> Task | None:
        """Return an interrupted trial, or a trial with new values."""
        while suggestion := self._next_suggestion():
            if trial := self._plan(suggestion):
                self.running[trial.task.run] = trial
                self._record(suggestion, "running")
                self.monitor.begin(trial.task, f"trial {suggestion.number}")
                return trial.task
        return None

    def note(self, event: Event | None) -> None:
        """Show an event of a worker."""
        self.monitor.note(event)

    def judge_epoch(self, task: Task, row: Mapping[str, float]) -> str | None:
        """Record the metric after an epoch; return why the trial ends early, or None."""
        return self._judge(self.running[task.run], row)

    def finish(self, task: Task, failure: CnnlabError | None) -> None:
        """Record the result of a trial that ended, or why it failed."""
        self._finish(self.running.pop(task.run), failure)

    def _next_suggestion(self) -> Suggestion | None:
        if self.interrupted:
            return self.interrupted.popleft()
        return self.optimizer.suggest() if len(self.records) < self.trials else None

    def _plan(self, suggestion: Suggestion) -> _RunningTrial | None:
        """Build the task of a trial. A trial whose values make the config invalid has failed."""
        try:
            config = build_trial_config(self.config, suggestion.values)
        except ConfigError as error:
            reason = f"the config is not valid: {error.faults[0].message}"
            self._end(suggestion, "failed", None, reason)
            return None
        run = self.folder.trial_run(suggestion.number)
        command = ("cnnlab", "train", str(run.path / "config.yaml"))
        text = write_trial_text(config, f"Trial {suggestion.number} of {self.folder.name}.")
        task = Task(run.path, text, self.config.config_path, command)
        madds = build_table(config.experiment, config.info).multiply_adds
        return _RunningTrial(suggestion, task, madds)

    def _judge(self, trial: _RunningTrial, row: Mapping[str, float]) -> str | None:
        number, epoch = trial.suggestion.number, int(row["epoch"])
        value = row[self.goal.metric]
        if not math.isfinite(value):
            return None
        score = self.goal.score(value, trial.multiply_adds)
        is_bad = self.optimizer.report(number, epoch, score)
        if not is_bad or epoch >= self.epochs:
            return None
        method = getattr(self.config.sweep.early_terminate, "kind", "")
        reason = f"{method} ended it after epoch {epoch}: {self.goal.metric} {value:.4f}"
        self.stop_reasons[number] = reason
        return reason

    def _finish(self, trial: _RunningTrial, failure: CnnlabError | None) -> None:
        number = trial.suggestion.number
        reason = self.stop_reasons.get(number, str(failure or ""))
        rows = self.folder.trial_run(number).read_history() if failure is None else []
        best = find_best_epoch(rows, self.goal)
        if failure is None and number in self.stop_reasons:
            status, score = "pruned", None
        elif best is None:
            reason = reason or f"{self.goal.metric} was never a finite number"
            status, score = "failed", None
        else:
            status = "finished"
            value = rows[best - 1][self.goal.metric]
            score = self.goal.score(value, trial.multiply_adds)
            self.note_best(number, value, trial.multiply_adds, trial.suggestion.values)
            reason = f"{self.goal.metric} {value:.4f}"
        self._end(trial.suggestion, status, score, reason)

    def _end(self, suggestion: Suggestion, status: str, score: float | None, result: str) -> None:
        """Record and show how a trial ended; `result` is its metric, or why it has none."""
        reason = "" if status == "finished" else result
        self.optimizer.finish(suggestion.number, status, score, reason)
        self._record(suggestion, status, reason)
        values = ", ".join(
            f"{self.short_names[path]} {format_short(value)}"
            for path, value in suggestion.values.items()
        )
        message = f"trial {suggestion.number} {status}, with {values}: {result}"
        self.monitor.end(self.folder.trial_run(suggestion.number).path, status, message)

    def note_best(
        self, number: int, value: float, multiply_adds: int, values: dict[str, Any]
    ) -> None:
        """Remember a trial for the display, if it is the best one so far."""
        score = self.goal.score(value, multiply_adds)
        if score > self.best_score:
            self.best_score = score
            self.monitor.state.best = Best(f"trial {number}", value, values)

    def _record(self, suggestion: Suggestion, status: str, reason: str = "") -> None:
        number = suggestion.number
        self.records[number] = TrialRecord(number, suggestion.values, status, reason)
        self._write_trials()

    def _write_trials(self) -> None:
        self.folder.write_trials([self.records[one] for one in sorted(self.records)])


def _measure_cost(config: SweepConfig, values: Combination) -> int:
    """Measure the multiply-adds of all epochs of a trial, for one image in each.

    A trial whose values make the config invalid costs nothing: `TrialSearch` reports its failure.
    """
    try:
        trial = validate_combination(config, values)
    except ConfigError:
        return 0
    table = build_table(trial.experiment, trial.info)
    return table.multiply_adds * trial.experiment.training.epochs


def _wait_for_lock(run: RunFolder, interrupt: Interrupt) -> None:
    """Wait until the worker of a killed coordinator has stopped after its last batch."""
    for _ in range(int(_LOCK_SECONDS / _PAUSE_SECONDS)):
        interrupt.check()
        try:
            run.require_unlocked()
        except CnnlabError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return
    run.require_unlocked()
