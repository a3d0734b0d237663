"""Compare runs: their settings, their test results, and mean accuracies over several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from cnnlab.run_folder import Predictions, RunFolder
from cnnlab.study.compared_runs import ComparedRun, list_figures, read_compared_run
from cnnlab.study.setting_differences import SettingDifference, find_differences, remove_seeds
from cnnlab.study.statistics import (
    SIGNIFICANCE_LEVEL,
    MeanDifference,
    PairCounts,
    Spread,
    compare_means,
    compute_spread,
    correct_p_values,
    mcnemar_p_value,
    tango_interval,
)


@dataclass(frozen=True)
class Group:
    """A group of one or more runs that have the same settings except their names and seeds."""

    label: str
    runs: tuple[ComparedRun, ...]

    @property
    def samples(self) -> tuple[ComparedRun, ...]:
        """The runs without those that repeat the seed of an earlier run, and so its result."""
        first_by_seed: dict[tuple[int, ...], ComparedRun] = {}
        for one in self.runs:
            first_by_seed.setdefault(one.seeds, one)
        return tuple(first_by_seed.values())

    @property
    def accuracies(self) -> list[float]:
        """The test accuracy of each sample."""
        return [one.accuracy for one in self.samples]

    @property
    def accuracy(self) -> Spread | None:
        """Mean, standard deviation and interval of the accuracies; None for a single sample."""
        return compute_spread(self.accuracies) if len(self.samples) > 1 else None


@dataclass(frozen=True)
class PairedResult:
    """The result of a significance test: do two runs differ in accuracy on the same images?

    `interval` is the 95% interval of the accuracy of `second` minus the accuracy of `first`.
    """

    first: ComparedRun
    second: ComparedRun
    pairs: PairCounts
    interval: tuple[float, float]
    p: float
    corrected_p: float  # p after Holm's correction for all comparisons with the first run

    @property
    def is_real(self) -> bool:
        return self.corrected_p < SIGNIFICANCE_LEVEL


@dataclass(frozen=True)
class SeedResult:
    """The result of a significance test: do two groups of runs differ in mean accuracy?

    Each seed of a group counts once. The difference is the mean accuracy of `second` minus the mean
    accuracy of `first`.
    """

    first: Group
    second: Group
    means: MeanDifference
    corrected_p: float

    @property
    def is_real(self) -> bool:
        return self.corrected_p < SIGNIFICANCE_LEVEL


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison, in which each run is compared with the first run.

    `runs` has the order in which the user named the runs. `pairs` compares runs on the same images;
    `unpaired_reasons` says for each run that is missing in `pairs` why it is missing. `over_seeds`
    compares mean accuracies, if there are several groups with two or more seeds in every group.
    Each setting in `settings` has one value for each group.
    """

    runs: tuple[ComparedRun, ...]
    groups: tuple[Group, ...]
    settings: tuple[SettingDifference, ...]
    pairs: tuple[PairedResult, ...]
    over_seeds: tuple[SeedResult, ...]
    unpaired_reasons: tuple[str, ...]


def compare(runs: Sequence[RunFolder]) -> Comparison:
    """Compare two or more runs. All runs must have been evaluated on their test images.

    Raises:
        RunError: a run is damaged, or has no evaluation of its present weights.
    """
    names = [run.name for run in runs]
    labels = names if len({*names}) == len(names) else [str(run.path) for run in runs]
    compared = [read_compared_run(run, label) for run, label in zip(runs, labels, strict=True)]
    groups = _group_runs(compared)
    first, *others = compared
    reasons = {other.label: _find_pairing_obstacle(first, other) for other in others}
    same = [other for other in others if not reasons[other.label]]
    return Comparison(
        runs=tuple(compared),
        groups=tuple(groups),
        settings=tuple(_find_setting_differences(groups)),
        pairs=tuple(_pair_runs(first, same)),
        over_seeds=tuple([] if any(reasons.values()) else _compare_over_seeds(groups)),
        unpaired_reasons=tuple(reason for reason in reasons.values() if reason),
    )


def _group_runs(compared: Sequence[ComparedRun]) -> list[Group]:
    """Put runs that differ only in their names and seeds into one group, in the given order."""
    groups: list[list[ComparedRun]] = []
    for one in compared:
        for group in groups:
            if _group_key(group[0]) == _group_key(one):
                group.append(one)
                break
        else:
            groups.append([one])
    names = [group[0].spec.experiment.name for group in groups]
    return [Group(_name_group(group, names), tuple(group)) for group in groups]


def _group_key(one: ComparedRun) -> Any:
    return remove_seeds(one.spec.experiment), one.spec.inputs.fingerprint


def _name_group(runs: Sequence[ComparedRun], names: Sequence[str]) -> str:
    if len(runs) == 1:
        return runs[0].label
    name = runs[0].spec.experiment.name
    return name if names.count(name) == 1 else f"{runs[0].label} and {len(runs) - 1} more"


def _find_setting_differences(groups: Sequence[Group]) -> list[SettingDifference]:
    specs = [group.runs[0].spec for group in groups]
    differences = find_differences([spec.experiment for spec in specs])
    prints = tuple(spec.inputs.fingerprint[:8] for spec in specs)
    if len({*prints}) > 1:
        differences.append(SettingDifference("fingerprint of the training images", prints))
    return differences


def _find_pairing_obstacle(first: ComparedRun, other: ComparedRun) -> str:
    """Explain why two runs cannot be compared image by image; return "" if they can be."""
    pair = f"{other.label} and {first.label} cannot be compared image by image"
    mine, theirs = first.predictions, other.predictions
    if not first.spec.inputs.has_test_images_of(other.spec.inputs):
        return f"{pair}: they were trained on different data sets"
    if len(mine.index) != len(theirs.index):
        return f"{pair}: they have {len(theirs.index):,} and {len(mine.index):,} test images"
    if (mine.index, mine.true) != (theirs.index, theirs.true):
        return f"{pair}: their test images have different labels"
    return ""


def _pair_runs(first: ComparedRun, others: Sequence[ComparedRun]) -> list[PairedResult]:
    found = []
    for other in others:
        pairs = _count_pairs(first.predictions, other.predictions)
        found.append(
            PairedResult(first, other, pairs, tango_interval(pairs), mcnemar_p_value(pairs), 1.0)
        )
    corrected = correct_p_values([one.p for one in found])
    return [replace(one, corrected_p=p) for one, p in zip(found, corrected, strict=True)]


def _count_pairs(first: Predictions, second: Predictions) -> PairCounts:
    counts = {(mine, theirs): 0 for mine in (True, False) for theirs in (True, False)}
    for true, mine, theirs in zip(first.true, first.predicted, second.predicted, strict=True):
        counts[mine == true, theirs == true] += 1
    return PairCounts(*counts.values())


def _compare_over_seeds(groups: Sequence[Group]) -> list[SeedResult]:
    first, *others = groups
    if not others or min(len(group.samples) for group in groups) < 2:
        return []
    means = [compare_means(first.accuracies, other.accuracies) for other in others]
    corrected = correct_p_values([one.p for one in means])
    return [SeedResult(first, *figures) for figures in zip(others, means, corrected, strict=True)]


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """Convert a comparison to a dictionary for JSON, without histories and predictions."""
    columns = [group.label for group in comparison.groups]
    return {
        "settings": [
            {"path": one.path, "values": dict(zip(columns, one.values, strict=True))}
            for one in comparison.settings
        ],
        "runs": [list_figures(one) for one in comparison.runs],
        "groups": [
            {
                "group": group.label,
                "runs": [one.label for one in group.runs],
                "accuracy": asdict(group.accuracy) if group.accuracy else None,
            }
            for group in comparison.groups
        ],
        "pairs": [
            {
                "first": one.first.label,
                "second": one.second.label,
                "images": one.pairs.images,
                **asdict(one.pairs),
                "difference": one.pairs.difference,
                "interval": one.interval,
                "p": one.p,
                "p_corrected": one.corrected_p,
                "real": one.is_real,
            }
            for one in comparison.pairs
        ],
        "over_seeds": [
            {
                "first": one.first.label,
                "second": one.second.label,
                **asdict(one.means),
                "p_corrected": one.corrected_p,
                "real": one.is_real,
            }
            for one in comparison.over_seeds
        ],
    }
