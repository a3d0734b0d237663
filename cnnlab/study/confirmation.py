"""Confirm a search: train its best trials and the base config with new seeds, and compare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.counts import format_count
from cnnlab.errors import CnnlabError
from cnnlab.run_folder import RunFolder
from cnnlab.run_folder.sweep_folder import SweepFolder
from cnnlab.spec.combinations import build_trial_config
from cnnlab.spec.config_reader import Config
from cnnlab.spec.experiment import list_following_seeds
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.sweep import Confirm
from cnnlab.spec.sweep_reader import SweepConfig
from cnnlab.study.statistics import (
    SIGNIFICANCE_LEVEL,
    compare_means,
    compute_spread,
    correct_p_values,
)
from cnnlab.study.trial_table import Goal, Trial, find_best_epoch
from cnnlab.study.trial_text import write_trial_text
from cnnlab.study.workers.interface import Event, Task
from cnnlab.study.workers.progress import TaskMonitor, WorkersProgress, WorkersState


@dataclass(frozen=True)
class Candidate:
    """A config that is trained with several seeds; `trial` is None for the base config."""

    trial: int | None
    config: Config

    @property
    def label(self) -> str:
        """The name of the candidate in messages."""
        return "the base config" if self.trial is None else f"trial {self.trial}"

    @property
    def multiply_adds(self) -> int:
        """The multiply-adds for one image."""
        return build_table(self.config.experiment, self.config.info).multiply_adds


class Confirmation:
    """Gives the trainings of a confirmation to workers, and compares their results.

    The seeds are those after the seed of the config, so no result of the search is used again.
    """

    def __init__(
        self,
        folder: SweepFolder,
        config: SweepConfig,
        goal: Goal,
        best: Sequence[Trial],
        confirm: Confirm,
        progress: WorkersProgress,
    ) -> None:
        self.folder, self.goal, self.config = folder, goal, config
        self.candidates = list_candidates(config, best)
        self.seeds = list_following_seeds(config.base.experiment.seed, confirm.seeds + 1)[1:]
        runs = [(one, seed) for seed in self.seeds for one in self.candidates]
        self.left = [pair for pair in runs if not _is_finished(self._find_run(*pair))]
        state = WorkersState(folder.name, "confirmation", len(runs), goal.metric)
        state.ended["finished"] = len(runs) - len(self.left)
        self.monitor = TaskMonitor(progress, state)
        self.labels: dict[Any, str] = {}

    def introduce(self) -> str:
        """Say which configs are trained again, and with which seeds."""
        count = format_count(len(self.candidates) * len(self.seeds), "training")
        names = ", ".join(one.label for one in self.candidates)
        return f"confirmation: {count}, {names}, with the seeds {', '.join(map(str, self.seeds))}"

    def _find_run(self, candidate: Candidate, seed: int) -> RunFolder:
        return self.folder.confirmation_run(candidate.trial, seed)

    def next_task(self) -> Task | None:
        """Return the next training."""
        if not self.left:
            return None
        candidate, seed = self.left.pop(0)
        run = self._find_run(candidate, seed)
        command = ("cnnlab", "train", str(run.path / "config.yaml"))
        head = f"{self.folder.name}: {candidate.label} with another seed."
        text = write_trial_text(candidate.config, head, (f"seed={seed}",))
        task = Task(run.path, text, self.config.config_path, command)
        self.labels[run.path] = f"{candidate.label}, seed {seed}"
        self.monitor.begin(task, self.labels[run.path])
        return task

    def note(self, event: Event | None) -> None:
        """Show an event of a worker."""
        self.monitor.note(event)

    def judge_epoch(self, task: Task, row: Mapping[str, float]) -> str | None:
        """Let every training go on to its last epoch."""
        return None

    def finish(self, task: Task, failure: CnnlabError | None) -> None:
        """Show the result of a training; a failed training leaves its candidate without one."""
        label = self.labels[task.run]
        if failure is not None:
            self.monitor.end(task.run, "failed", f"{label} failed: {failure}")
            return
        value = self._read_value(RunFolder(task.run))
        shown = "no finite value" if value is None else f"{value:.4f}"
        self.monitor.end(task.run, "finished", f"{label}: {self.goal.metric} {shown}")

    def _read_value(self, run: RunFolder) -> float | None:
        rows = run.read_history()
        best = find_best_epoch(rows, self.goal)
        return None if best is None else rows[best - 1][self.goal.metric]

    def compare(self) -> dict[str, Any]:
        """Compare the means over the seeds; return the results for sweep.json.

        The winner is the candidate with the best mean. Each trial is compared with the base config
        by Welch's t test, and the p values are corrected by Holm's method.
        """
        values = {one.trial: self._read_values(one) for one in self.candidates}
        complete = [one for one in self.candidates if len(values[one.trial]) == len(self.seeds)]
        base = values[None]
        trials = [one for one in complete if one.trial is not None]
        result: dict[str, Any] = {
            "metric": self.goal.metric,
            "seeds": [*self.seeds],
            "base": {"values": base, "multiply_adds": self.candidates[0].multiply_adds},
            "trials": [
                {
                    "trial": one.trial,
                    "values": values[one.trial],
                    "multiply_adds": one.multiply_adds,
                }
                for one in self.candidates[1:]
            ],
            "winner": None,
            "p": None,
            "interval": None,
        }
        if len(base) < len(self.seeds) or not trials:
            return {**result, "sentence": "too many trainings failed to compare the best trials"}
        tests = [compare_means(base, values[one.trial]) for one in trials]
        corrected = correct_p_values([test.p for test in tests])
        winner = max(complete, key=lambda one: self._score_mean(one, values[one.trial]))
        result["winner"] = winner.trial
        if winner.trial is not None:
            place = trials.index(winner)
            result |= {"p": corrected[place], "interval": [*tests[place].interval]}
        return {**result, "sentence": write_sentence(result, self.goal)}

    def _read_values(self, candidate: Candidate) -> list[float]:
        runs = [self._find_run(candidate, seed) for seed in self.seeds]
        found = [self._read_value(run) for run in runs if _is_finished(run)]
        return [value for value in found if value is not None]

    def _score_mean(self, candidate: Candidate, values: Sequence[float]) -> float:
        return self.goal.score(compute_spread(values).mean, candidate.multiply_adds)


def list_candidates(config: SweepConfig, best: Sequence[Trial]) -> list[Candidate]:
    """List the base config and the configs of the best trials, without one that equals the base."""
    candidates = [Candidate(None, config.base)]
    for trial in best:
        edited = build_trial_config(config, trial.values)
        if edited.experiment != config.base.experiment:
            candidates.append(Candidate(trial.number, edited))
    return candidates


def _is_finished(run: RunFolder) -> bool:
    return run.is_started() and run.read_record().status == "finished"


def write_sentence(result: Mapping[str, Any], goal: Goal) -> str:
    """Say in words what a confirmation found: whether its winner beats the base config."""
    base, seeds = result["base"], len(result["seeds"])
    base_mean = _format_mean(base, goal)
    measured = f"mean {goal.metric} over {seeds} seeds"
    winner = next((one for one in result["trials"] if one["trial"] == result["winner"]), None)
    if winner is None:
        best = max(result["trials"], key=lambda one: _rank_mean(one, goal))
        found = f"{base_mean}, and trial {best['trial']} has {_format_mean(best, goal)}"
        return f"no trial beats the base config: its {measured} is {found}"
    mean = compute_spread(winner["values"]).mean
    shown = f"{_format_mean(winner, goal)} against {base_mean} of the base config"
    sizes = f"{winner['multiply_adds']:,} multiply-adds against {base['multiply_adds']:,}"
    low, high = result["interval"]
    unit, factor = (" points", 100) if goal.metric.endswith("accuracy") else ("", 1)
    test = (
        f"95% interval of the difference {low * factor:.2f} to {high * factor:.2f}{unit}, "
        f"p = {result['p']:.2g}"
    )
    name = f"trial {winner['trial']}"
    if goal.reaches(mean):
        bound = _format_value(goal.at_least or 0.0, goal)
        return (
            f"{name} is the smallest network whose {measured} reaches {bound}: {shown}, with "
            f"{sizes} ({test})"
        )
    if result["p"] < SIGNIFICANCE_LEVEL:
        return f"{name} beats the base config: its {measured} is {shown} ({test}), with {sizes}"
    return (
        f"{name} has the best {measured}, but cannot be told apart from the base config: {shown} "
        f"({test}), with {sizes}"
    )


def _rank_mean(one: Mapping[str, Any], goal: Goal) -> float:
    return goal.score(compute_spread(one["values"]).mean, one["multiply_adds"])


def _format_mean(one: Mapping[str, Any], goal: Goal) -> str:
    return _format_value(compute_spread(one["values"]).mean, goal)


def _format_value(value: float, goal: Goal) -> str:
    return f"{value:.2%}" if goal.metric.endswith("accuracy") else f"{value:.4f}"
