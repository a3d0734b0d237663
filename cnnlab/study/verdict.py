"""A comparison in words: the answer in one sentence, and what must be known beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnlab.study.candidates import Compared
from cnnlab.study.comparison import Comparison, Group, OverSeeds, Paired

METHODS = (
    "Interval of an accuracy: Wilson's; of a mean over seeds: Student's; of a difference on the "
    "same images: Tango's (1998); of a difference of means over seeds: Welch's; all at 95 %. "
    "After a mean: ± the standard deviation over seeds. A difference is called real where p < 0.05 "
    "by McNemar's exact test, over seeds by Welch's t test, after Holm's correction for the "
    "number of comparisons."
)


def percent(share: float) -> str:
    """A share as a person reads it.

    >>> percent(-0.00034)
    '−0.03 %'
    """
    text = f"{100 * share:.2f} %".replace("-", "−")
    return text if text != "−0.00 %" else "0.00 %"


def between(bounds: tuple[float, float]) -> str:
    """An interval of shares.

    >>> between((-0.0003, 0.0027))
    '−0.03 % to 0.27 %'
    """
    return f"{percent(bounds[0])} to {percent(bounds[1])}"


def probability(p: float) -> str:
    """The p of a test, with no more digits than it is worth.

    >>> probability(0.1147), probability(0.00421), probability(1e-9)
    ('p = 0.11', 'p = 0.0042', 'p < 0.001')
    """
    return f"p = {p:.2g}" if p >= 0.001 else "p < 0.001"


def sentence(comparison: Comparison) -> str:
    """What the comparison answers, in one sentence."""
    if comparison.over_seeds:
        return _of_groups(comparison.over_seeds)
    if len(comparison.groups) == 1:
        return _of_seeds_alone(comparison.groups[0])
    if pairs := _across(comparison):
        return _of_runs(pairs, comparison.pairs)
    return f"{comparison.unpaired[0]}; the table has each alone"


def _across(comparison: Comparison) -> list[Paired]:
    """The pairs whose settings differ."""
    own = {one.label for one in comparison.groups[0].runs}
    return [one for one in comparison.pairs if one.second.label not in own]


def _of_runs(pairs: Sequence[Paired], all_pairs: Sequence[Paired]) -> str:
    """Of runs with other settings than the first: the best of them against it."""
    best = max(pairs, key=lambda one: one.pairs.difference)
    first, second, count = best.first, best.second, best.pairs.only_second - best.pairs.only_first
    how_many = f"{abs(count):,} {'more' if count > 0 else 'fewer'}" if count else "as many"
    said = (
        f"{second.label} is right on {how_many} of {best.pairs.images:,} test images "
        f"{'than' if count else 'as'} {first.label} ({_signed(best.pairs.difference)}, 95 % "
        f"interval {between(best.interval)}): {_real(best)}, by McNemar's exact test"
        f"{_holm(len(all_pairs))} ({probability(best.corrected)}), {_cost(first, second)}"
    )
    if len(all_pairs) == 1:
        return said
    top = max([first, *(one.second for one in all_pairs)], key=lambda one: one.right)
    return f"of {len(all_pairs) + 1} runs, {top.label} is right on the most test images; {said}"


def _of_groups(found: Sequence[OverSeeds]) -> str:
    """Of settings with several seeds each: the best against the first."""
    best = max(found, key=lambda one: one.means.difference)
    first, second, difference = best.first, best.second, best.means.difference
    assert first.accuracy is not None
    assert second.accuracy is not None
    counts = (len(second.runs), len(first.runs))
    seeds = f"{counts[0]} seeds each" if counts[0] == counts[1] else f"{counts[0]} and {counts[1]}"
    more = f"{percent(abs(difference))} {'more' if difference >= 0 else 'fewer'}"
    said = (
        f"{second.label} is right on {more} of {second.runs[0].images:,} test images than "
        f"{first.label}, on average over {seeds}{'' if counts[0] == counts[1] else ' seeds'} "
        f"({percent(second.accuracy.mean)} and {percent(first.accuracy.mean)}; 95 % interval of "
        f"the difference {between(best.means.interval)}): {_real(best)}, by Welch's t test"
        f"{_holm(len(found))} ({probability(best.corrected)}), "
        f"{_cost(first.runs[0], second.runs[0])}"
    )
    if len(found) == 1:
        return said
    top = second if difference > 0 else first
    return f"of {len(found) + 1} settings, {top.label} is right on the most test images; {said}"


def _of_seeds_alone(group: Group) -> str:
    shares = [one.accuracy for one in group.runs]
    found = group.accuracy
    assert found is not None
    return (
        f"the {len(shares)} runs differ in nothing but their seed: right on "
        f"{percent(found.mean)} of {group.runs[0].images:,} test images on average, standard "
        f"deviation {percent(found.standard_deviation)}, from {percent(min(shares))} to "
        f"{percent(max(shares))}"
    )


def _signed(difference: float) -> str:
    return ("+" if difference > 0 else "") + percent(difference)


def _real(found: Paired | OverSeeds) -> str:
    return "a real difference" if found.real else "not shown to be a real difference"


def _holm(comparisons: int) -> str:
    return f" with Holm's correction for {comparisons} comparisons" if comparisons > 1 else ""


def _cost(first: Compared, second: Compared) -> str:
    """What the second network takes, against the first."""
    if first.parameters == second.parameters:
        if first.multiply_adds == second.multiply_adds:
            return "with as many parameters and multiply-adds"
        times = second.multiply_adds / first.multiply_adds
        return f"with as many parameters and {_times(times)} the multiply-adds"
    return f"with {_times(second.parameters / first.parameters)} the parameters"


def _times(ratio: float) -> str:
    digits = 1 if ratio >= 1.95 else 2
    return f"{ratio:.{digits}f} times" if ratio < 99.5 else f"{ratio:,.0f} times"


def notes(comparison: Comparison) -> list[str]:
    """What the sentence leaves out and a careful reader must know."""
    runs, groups = comparison.runs, comparison.groups
    across = _across(comparison)
    told = len(groups) > 1 and not across  # the sentence says it already
    said = list(comparison.unpaired[1:] if told else comparison.unpaired)
    single = ", ".join(group.label for group in groups if len(group.runs) == 1)
    if across and single:
        said.append(
            f"only one seed of {single}: another seed alone may change as much; `cnnlab train "
            "CONFIG --seeds 3` trains several, and `compare` takes them all"
        )
    said += [
        f"{one.label} is {one.record.status}: {one.record.epochs} of "
        f"{one.spec.experiment.training.epochs} epochs"
        for one in runs
        if one.record.status != "finished"
    ]
    if len({one.record.device for one in runs}) > 1:
        said.append("the runs were trained on different devices: their seconds say little")
    if any(re.search(r"\][+-]\d+$", one.path) for one in comparison.settings):
        first = groups[0].label
        said.append(f"`[3]+1` is the place after place 3 of {first}, `[0]-1` the one before all")
    return said
