"""Validate combinations of a sweep before the first trial, and describe those that are invalid."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cnnlab.errors import ConfigError, Fault
from cnnlab.spec.combinations import (
    count_combinations,
    count_values,
    format_combination,
    get_value,
    iterate_combinations,
    sample_value,
    validate_combination,
)
from cnnlab.spec.conditions import Condition
from cnnlab.spec.config_reader import Config
from cnnlab.spec.edits import split_path
from cnnlab.spec.experiment import Experiment, Problem
from cnnlab.spec.figures import PENALTIES, list_loss_terms
from cnnlab.spec.layer_groups import count_layers
from cnnlab.spec.node_copies import count_nodes
from cnnlab.spec.parameter_spaces import PARAMETERS, ParameterSource, to_key
from cnnlab.spec.sweep import MOST_COMBINATIONS, Choice, Combination, Space
from cnnlab.spec.sweep_checks import list_validation_figures
from cnnlab.spec.yaml_nodes import Mapping as MappingNode

if TYPE_CHECKING:
    from cnnlab.spec.sweep_reader import SweepConfig

SAMPLES = 200
_FEWEST = 10  # combinations, even of the largest config
# The validation of all combinations is so much work as that of so many YAML values, each about
# 2 microseconds; a layer is as much work as 20 values.
_MOST_WORK, _WORK_OF_LAYER = 250_000, 20
MOST_KINDS_OF_FAULTS = 5
_MOST_DRAWN = 20 * SAMPLES  # combinations, until enough of them meet the conditions


@dataclass(frozen=True)
class CheckedCombinations:
    """The combinations that cnnlab validates before the first trial.

    All of them meet the conditions. `drawn` counts the combinations that cnnlab compared with the
    conditions. `is_complete` is true if `combinations` has all combinations of the sweep.
    """

    combinations: tuple[Combination, ...]
    drawn: int
    is_complete: bool

    @property
    def share(self) -> float:
        """The share of all combinations that meets the conditions; an estimate unless complete."""
        return len(self.combinations) / max(self.drawn, 1)


def choose_combinations(
    spaces: Mapping[str, Space], conditions: Sequence[Condition], seed: int, most: int = SAMPLES
) -> CheckedCombinations:
    """Choose all combinations if there are at most `most`; otherwise draw 200, or `most` if fewer.

    The drawn combinations depend only on `seed`. 200 of them contain each value of each list.
    """
    samples = min(SAMPLES, most)
    total = count_combinations(spaces)
    is_complete = total is not None and total <= most
    rng = random.Random(seed)  # noqa: S311  # a sample of combinations guards no secret
    candidates = iterate_combinations(spaces) if is_complete else _draw(spaces, rng)
    chosen, drawn = [], 0
    for drawn, combination in enumerate(candidates, start=1):
        if all(condition.holds(combination) for condition in conditions):
            chosen.append(combination)
        if not is_complete and (len(chosen) == samples or drawn == _MOST_DRAWN):
            break
    return CheckedCombinations(tuple(chosen), drawn, is_complete)


def _draw(spaces: Mapping[str, Space], rng: random.Random) -> Iterator[Combination]:
    """Draw combinations in rows of 200; each row has each value of each list."""
    while True:
        columns = [_draw_column(space, rng) for space in spaces.values()]
        for values in zip(*columns, strict=True):
            yield dict(zip(spaces, values, strict=True))


def _draw_column(space: Space, rng: random.Random) -> list[Any]:
    """Draw 200 values of a parameter that contain all values of a list, or both ends of a range."""
    count = count_values(space) or 0
    if isinstance(space, Choice):
        column = list(space.values)
    elif 0 < count <= SAMPLES:
        column = [get_value(space, index) for index in range(count)]
    else:
        column = (
            [space.min, space.max] if not count else [get_value(space, i) for i in (0, count - 1)]
        )
    column += [sample_value(space, rng) for _ in range(SAMPLES - len(column))]
    rng.shuffle(column)
    return column


@dataclass
class _KindOfFault:
    """A fault that several combinations share, with the first of them and their number."""

    fault: Fault
    combinations: list[Combination] = field(default_factory=list)


def find_combination_faults(
    sweep_config: SweepConfig, root: MappingNode, *, with_metric: bool = True
) -> list[Fault]:
    """Validate the chosen combinations; return one fault for each kind of fault they have.

    `root` has the nodes of the sweep file. The search ends after five kinds of faults.
    `with_metric` is false if the config itself lacks the metric.
    """
    own = _list_source_names(sweep_config.sources)
    kinds: dict[object, _KindOfFault] = {}
    checked: list[Combination] = []
    configs: list[tuple[Combination, Config]] = []
    for combination in sweep_config.checked.combinations:
        checked.append(combination)
        try:
            configs.append((combination, validate_combination(sweep_config, combination)))
        except ConfigError as error:
            for fault in error.faults:
                key = _get_kind(fault, own)
                kinds.setdefault(key, _KindOfFault(fault)).combinations.append(combination)
        if len(kinds) >= MOST_KINDS_OF_FAULTS:
            break
    faults = [_describe(kind, checked, sweep_config, root) for kind in kinds.values()]
    return faults + list(_find_figure_faults(configs, sweep_config, root) if with_metric else ())


def _get_kind(fault: Fault, own: set[str]) -> object:
    """Return a key that faults share if they differ only in their numbers.

    Two faults in the sweep file, which is one of the sources `own`, also have different positions.
    """
    place = (fault.line, fault.column) if fault.source in own else ()
    return fault.source, place, fault.path, re.sub(r"[\d,.]+", "#", fault.message)


def _describe(
    kind: _KindOfFault, checked: list[Combination], sweep_config: SweepConfig, root: MappingNode
) -> Fault:
    """Describe a kind of fault at the parameter that causes it, with an example."""
    fault, sources = kind.fault, sweep_config.sources
    path = _find_parameter(fault.path, sweep_config.spaces)
    if fault.source in _list_source_names(sources):
        if path is not None and _is_certain(path, kind.combinations, checked):
            return fault
        new, place = fault, ""
    else:
        at = root.entries[PARAMETERS][0] if path is None else sources[path].place
        new = at.fault(PARAMETERS if path is None else f"{PARAMETERS}.{path}", "")
        place = f" ({fault.source}:{fault.line})" if fault.line else ""
    wrong, count = kind.combinations[0], len(kind.combinations)
    is_all = len(checked) == len(sweep_config.checked.combinations)
    is_all = is_all and sweep_config.checked.is_complete
    of_them = f"{count} of {len(checked)} {'' if is_all else 'checked '}combinations"
    hints = [
        fault.hint,
        f"an invalid combination: {format_combination(wrong)}",
        "exclude such combinations by a condition in `where`, or change the values",
    ]
    return replace(
        new,
        message=f"{of_them} {'is' if count == 1 else 'are'} invalid: {fault.path}{place}: "
        f"{fault.message}",
        expected=fault.expected,
        hint="\n".join(filter(None, hints)),
    )


def _list_source_names(sources: Mapping[str, ParameterSource]) -> set[str]:
    """List the files and the edits that have the parameters of a sweep."""
    places = [source.place for source in sources.values()]
    places += [node.place for source in sources.values() for node in source.nodes.values()]
    return {place.source.name for place in places}


def _find_parameter(path: str, spaces: Mapping[str, Space]) -> str | None:
    """Return the only parameter at or above a path, below the path, or of the sweep, or None."""
    steps = split_path(path) or ()
    paths = {name: split_path(name) or () for name in spaces}
    above = [name for name, own in paths.items() if steps[: len(own)] == own]
    below = [name for name, own in paths.items() if own[: len(steps)] == steps]
    found = above or below or list(spaces)
    return found[0] if len(found) == 1 else None


def _is_certain(path: str, wrong: list[Combination], checked: list[Combination]) -> bool:
    """Return whether a value of one parameter is wrong in whatever combination it is."""
    values = {to_key(combination[path]) for combination in wrong}
    return len(wrong) == sum(to_key(combination[path]) in values for combination in checked)


def _find_figure_faults(
    configs: list[tuple[Combination, Config]], sweep_config: SweepConfig, root: MappingNode
) -> Iterator[Fault]:
    """Find a metric that some trials do not have, or that means something else in each trial."""
    metric = sweep_config.sweep.metric
    place = root.entries["metric"][1].place if "metric" in root.entries else root.place
    for combination, config in configs:
        if metric not in list_validation_figures(config.experiment):
            yield place.fault(
                "metric",
                f"some trials have no figure `{metric}`",
                "a figure of all trials",
                f"a trial without it: {format_combination(combination)}",
            )
            return
    terms = {_list_terms(config.experiment) for _, config in configs}
    if metric == "val_loss" and (len(terms) > 1 or any(PENALTIES in one for one in terms)):
        yield place.fault(
            "metric",
            "`val_loss` is not the same figure in all trials, because the loss varies",
            "val_accuracy, or val_cross_entropy with `cross_entropy` in `training.metrics`",
        )


def _list_terms(experiment: Experiment) -> tuple[object, ...]:
    data, training = experiment.data, experiment.training
    return (training.loss, *list_loss_terms(data, training, experiment.model))


def refuse_conditions(checked: CheckedCombinations) -> Problem | None:
    """Return the problem of conditions that no combination meets; None if one meets them."""
    if checked.combinations:
        return None
    count = f"none of the {checked.drawn:,} combinations"
    if not checked.is_complete:
        count = f"none of {checked.drawn:,} combinations at random"
    message = f"{count} meets all conditions"
    return Problem(("where",), message, "conditions that some combinations meet")


def choose_limit(method: str, root: MappingNode, experiment: Experiment) -> int:
    """Return up to how many combinations of a config cnnlab validates all of them.

    The number is smaller for a very large config, so that the check stays short.
    """
    work = count_nodes(root) + _WORK_OF_LAYER * sum(map(count_layers, experiment.model))
    most = MOST_COMBINATIONS if method == "grid" else SAMPLES
    return max(_FEWEST, min(most, _MOST_WORK // work))
