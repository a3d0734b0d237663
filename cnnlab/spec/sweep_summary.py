"""Summarize a sweep before its first trial: parameters, numbers of combinations, cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnlab.counts import format_count
from cnnlab.spec.combination_checks import choose_combinations
from cnnlab.spec.combinations import count_combinations, validate_combination
from cnnlab.spec.flow_text import format_flow
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.metrics import find_direction
from cnnlab.spec.sweep import MOST_COMBINATIONS, Choice, Hyperband, Space, Sweep

if TYPE_CHECKING:
    from cnnlab.spec.sweep_reader import SweepConfig

_WIDTH = 60  # of a list of values in the table of parameters
_COLUMNS = 80  # a wider table has the values below the paths


@dataclass(frozen=True)
class SweepSummary:
    """The numbers of a sweep before its first trial.

    `combinations` counts those that meet the conditions; None if there are too many to count.
    `total` counts all combinations; None if a range has any number of values. `share` is the share
    of the combinations that meets the conditions, measured on `drawn` of them. `trials` counts the
    networks of the search. `epochs` and `multiply_adds` have the smallest and the largest number of
    the `checked` combinations.
    """

    combinations: int | None
    total: int | None
    share: float
    drawn: int
    checked: int
    trials: int
    epochs: tuple[int, int]
    multiply_adds: tuple[int, int]


def summarize_sweep(sweep_config: SweepConfig) -> SweepSummary:
    """Count the combinations of a sweep, and measure the cost of those that are checked."""
    spaces, sweep = sweep_config.spaces, sweep_config.sweep
    checked, total = sweep_config.checked, count_combinations(spaces)
    counted = checked
    if not checked.is_complete and total is not None and total <= MOST_COMBINATIONS:
        counted = choose_combinations(
            spaces, sweep_config.conditions, sweep.seed, MOST_COMBINATIONS
        )
    count = len(counted.combinations) if counted.is_complete else None
    costs, epochs = [], []
    for combination in checked.combinations:
        experiment = validate_combination(sweep_config, combination).experiment
        costs.append(build_table(experiment, sweep_config.base.info).multiply_adds)
        epochs.append(experiment.training.epochs)
    return SweepSummary(
        combinations=count,
        total=total,
        share=counted.share,
        drawn=counted.drawn,
        checked=len(checked.combinations),
        trials=sweep.trials or count or 0,
        epochs=(min(epochs), max(epochs)),
        multiply_adds=(min(costs), max(costs)),
    )


def format_space(space: Space) -> str:
    """Describe the values of a parameter in a few words.

    >>> from cnnlab.spec.sweep import IntegerRange
    >>> format_space(IntegerRange(min=1, max=7, step=2))
    '1 to 7, in steps of 2'
    >>> format_space(Choice(values=(8, 16, {"dropout": 0.2})))
    '8, 16, {dropout: 0.2}'
    """
    if isinstance(space, Choice):
        texts = list(map(format_flow, space.values))
        shown = list(texts)
        while len(", ".join(shown)) > _WIDTH and len(shown) > 1:
            shown.pop()
        more = len(texts) - len(shown)
        return ", ".join(shown) + (f", … ({more} more)" if more else "")
    ends = f"{space.min:g} to {space.max:g}"
    if space.scale == "log":
        return f"{ends}, on a logarithmic scale"
    step = f", in steps of {space.step:g}" if space.step not in (None, 1) else ""
    return ends + step


def format_sweep(sweep_config: SweepConfig, summary: SweepSummary) -> str:
    """Format a sweep as text: its parameters with their values, and its numbers."""
    sweep, spaces = sweep_config.sweep, sweep_config.spaces
    head = f"{sweep.name}: varies {format_count(len(spaces), 'setting')} of {sweep.config}"
    width = max(map(len, ["parameter", *spaces]))
    texts = {path: format_space(space) for path, space in spaces.items()}
    rows = [f"{path:<{width}}  {text}" for path, text in texts.items()]
    if max(map(len, rows)) > _COLUMNS:
        width = len("parameter")
        rows = [line for path, text in texts.items() for line in (path, f"{'':<{width}}  {text}")]
    line = "─" * max(map(len, rows))
    numbers = list(_list_numbers(sweep, summary))
    name_width = max(len(name) for name, _ in numbers)
    table = [f"{'parameter':<{width}}  values", line, *rows]
    return "\n".join(
        [head, "", *table, "", *(f"{name:<{name_width}}  {text}" for name, text in numbers), ""]
    )


def _list_numbers(sweep: Sweep, summary: SweepSummary) -> Iterator[tuple[str, str]]:
    """List the numbers of a sweep with their names."""
    best = {"max": "the highest value is the best", "min": "the lowest value is the best"}
    low, high = summary.multiply_adds
    yield "combinations", _format_combinations(summary)
    for condition in sweep.where:
        yield "where", condition
    yield "trials", f"{summary.trials:,} by `{sweep.method}`, seed {sweep.seed}"
    yield "metric", f"{sweep.metric}, where {best[find_direction(sweep.metric)]}"
    if sweep.at_least is not None:
        yield (
            "at least",
            f"{sweep.at_least:g}; the best trial reaches it with the fewest multiply-adds",
        )
    yield "epochs", f"{_format_ends(*summary.epochs)} for each trial that is not ended earlier"
    yield "early termination", _format_termination(sweep)
    if sweep.confirm is not None:
        best_trials = format_count(sweep.confirm.best, "trial")
        yield (
            "confirmation",
            f"the best {best_trials} and the config, each with {sweep.confirm.seeds} seeds",
        )
    checked = f"in {format_count(summary.checked, 'checked combination')}"
    yield "multiply-adds", f"{_format_ends(low, high)} for one image, {checked}"


def _format_ends(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _format_combinations(summary: SweepSummary) -> str:
    if summary.combinations is not None:
        total = summary.total or 0
        of_total = f" of {total:,}" if total != summary.combinations else ""
        return f"{summary.combinations:,}{of_total}"
    count = "any number" if summary.total is None else f"{summary.total:,}"
    if summary.share == 1:
        return count
    return f"{count}; about {summary.share:.0%} meet the conditions, of {summary.drawn:,} at random"


def _format_termination(sweep: Sweep) -> str:
    kind = sweep.early_terminate
    if kind is None:
        return "none"
    first = f"{kind.kind}, after {format_count(kind.min_epochs, 'epoch')} at the earliest"
    if isinstance(kind, Hyperband):
        return f"{first}; 1 of {kind.reduction_factor} trials goes on from each rung"
    return f"{first} and {format_count(kind.min_trials, 'whole trial')}"


def summary_to_dict(sweep_config: SweepConfig, summary: SweepSummary) -> dict[str, Any]:
    """Convert a sweep and its numbers to the dictionary that `cnnlab check --json` prints."""
    sweep = sweep_config.sweep
    plain = sweep.model_dump(mode="json")
    plain["parameters"] = {
        path: space.model_dump(mode="json") for path, space in sweep_config.spaces.items()
    }
    return {
        "valid": True,
        "sweep": plain,
        "config": str(sweep_config.config_path),
        "direction": find_direction(sweep.metric),
        "combinations": summary.combinations,
        "all_combinations": summary.total,
        "share_that_meets_conditions": summary.share,
        "checked_combinations": summary.checked,
        "trials": summary.trials,
        "epochs": list(summary.epochs),
        "multiply_adds": list(summary.multiply_adds),
    }
