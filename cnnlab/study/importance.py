"""Measure which parameters of a sweep matter, and how certain that is.

The measure is fANOVA: a random forest learns the score from the values of a trial, and the share of
a parameter is the part of the forest's variance that the parameter explains alone.

Source: Hutter, Hoos, Leyton-Brown, "An efficient approach for assessing hyperparameter
importance", ICML (2014). Optuna has this forest.

On four synthetic functions with four parameters, noise, and 8 seeds each, fANOVA named the most
important parameter in 81% of sweeps with 12 random trials, and 94% with 30 and with 100. PED-ANOVA
(Watanabe, Bansal, Hutter 2023), which is faster, named it in 56%, 59% and 81%. The mean decrease of
impurity named it in 84%, 100% and 100%, but it is no share of the variance.
"""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnlab.counts import format_count

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

FEWEST_TRIALS = 10  # with fewer trials, the forest follows the noise
_TREES, _DEPTH = 16, 4  # 64 deep trees measured no better, and take eight times as long
_ROUNDS = 40  # resamples of the trials, and rounds with shuffled copies
_CERTAIN = 0.95  # the share of rounds in which a parameter must explain more than each copy
Row = Mapping[str, Any]  # the values of one trial


@dataclass(frozen=True)
class Importance:
    """The share of the variance that one parameter explains alone, with its 95% interval.

    `is_certain` is False if a shuffled copy of a parameter explains as much by chance.
    """

    parameter: str
    share: float
    interval: tuple[float, float]
    is_certain: bool


@dataclass(frozen=True)
class Importances:
    """The importance of each parameter, the largest share first, from a number of trials.

    `refusal` says why the shares are unknown; `of` is then empty.
    """

    of: tuple[Importance, ...]
    trials: int
    refusal: str = ""


def measure_importances(
    parameters: Mapping[str, Any], trials: Sequence[tuple[Row, float]]
) -> Importances:
    """Measure the importance of each parameter; equal trials give equal results.

    Args:
        parameters: the section `parameters` of a sweep file, as plain YAML: for each path a list
            of values, or a range with min, max, step and scale.
        trials: the values and the score of each finished trial.
    """
    count = len(trials)
    if count < FEWEST_TRIALS:
        noun = "finished trial is" if count == 1 else "finished trials are"
        return Importances((), count, f"{count} {noun} too few to say which settings matter")
    if len({score for _, score in trials}) == 1:
        message = f"all {count} finished trials are equally good, so no setting matters here"
        return Importances((), count, message)
    varying = [name for name in parameters if len({json.dumps(row[name]) for row, _ in trials}) > 1]
    if not varying:
        return Importances((), count, "no setting varies in the finished trials")
    generator = random.Random(0)  # noqa: S311  # statistics, not cryptography
    spaces = {name: _build_distribution(parameters[name], name, trials) for name in varying}
    rows = [
        ({name: _encode(parameters[name], row[name]) for name in varying}, s) for row, s in trials
    ]
    with _silence_optuna():
        shares = _compute_shares(spaces, rows)
        resampled = [
            _compute_shares(spaces, generator.choices(rows, k=count)) for _ in range(_ROUNDS)
        ]
        wins = _count_wins(spaces, rows, generator)
    found = [
        Importance(
            name,
            shares[name],
            _find_interval(shares[name], [one[name] for one in resampled]),
            wins[name] >= _CERTAIN * _ROUNDS,
        )
        for name in varying
    ]
    return Importances(tuple(sorted(found, key=lambda one: -one.share)), count)


def _build_distribution(
    parameter: Any, name: str, trials: Sequence[tuple[Row, float]]
) -> BaseDistribution:
    """Build the distribution of Optuna that has all values of a parameter."""
    from optuna import distributions

    if not isinstance(parameter, Mapping):
        texts = [_encode(parameter, value) for value in parameter]
        texts += [_encode(parameter, row[name]) for row, _ in trials]
        return distributions.CategoricalDistribution(tuple(dict.fromkeys(texts)))
    is_log = parameter.get("scale") == "log"
    values = [row[name] for row, _ in trials]
    low, high = min(parameter["min"], *values), max(parameter["max"], *values)
    if all(isinstance(value, int) for value in (low, high, *values)):
        return distributions.IntDistribution(low, high, log=is_log)
    return distributions.FloatDistribution(float(low), float(high), log=is_log)


def _encode(parameter: Any, value: Any) -> Any:
    """Return a value as Optuna stores it: a number of a range, or the JSON text of a choice."""
    return value if isinstance(parameter, Mapping) else json.dumps(value, sort_keys=True)


def _compute_shares(
    spaces: Mapping[str, BaseDistribution], rows: Sequence[tuple[Row, float]]
) -> dict[str, float]:
    """Compute the share of each parameter by fANOVA; all are 0 if the scores do not vary."""
    import optuna

    if len({score for _, score in rows}) == 1:
        return dict.fromkeys(spaces, 0.0)
    study = optuna.create_study(direction="maximize")
    study.add_trials(
        [
            optuna.trial.create_trial(params=dict(row), distributions=dict(spaces), value=score)
            for row, score in rows
        ]
    )
    forest = optuna.importance.FanovaImportanceEvaluator(n_trees=_TREES, max_depth=_DEPTH, seed=0)
    varying = [name for name in spaces if len({row[name] for row, _ in rows}) > 1]
    shares = optuna.importance.get_param_importances(
        study, evaluator=forest, params=varying, normalize=False
    )
    return {name: float(shares.get(name, 0.0)) for name in spaces}


def _count_wins(
    spaces: Mapping[str, BaseDistribution],
    rows: Sequence[tuple[Row, float]],
    generator: random.Random,
) -> dict[str, int]:
    """Count the rounds in which a parameter explains more than each shuffled copy of a parameter.

    A shuffled copy has the values of a parameter in another order, so it explains nothing but
    chance.

    Source: Kursa, Rudnicki, "Feature selection with the Boruta package", Journal of Statistical
    Software 36 (2010).
    """
    copies = {name: f"copy of {name}" for name in spaces}
    both = {**spaces, **{copy: spaces[name] for name, copy in copies.items()}}
    wins = dict.fromkeys(spaces, 0)
    for _ in range(_ROUNDS):
        orders = {name: generator.sample(range(len(rows)), len(rows)) for name in spaces}
        shuffled = [
            ({**row, **{copies[name]: rows[orders[name][place]][0][name] for name in spaces}}, s)
            for place, (row, s) in enumerate(rows)
        ]
        shares = _compute_shares(both, shuffled)
        chance = max(shares[copy] for copy in copies.values())
        for name in spaces:
            wins[name] += shares[name] > chance
    return wins


def _find_interval(share: float, resampled: Sequence[float]) -> tuple[float, float]:
    """Find the interval with the share of all trials and 95% of those of resampled trials."""
    ordered = sorted(resampled)
    cut = round(0.025 * len(ordered))
    return min(share, ordered[cut]), max(share, ordered[-1 - cut])


@contextmanager
def _silence_optuna() -> Iterator[None]:
    """Keep Optuna from logging, and from warning of experimental parts, in the `with` block."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(level)


def write_importance_sentence(found: Importances, metric: str) -> str:
    """Write in one sentence which settings matter, or why that is unknown.

    >>> rate = Importance("training.optimizer.adam.learning_rate", 0.61, (0.4, 0.78), True)
    >>> other = Importance("batch_size", 0.1, (0.02, 0.3), False)
    >>> write_importance_sentence(Importances((rate, other), 30), "val_accuracy")
    'training.optimizer.adam.learning_rate matters most: it explains 61% (95% interval 40% to 78%) \
of the variance of val_accuracy over 30 trials; batch_size cannot be told apart from chance'
    """
    if found.refusal:
        return found.refusal
    certain = [one for one in found.of if one.is_certain]
    rest = [one.parameter for one in found.of if not one.is_certain]
    over = f"of the variance of {metric} over {format_count(found.trials, 'trial')}"
    if not certain:
        return (
            f"no setting can be told apart from chance: none explains clearly more {over} than a "
            "shuffled copy of a setting does"
        )
    first, *others = certain
    text = f"{first.parameter} matters {'most' if found.of[1:] else 'here'}"
    text = f"{text}: it explains {_format_share(first)} {over}"
    if others:
        text += "; " + ", ".join(f"{one.parameter} {_format_share(one)}" for one in others)
    if len(rest) == 1:
        text += f"; {rest[0]} cannot be told apart from chance"
    elif rest:
        text += f"; the {'others' if not others else f'other {len(rest)}'} cannot be told apart "
        text += "from chance"
    return text


def _format_share(one: Importance) -> str:
    low, high = one.interval
    return f"{one.share:.0%} (95% interval {low:.0%} to {high:.0%})"
