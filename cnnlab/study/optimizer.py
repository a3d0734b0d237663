"""Choose the values of each trial, and the trials that end early, with Optuna."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from cnnlab.errors import RunError
from cnnlab.run_folder.atomic_write import report_disk_errors
from cnnlab.spec.combinations import (
    count_combinations,
    get_value,
    iterate_combinations,
    sample_combination,
)
from cnnlab.spec.sweep import Choice, Combination, NumberRange, Space, Sweep
from cnnlab.study.optuna_study import (
    build_distribution,
    build_pruner,
    build_sampler,
    create_study,
    list_categories,
    open_journal,
)

# Attributes of a trial in Optuna's study. A trial without a number met a condition of `where` or
# repeated another trial; a torn trial is one that a killed process had not recorded completely.
_NUMBER, _REASON, _IS_ADDED, _IS_TORN = "trial", "reason", "added", "torn"
_MOST_SUGGESTIONS = 20  # of Optuna that no trial can use, until cnnlab draws the values itself
_MOST_LISTED = 20_000  # combinations of a finite space that cnnlab goes through
_MOST_SAMPLES = 10_000  # of a larger space
_STATES = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}


@dataclass(frozen=True)
class Suggestion:
    """The values of one trial; `number` counts from 1. `status` and `reason` say how it ended."""

    number: int
    values: dict[str, Any]
    status: str = "running"
    reason: str = ""


class Optimizer:
    """Suggests the values of trials. One process uses it; a file holds all that it knows.

    `journal` is that file, which ends in a complete line. `accepts` says whether a combination of
    values meets the conditions of the sweep. `measure_cost` says how long one takes in training:
    a grid begins with the costliest, since a long training that begins last would leave the other
    workers waiting. The same seed and the same results give the same suggestions, also if the
    process is killed in between.
    """

    def __init__(
        self,
        journal: Path,
        sweep: Sweep,
        spaces: Mapping[str, Space],
        epochs: int,
        accepts: Callable[[Combination], bool] = lambda combination: True,
        measure_cost: Callable[[Combination], float] = lambda combination: 0,
    ) -> None:
        self.journal, self.sweep, self.spaces, self.accepts = journal, sweep, spaces, accepts
        self.grid = self._list_grid(measure_cost) if sweep.method == "grid" else None
        self.distributions = {path: build_distribution(one) for path, one in spaces.items()}
        sampler, pruner = build_sampler(sweep), build_pruner(sweep, epochs)
        with self._recording():
            try:
                self.storage = open_journal(journal)
                self.study = create_study(sweep.name, sampler, pruner, self.storage)
            except (ValueError, KeyError, TypeError) as error:
                raise RunError(f"{journal}: damaged: Optuna cannot read it ({error})") from None
            self._end_torn_trials()
            if sweep.method != "grid":
                scratch = create_study(sweep.name, sampler, pruner, None)
                self._repeat_suggestions(scratch)

    def list_suggestions(self) -> list[Suggestion]:
        """List all trials so far, in the order of their numbers."""
        return [
            Suggestion(
                trial.user_attrs[_NUMBER],
                self._to_values(trial.params),
                _STATES[trial.state],
                trial.user_attrs.get(_REASON, ""),
            )
            for trial in self._list_trials()
        ]

    def suggest(self) -> Suggestion | None:
        """Suggest the values of a new trial, or return None if there are no new values."""
        used = [self._to_values(trial.params) for trial in self._list_trials()]
        number = len(used) + 1
        with self._recording():
            for _ in range(_MOST_SUGGESTIONS if self.grid is None else 0):
                trial = self.study.ask(self.distributions)
                values = self._to_values(trial.params)
                if values not in used and self.accepts(values):
                    trial.set_user_attr(_NUMBER, number)
                    return Suggestion(number, values)
                self.study.tell(trial, state=TrialState.FAIL)
            unused = self._choose_unused(used)
            if unused is None:
                return None
            self._add_trial(number, unused)
            return Suggestion(number, unused)

    def report(self, number: int, epoch: int, score: float) -> bool:
        """Record the score after an epoch; return whether the trial shall end early.

        A score that is already recorded stays as it is.
        """
        trial = self._find_trial(number)
        with self._recording():
            if epoch not in trial.intermediate_values:
                self.storage.set_trial_intermediate_value(trial._trial_id, epoch, score)
            return self.study.pruner.prune(self.study, self._find_trial(number))

    def finish(self, number: int, status: str, score: float | None, reason: str = "") -> None:
        """Record how a trial ended: finished, pruned or failed, with the reason in words."""
        trial = self._find_trial(number)
        state = next(state for state, name in _STATES.items() if name == status)
        with self._recording():
            if reason:
                self.storage.set_trial_user_attr(trial._trial_id, _REASON, reason)
            values = score if state == TrialState.COMPLETE else None
            self.study.tell(trial.number, values, state)

    @contextmanager
    def _recording(self) -> Iterator[None]:
        """Report errors of the disk, and keep Optuna's log lines out of the terminal."""
        before = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            with report_disk_errors(self.journal):
                yield
        finally:
            optuna.logging.set_verbosity(before)

    def _list_trials(self) -> list[FrozenTrial]:
        """List the trials that have numbers, in the order of their numbers."""
        trials = self.study.get_trials(deepcopy=False)
        numbered = [trial for trial in trials if _NUMBER in trial.user_attrs]
        return sorted(numbered, key=lambda trial: trial.user_attrs[_NUMBER])

    def _find_trial(self, number: int) -> FrozenTrial:
        return self._list_trials()[number - 1]

    def _list_grid(self, measure_cost: Callable[[Combination], float]) -> list[dict[str, Any]]:
        """List the combinations that a grid trains, the costliest first, and else in order."""
        every = (dict(one) for one in iterate_combinations(self.spaces) if self.accepts(one))
        trials = islice(every, self.sweep.trials)
        return sorted(trials, key=measure_cost, reverse=True)

    def _choose_unused(self, used: list[dict[str, Any]]) -> dict[str, Any] | None:
        """Choose a combination that no trial has: the next one of a grid, or else by chance."""
        if self.grid is not None:
            return next((one for one in self.grid if one not in used), None)
        count, chance = count_combinations(self.spaces), random.Random(len(used))  # noqa: S311
        if count is None or count > _MOST_LISTED:
            every: Iterable[Combination] = (
                sample_combination(self.spaces, chance) for _ in range(_MOST_SAMPLES)
            )
        else:
            every = iterate_combinations(self.spaces)
        unused = (dict(one) for one in every if one not in used and self.accepts(one))
        if count is None or count > _MOST_LISTED:
            return next(unused, None)
        listed = [*unused]
        return chance.choice(listed) if listed else None

    def _add_trial(self, number: int, values: Combination) -> None:
        trial = create_trial(
            state=TrialState.RUNNING,
            params=self._to_parameters(values),
            distributions=self.distributions,
            user_attrs={_NUMBER: number, _IS_ADDED: True},
        )
        self.study.add_trial(trial)

    def _end_torn_trials(self) -> None:
        """End the trials that a killed process had not recorded completely."""
        for trial in self.study.get_trials(deepcopy=False):
            if trial.state == TrialState.RUNNING and _NUMBER not in trial.user_attrs:
                self.storage.set_trial_user_attr(trial._trial_id, _IS_TORN, True)
                self.study.tell(trial.number, state=TrialState.FAIL)

    def _repeat_suggestions(self, scratch: optuna.Study) -> None:
        """Bring the random numbers of the sampler to where they were when the last process ended.

        The sampler makes all its suggestions again, in a study in memory that gets the same
        results in the same order. A torn trial does not count: its values are suggested again.
        """
        for is_end, trial in _list_steps(self.study.get_trials(deepcopy=False)):
            if is_end and _IS_TORN not in trial.user_attrs:
                value = trial.value if trial.state == TrialState.COMPLETE else None
                scratch.tell(trial.number, value, trial.state)
            elif is_end:
                continue
            elif _IS_TORN in trial.user_attrs:
                scratch.add_trial(create_trial(state=TrialState.FAIL))
            elif _IS_ADDED in trial.user_attrs:
                scratch.add_trial(
                    create_trial(
                        state=TrialState.RUNNING,
                        params=trial.params,
                        distributions=trial.distributions,
                    )
                )
            else:
                again = scratch.ask(self.distributions)
                for epoch, score in sorted(trial.intermediate_values.items()):
                    again.report(score, epoch)

    def _to_values(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Convert Optuna's parameters to values of the config."""
        values = {}
        for path, space in self.spaces.items():
            value = parameters[path]
            if isinstance(space, Choice):
                value = space.values[list_categories(space).index(value)]
            elif isinstance(space, NumberRange) and space.step is not None:
                value = get_value(space, round((value - space.min) / space.step))
            values[path] = value
        return values

    def _to_parameters(self, values: Combination) -> dict[str, Any]:
        """Convert values of the config to Optuna's parameters."""
        return {
            path: list_categories(space)[space.values.index(values[path])]
            if isinstance(space, Choice)
            else values[path]
            for path, space in self.spaces.items()
        }


def _list_steps(trials: list[FrozenTrial]) -> list[tuple[bool, FrozenTrial]]:
    """List when trials began (False) and ended (True), in the order of the times."""
    steps = [(trial.datetime_start, False, trial.number, trial) for trial in trials]
    steps += [(t.datetime_complete, True, t.number, t) for t in trials if t.datetime_complete]
    return [(is_end, trial) for _, is_end, _, trial in sorted(steps, key=lambda one: one[:3])]
