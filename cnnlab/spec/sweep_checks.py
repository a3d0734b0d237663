"""Check the settings of a sweep against each other and against its config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cnnlab.counts import format_count
from cnnlab.spec.combinations import count_combinations, count_values
from cnnlab.spec.experiment import Experiment, Problem
from cnnlab.spec.figures import list_figures
from cnnlab.spec.metrics import find_direction
from cnnlab.spec.parameter_spaces import PARAMETERS
from cnnlab.spec.schema_fields import Field
from cnnlab.spec.sweep import MOST_COMBINATIONS, Choice, Space, Sweep
from cnnlab.spec.wording import suggest_word

_SEES_VALIDATION = (
    "a search sees the validation images only; `cnnlab evaluate` measures the test images later"
)
_MOST_DIGITS = 10**12  # a longer number of combinations says no more


def list_validation_figures(experiment: Experiment) -> list[str]:
    """List the figures of the validation images in the history of an experiment."""
    return [f"val_{name}" for name in list_figures(experiment)]


def add_method_hint(problem: Problem) -> Problem:
    """Add a hint to the fault of an unknown method whose name other programs have."""
    if problem.location != ("method",) or problem.hint or "bayes" not in problem.message.lower():
        return problem
    hint = "`tpe` and `gp` learn from the trials before, as a Bayesian search does"
    return replace(problem, hint=hint)


def find_config_problems(experiment: Experiment) -> Iterator[Problem]:
    """Find settings of a config that no sweep can use."""
    if experiment.ensemble is not None:
        message = f"the config trains an ensemble of {len(experiment.ensemble)} networks"
        hint = "remove `ensemble` from the config, or add `--set ensemble=null`"
        expected = "a config of one network, because each trial trains one"
        yield Problem(("config",), message, expected, hint, at_key=False)
    if not experiment.data.validation:
        message = "the config has no validation images, by which trials can be compared"
        hint = "write `validation: 0.1` in `data` of the config, or add `--set data.validation=0.1`"
        yield Problem(("config",), message, "`data.validation` over 0", hint, at_key=False)


def find_metric_problems(
    sweep: Sweep, experiment: Experiment, wrong: set[str]
) -> Iterator[Problem]:
    """Find a metric that the trials do not have, and a limit that the metric cannot reach."""
    figures = list_validation_figures(experiment)
    if "metric" in wrong:
        return
    if sweep.metric not in figures:
        hint = suggest_word(sweep.metric, figures)
        if sweep.metric.startswith("test_") or f"val_{sweep.metric}" in figures:
            hint = f"{_SEES_VALIDATION}\n{hint}".strip()
        message = f"the trials have no figure `{sweep.metric}`"
        expected = f"one of {', '.join(figures)}"
        yield Problem(("metric",), message, expected, hint, at_key=False)
    elif sweep.at_least is not None and "at_least" not in wrong:
        yield from _check_limit(sweep.metric, sweep.at_least)


def _check_limit(metric: str, limit: float) -> Iterator[Problem]:
    is_share = find_direction(metric) == "max"
    if limit > 0 and (limit <= 1 or not is_share):
        return
    message = f"`{metric}` cannot be {limit:g}"
    hint = f"{limit:g}% is {limit / 100:g}" if is_share and 1 < limit <= 100 else ""
    expected = "a number over 0 to 1" if is_share else "a number over 0"
    yield Problem(("at_least",), message, expected, hint, at_key=False)


def find_termination_problems(
    sweep: Sweep, experiment: Experiment, spaces: Mapping[str, Space]
) -> Iterator[Problem]:
    """Find an early termination that can end no trial early."""
    if sweep.early_terminate is None or {"training", "ensemble"} & spaces.keys():
        return
    epochs = _find_most_epochs(experiment, spaces)
    kind, least = sweep.early_terminate.kind, sweep.early_terminate.min_epochs
    if epochs == 1:
        message = "the trials have one epoch, so that none can end earlier"
        hint = "leave `early_terminate` out, or set `training.epochs` in the config"
        yield Problem(("early_terminate",), message, "a config with more epochs", hint)
    elif least >= epochs:
        message = f"`min_epochs` is {least}, and the trials have {format_count(epochs, 'epoch')}"
        location = ("early_terminate", kind, "min_epochs")
        yield Problem(location, message, f"a number below {epochs}", at_key=False)


def _find_most_epochs(experiment: Experiment, spaces: Mapping[str, Space]) -> int:
    space = spaces.get("training.epochs")
    if isinstance(space, Choice):
        return max((v for v in space.values if isinstance(v, int)), default=1)
    return experiment.training.epochs if space is None else int(space.max)


def find_number_problems(
    sweep: Sweep, spaces: Mapping[str, Space], combinations: int | None, wrong: set[str]
) -> Iterator[Problem]:
    """Find a number of trials that does not fit the number of combinations.

    `combinations` counts those that meet the conditions; None if cnnlab does not count them.
    """
    total = count_combinations(spaces)
    if sweep.method == "grid" and "method" not in wrong:
        yield from _check_grid(spaces, total)
        if total is None or total > MOST_COMBINATIONS:
            return
    elif sweep.trials is None and not {"trials", "method"} & wrong:
        expected = Field.find(("trials",), Sweep).describe_expected()
        hint = f"a sweep with `method: {sweep.method}` trains this number of networks"
        yield Problem(("trials",), "`trials` is missing", expected, hint)
    count = combinations if combinations is not None else total
    if sweep.trials is not None and count is not None and sweep.trials > count > 0:
        are = "is only one combination" if count == 1 else f"are only {count:,} combinations"
        message = f"{sweep.trials:,} trials are too many, because there {are}"
        yield Problem(("trials",), message, f"at most {count:,}", at_key=False)


def _check_grid(spaces: Mapping[str, Space], total: int | None) -> Iterator[Problem]:
    for path, space in spaces.items():
        if count_values(space) is None:
            message = "a grid needs single values, and this range has any number of them"
            hint = "write `method: tpe` or `method: random` to draw any number of the range"
            yield Problem((PARAMETERS, path), message, "a range with `step`, or a list", hint)
    if total is not None and total > MOST_COMBINATIONS:
        count = f"{total:,}" if total <= _MOST_DIGITS else f"over {_MOST_DIGITS:,}"
        message = f"the grid has {count} combinations"
        hint = "write `method: tpe` or `method: random`, and the number of `trials`"
        yield Problem((PARAMETERS,), message, f"at most {MOST_COMBINATIONS:,}", hint)
