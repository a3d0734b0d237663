"""Describe a comparison of runs in words: one sentence for the result, and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnlab.counts import format_count
from cnnlab.study.compared_runs import ComparedRun
from cnnlab.study.comparison import Comparison, Group, PairedResult, SeedResult

METHODS = (
    "All intervals are 95% intervals: Wilson's for an accuracy, Student's for a mean over seeds, "
    "Tango's (1998) for a difference on the same images, and Welch's for a difference of means "
    "over seeds. The number after ± is the standard deviation over seeds. A difference counts as "
    "real if its p value is below 0.05. The p value comes from McNemar's exact test, or over seeds "
    "from Welch's t test. Holm's method corrects the p values for the number of comparisons."
)


def format_percent(share: float) -> str:
    """Format a share as percent.

    >>> format_percent(-0.00034)
    '−0.03%'
    """
    text = f"{100 * share:.2f}%".replace("-", "−")
    return text if text != "−0.00%" else "0.00%"


def format_interval(bounds: tuple[float, float]) -> str:
    """Format an interval of shares as percent.

    >>> format_interval((-0.0003, 0.0027))
    '−0.03% to 0.27%'
    """
    return f"{format_percent(bounds[0])} to {format_percent(bounds[1])}"


def format_p_value(p: float) -> str:
    """Format a p value with two significant digits.

    >>> format_p_value(0.1147), format_p_value(0.00421), format_p_value(1e-9)
    ('p = 0.11', 'p = 0.0042', 'p < 0.001')
    """
    return f"p = {p:.2g}" if p >= 0.001 else "p < 0.001"


def write_sentence(comparison: Comparison) -> str:
    """Write one sentence that says which run is better, and whether the difference is real."""
    if comparison.over_seeds:
        return _describe_groups(comparison.over_seeds)
    if len(comparison.groups) == 1:
        return _describe_one_group(comparison.groups[0])
    if pairs := _find_cross_group_pairs(comparison):
        return _describe_runs(pairs, comparison.pairs)
    return f"{comparison.unpaired_reasons[0]}; the table has the results of each run"


def _find_cross_group_pairs(comparison: Comparison) -> list[PairedResult]:
    """Select the pairs of runs that differ in more than their names and seeds."""
    own = {one.label for one in comparison.groups[0].runs}
    return [one for one in comparison.pairs if one.second.label not in own]


def _describe_runs(pairs: Sequence[PairedResult], all_pairs: Sequence[PairedResult]) -> str:
    """Describe the difference between the first run and the best of all other runs."""
    best = max(pairs, key=lambda one: one.pairs.difference)
    first, second, count = best.first, best.second, best.pairs.only_second - best.pairs.only_first
    how_many = f"{abs(count):,} {'more' if count > 0 else 'fewer'}" if count else "as many"
    text = (
        f"{second.label} is right on {how_many} of {format_count(best.pairs.images, 'test image')} "
        f"{'than' if count else 'as'} {first.label} ({_format_signed(best.pairs.difference)}, 95% "
        f"interval {format_interval(best.interval)}): {_describe_significance(best)}, by "
        "McNemar's exact test"
        f"{_describe_correction(len(all_pairs))} ({format_p_value(best.corrected_p)}), "
        f"{_describe_cost(first, second)}"
    )
    if len(all_pairs) == 1:
        return text
    top = max([first, *(one.second for one in all_pairs)], key=lambda one: one.correct_count)
    return f"of {len(all_pairs) + 1} runs, {top.label} is right on the most test images; {text}"


def _describe_groups(results: Sequence[SeedResult]) -> str:
    """Describe the difference between the first group of runs and the best of all other groups."""
    best = max(results, key=lambda one: one.means.difference)
    first, second, difference = best.first, best.second, best.means.difference
    assert first.accuracy is not None
    assert second.accuracy is not None
    counts = (len(second.samples), len(first.samples))
    seeds = f"{counts[0]} seeds each" if counts[0] == counts[1] else f"{counts[0]} and {counts[1]}"
    more = f"{format_percent(abs(difference))} {'more' if difference >= 0 else 'fewer'}"
    text = (
        f"{second.label} is right on {more} of "
        f"{format_count(second.runs[0].image_count, 'test image')} than "
        f"{first.label}, on average over {seeds}{'' if counts[0] == counts[1] else ' seeds'} "
        f"({format_percent(second.accuracy.mean)} and {format_percent(first.accuracy.mean)}; 95% "
        "interval of "
        f"the difference {format_interval(best.means.interval)}): {_describe_significance(best)}, "
        "by Welch's t test"
        f"{_describe_correction(len(results))} ({format_p_value(best.corrected_p)}), "
        f"{_describe_cost(first.runs[0], second.runs[0])}"
    )
    if len(results) == 1:
        return text
    top = second if difference > 0 else first
    return f"of {len(results) + 1} settings, {top.label} is right on the most test images; {text}"


def _describe_one_group(group: Group) -> str:
    shares, accuracy = group.accuracies, group.accuracy
    images = format_count(group.runs[0].image_count, "test image")
    if accuracy is None:
        return (
            f"the {format_count(len(group.runs), 'run')} have the same settings and the same seed; "
            f"{group.runs[0].label} is right on {format_percent(shares[0])} of {images}"
        )
    return (
        f"the runs differ only in their seed; over {format_count(accuracy.runs, 'seed')}, they are "
        f"right on {format_percent(accuracy.mean)} of {images} on average, standard deviation "
        f"{format_percent(accuracy.standard_deviation)}, from {format_percent(min(shares))} to "
        f"{format_percent(max(shares))}"
    )


def _format_signed(difference: float) -> str:
    return ("+" if difference > 0 else "") + format_percent(difference)


def _describe_significance(result: PairedResult | SeedResult) -> str:
    return "a real difference" if result.is_real else "not shown to be a real difference"


def _describe_correction(comparisons: int) -> str:
    return f" with Holm's correction for {comparisons} comparisons" if comparisons > 1 else ""


def _describe_cost(first: ComparedRun, second: ComparedRun) -> str:
    """Describe the size of the second network as a multiple of the size of the first network."""
    if first.parameters == second.parameters:
        if first.multiply_adds == second.multiply_adds:
            return "with equal numbers of parameters and multiply-adds"
        times = second.multiply_adds / first.multiply_adds
        return f"with equally many parameters and {_format_ratio(times)} the multiply-adds"
    return f"with {_format_ratio(second.parameters / first.parameters)} the parameters"


def _format_ratio(ratio: float) -> str:
    digits = 1 if ratio >= 1.95 else 2
    return f"{ratio:.{digits}f} times" if ratio < 99.5 else f"{ratio:,.0f} times"


def write_notes(comparison: Comparison) -> list[str]:
    """Write a note for each reason to doubt the comparison, such as runs on different devices."""
    runs, groups = comparison.runs, comparison.groups
    across = _find_cross_group_pairs(comparison)
    is_in_sentence = len(groups) > 1 and not across
    text = list(comparison.unpaired_reasons[1:] if is_in_sentence else comparison.unpaired_reasons)
    counted = [one.label for group in groups for one in group.samples]
    if repeated := [one.label for one in runs if one.label not in counted]:
        text.append(
            f"{', '.join(repeated)}: the same settings and seed as an earlier run, so that no mean "
            "over seeds counts it again"
        )
    # `train --seeds` trains no ensembles.
    alone = [group for group in groups if len(group.samples) == len(group.samples[0].seeds) == 1]
    single = ", ".join(group.label for group in alone)
    if across and single:
        text.append(
            f"{single}: only one seed is trained, and another seed alone may change the accuracy "
            "as much; `cnnlab train CONFIG --seeds 3` trains three runs for `cnnlab compare`"
        )
    text += [
        f"{one.label} is {one.record.status} after {one.record.epochs} of "
        f"{format_count(one.spec.experiment.training.epochs, 'epoch')}"
        for one in runs
        if one.record.status != "finished"
    ]
    if len({one.record.device for one in runs}) > 1:
        text.append("the runs were trained on different devices: their times are not comparable")
    if any(re.search(r"\][+-]\d+$", one.path) for one in comparison.settings):
        first = groups[0].label
        text.append(
            f"`[3]+1` is the item after item [3] of {first}; `[0]-1` is the item before item [0]"
        )
    return text
