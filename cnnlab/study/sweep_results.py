"""Read the results of a sweep: its trials, the best ones, and which settings matter."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cnnlab.errors import CnnlabError, RunError
from cnnlab.run_folder import SweepFolder, SweepRecord
from cnnlab.spec.config_reader import parse_config
from cnnlab.spec.experiment import FROM_DATASET, DatasetInfo, Experiment
from cnnlab.spec.sweep import Sweep
from cnnlab.study.importance import Importances, measure_importances
from cnnlab.study.setting_differences import SettingDifference, find_differences
from cnnlab.study.statistics import Spread, compute_spread
from cnnlab.study.trial_table import Goal, Trial, find_pareto_front, rank_trials, read_trials

_IMAGES = 10**6  # enough for every share; the trials have shown that the data has enough


@dataclass(frozen=True)
class SeedResult:
    """The values of a trial, or of the base config, over several seeds; `trial` None: the base."""

    trial: int | None
    values: tuple[float, ...]

    @property
    def name(self) -> str:
        return "base config" if self.trial is None else f"trial {self.trial}"

    @property
    def spread(self) -> Spread:
        return compute_spread(self.values)


@dataclass(frozen=True)
class SweepResults:
    """A sweep with all its trials, finished or running. The best trials are computed on demand."""

    folder: SweepFolder
    record: SweepRecord
    goal: Goal
    trials: list[Trial]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def parameters(self) -> dict[str, Any]:
        """The section `parameters` of the sweep file, as plain YAML, by paths as in the trials."""
        return {write_indexes(path): one for path, one in self.record.sweep["parameters"].items()}

    @cached_property
    def short_names(self) -> dict[str, str]:
        """The shortest different names of the parameters, by their paths."""
        return shorten_paths(list(self.parameters))

    @cached_property
    def ranked_trials(self) -> list[Trial]:
        """The finished trials, the best first."""
        return rank_trials(self.trials, self.goal)

    @property
    def best(self) -> Trial | None:
        return self.ranked_trials[0] if self.ranked_trials else None

    @cached_property
    def front(self) -> list[Trial]:
        """The trials that no smaller network equals or beats, the smallest first."""
        return find_pareto_front(self.trials, self.goal)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of trials with each status."""
        return dict(Counter(trial.status for trial in self.trials))

    @property
    def planned_trials(self) -> int:
        """The number of trials that the sweep trains in all."""
        planned = self.record.sweep.get("trials")
        return max(planned if isinstance(planned, int) else 0, len(self.trials))

    @cached_property
    def importances(self) -> Importances:
        """Which settings explain the metric of the finished trials."""
        values = [
            (trial.values, trial.value)
            for trial in self.ranked_trials
            if trial.value is not None and math.isfinite(trial.value)
        ]
        return measure_importances(self.parameters, values)

    @cached_property
    def confirmation(self) -> list[SeedResult]:
        """The base config and the confirmed trials over seeds; [] without a confirmation.

        Raises:
            RunError: sweep.json is damaged.
        """
        found = self.record.confirmation
        if found is None:
            return []
        try:
            base = SeedResult(None, tuple(map(float, found["base"]["values"])))
            others = [
                SeedResult(int(one["trial"]), tuple(map(float, one["values"])))
                for one in found["trials"]
            ]
        except (KeyError, TypeError, ValueError):
            path = self.folder.path / "sweep.json"
            raise RunError(f"{path}: damaged: the confirmation is not complete") from None
        return [one for one in (base, *others) if len(one.values) > 1]

    def find_best_differences(self) -> list[SettingDifference]:
        """Find the settings in which the best trial differs from the base config.

        Returns [] if there is no finished trial, or if the config of the sweep is damaged.
        """
        if self.best is None:
            return []
        try:
            spec = self.best.run.read_spec()
            inputs = spec.inputs
            shape, names = inputs.image_shape, inputs.class_names
            own = _IMAGES if spec.experiment.data.validation == FROM_DATASET else 0
            info = DatasetInfo(shape, names, _IMAGES, _IMAGES, own)
            path = Path(self.record.config_path)
            base = parse_config(path, self.record.config.encode(), lambda data: info).experiment
        except CnnlabError:
            return []
        return find_differences([_ignore_place(base, spec.experiment), spec.experiment])


def read_sweep_results(folder: SweepFolder) -> SweepResults:
    """Read a sweep with its trials, also while it runs.

    Raises:
        RunError: sweep.json or trials.json is damaged.
    """
    record = folder.read_record()
    try:
        sweep = Sweep.model_validate_json(_to_json(record.sweep))
    except ValidationError:
        message = "damaged: `sweep` is not the content of a sweep file"
        raise RunError(f"{folder.path / 'sweep.json'}: {message}") from None
    goal = Goal(sweep.metric, sweep.at_least)
    return SweepResults(folder, record, goal, read_trials(folder, goal))


def _to_json(plain: Mapping[str, Any]) -> str:
    import json

    return json.dumps(plain)


def _ignore_place(base: Experiment, trial: Experiment) -> Experiment:
    """Give the base config the path of the data of a trial, which may be written in another way."""
    data = base.data.model_copy(update={"dataset": trial.data.dataset})
    return base.model_copy(update={"data": data})


def write_indexes(path: str) -> str:
    """Write the indexes of a path in brackets, as the values of trials have them.

    >>> write_indexes("model.0.conv.filters"), write_indexes("model[0].conv.filters")
    ('model[0].conv.filters', 'model[0].conv.filters')
    """
    return re.sub(r"\.(\d+)(?=\.|\[|$)", r"[\1]", path)


def shorten_paths(paths: Sequence[str]) -> dict[str, str]:
    """Return the shortest end of each path that no other path has.

    >>> shorten_paths(["training.optimizer.adam.learning_rate", "data.batch_size"])
    {'training.optimizer.adam.learning_rate': 'learning_rate', 'data.batch_size': 'batch_size'}
    >>> list(shorten_paths(["model[0].conv.filters", "model[2].conv.filters"]).values())
    ['model[0].conv.filters', 'model[2].conv.filters']
    """
    short = {}
    for path in paths:
        steps = path.split(".")
        ends = [".".join(steps[at:]) for at in reversed(range(len(steps)))]
        short[path] = next(
            end
            for end in ends
            if end == path or not any(p != path and f".{p}".endswith(f".{end}") for p in paths)
        )
    return short
