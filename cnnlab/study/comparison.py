"""Several runs side by side: what differs in their settings, and in what they got right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from cnnlab.run_folder import Predictions, Run
from cnnlab.study.candidates import Compared, figures, read
from cnnlab.study.settings import Setting, differing, without_seeds
from cnnlab.study.significance import LEVEL, Means, Pairs, holm, interval, mcnemar, welch
from cnnlab.study.spread import Spread, spread


@dataclass(frozen=True)
class Group:
    """Runs that differ in nothing but their names and seeds; often only one."""

    label: str
    runs: tuple[Compared, ...]

    @property
    def accuracy(self) -> Spread | None:
        """The spread of the accuracies; None of a single one."""
        return spread([one.accuracy for one in self.runs]) if len(self.runs) > 1 else None


@dataclass(frozen=True)
class Paired:
    """Two runs on the same images: the difference is the second's accuracy less the first's."""

    first: Compared
    second: Compared
    pairs: Pairs
    interval: tuple[float, float]
    p: float
    corrected: float  # p by Holm's correction for all comparisons with the first run

    @property
    def real(self) -> bool:
        return self.corrected < LEVEL


@dataclass(frozen=True)
class OverSeeds:
    """Two groups of runs: the difference is the second's mean accuracy less the first's."""

    first: Group
    second: Group
    means: Means
    corrected: float

    @property
    def real(self) -> bool:
        return self.corrected < LEVEL


@dataclass(frozen=True)
class Comparison:
    """Runs in the order in which they were named; all others are held against the first.

    `over_seeds` is empty unless each of two groups or more has two runs or more; `settings` has
    one value for each group. `unpaired` says why runs are not in `pairs`.
    """

    runs: tuple[Compared, ...]
    groups: tuple[Group, ...]
    settings: tuple[Setting, ...]
    pairs: tuple[Paired, ...]
    over_seeds: tuple[OverSeeds, ...]
    unpaired: tuple[str, ...]


def compare(runs: Sequence[Run]) -> Comparison:
    """Two runs or more, each evaluated on its test images.

    Raises:
        RunError: a run is damaged, or has no `candidates.answers` that belong to it.
    """
    names = [run.name for run in runs]
    labels = names if len({*names}) == len(names) else [str(run.path) for run in runs]
    compared = [read(run, label) for run, label in zip(runs, labels, strict=True)]
    groups = _groups(compared)
    first, *others = compared
    reasons = {other.label: _why_unpaired(first, other) for other in others}
    same = [other for other in others if not reasons[other.label]]
    return Comparison(
        runs=tuple(compared),
        groups=tuple(groups),
        settings=tuple(_settings(groups)),
        pairs=tuple(_paired(first, same)),
        over_seeds=tuple([] if any(reasons.values()) else _over_seeds(groups)),
        unpaired=tuple(reason for reason in reasons.values() if reason),
    )


def _groups(compared: Sequence[Compared]) -> list[Group]:
    """The runs by what they share but for name and seed, in the order in which they come."""
    found: list[list[Compared]] = []
    for one in compared:
        for group in found:
            if _key(group[0]) == _key(one):
                group.append(one)
                break
        else:
            found.append([one])
    names = [group[0].spec.experiment.name for group in found]
    return [Group(_group_label(group, names), tuple(group)) for group in found]


def _key(one: Compared) -> Any:
    return without_seeds(one.spec.experiment), one.spec.inputs.fingerprint


def _group_label(runs: Sequence[Compared], names: Sequence[str]) -> str:
    if len(runs) == 1:
        return runs[0].label
    name = runs[0].spec.experiment.name
    return name if names.count(name) == 1 else f"{runs[0].label} and {len(runs) - 1} more"


def _settings(groups: Sequence[Group]) -> list[Setting]:
    specs = [group.runs[0].spec for group in groups]
    found = differing([spec.experiment for spec in specs])
    prints = tuple(spec.inputs.fingerprint[:8] for spec in specs)
    if len({*prints}) > 1:
        found.append(Setting("fingerprint of the training images", prints))
    return found


def _why_unpaired(first: Compared, other: Compared) -> str:
    """Why the two did not answer the same images; empty if they did."""
    pair = f"{other.label} and {first.label} cannot be held against each other image by image"
    mine, theirs = first.predictions, other.predictions
    if first.spec.inputs.fingerprint != other.spec.inputs.fingerprint:
        return f"{pair}: they were trained on different data sets"
    if len(mine.index) != len(theirs.index):
        return f"{pair}: one answered {len(theirs.index):,} test images, one {len(mine.index):,}"
    if (mine.index, mine.true) != (theirs.index, theirs.true):
        return f"{pair}: their test images have different labels"
    return ""


def _paired(first: Compared, others: Sequence[Compared]) -> list[Paired]:
    found = []
    for other in others:
        pairs = _count(first.predictions, other.predictions)
        found.append(Paired(first, other, pairs, interval(pairs), mcnemar(pairs), 1.0))
    corrected = holm([one.p for one in found])
    return [replace(one, corrected=p) for one, p in zip(found, corrected, strict=True)]


def _count(first: Predictions, second: Predictions) -> Pairs:
    counts = {(mine, theirs): 0 for mine in (True, False) for theirs in (True, False)}
    for true, mine, theirs in zip(first.true, first.predicted, second.predicted, strict=True):
        counts[mine == true, theirs == true] += 1
    return Pairs(*counts.values())


def _over_seeds(groups: Sequence[Group]) -> list[OverSeeds]:
    first, *others = groups
    if not others or min(len(group.runs) for group in groups) < 2:
        return []
    shares = {group.label: [one.accuracy for one in group.runs] for group in groups}
    means = [welch(shares[first.label], shares[other.label]) for other in others]
    corrected = holm([one.p for one in means])
    return [OverSeeds(first, *found) for found in zip(others, means, corrected, strict=True)]


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """A comparison as plain data for JSON, without the histories and the answers."""
    columns = [group.label for group in comparison.groups]
    return {
        "settings": [
            {"path": one.path, "values": dict(zip(columns, one.values, strict=True))}
            for one in comparison.settings
        ],
        "runs": [figures(one) for one in comparison.runs],
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
                "p_corrected": one.corrected,
                "real": one.real,
            }
            for one in comparison.pairs
        ],
        "over_seeds": [
            {
                "first": one.first.label,
                "second": one.second.label,
                **asdict(one.means),
                "p_corrected": one.corrected,
                "real": one.real,
            }
            for one in comparison.over_seeds
        ],
    }
