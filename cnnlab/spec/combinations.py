"""Count, list and sample the combinations of a sweep's parameters, and build their configs."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cnnlab.spec.config_reader import Config, validate_config
from cnnlab.spec.edited_text import edit_text
from cnnlab.spec.edits import replace_node, split_path
from cnnlab.spec.flow_text import format_flow, format_json
from cnnlab.spec.node_copies import copy_mapping
from cnnlab.spec.sweep import Choice, Combination, IntegerRange, NumberRange, Space

if TYPE_CHECKING:
    from cnnlab.spec.sweep_reader import SweepConfig


def count_values(space: Space) -> int | None:
    """Count the values of a parameter; return None if any number between two limits is possible.

    >>> count_values(NumberRange(min=0.1, max=0.5, step=0.1))
    5
    """
    match space:
        case Choice(values=values):
            return len(values)
        case IntegerRange():
            return (space.max - space.min) // space.step + 1
        case NumberRange(step=None):
            return None
    low, high, step = (Decimal(repr(float(n or 0))) for n in (space.min, space.max, space.step))
    return int((high - low) // step) + 1


def get_value(space: Space, index: int) -> Any:
    """Return the value of a parameter with the index `index`, counted from 0.

    Numbers have no error of rounding:

    >>> get_value(NumberRange(min=0.1, max=0.5, step=0.1), 2)
    0.3
    """
    match space:
        case Choice(values=values):
            return values[index]
        case IntegerRange():
            return space.min + index * space.step
        case NumberRange(step=None):
            raise ValueError("a range without `step` has no list of values")
    return float(Decimal(repr(space.min)) + index * Decimal(repr(space.step)))


def sample_value(space: Space, rng: random.Random) -> Any:
    """Draw a value of a parameter; with `scale: log`, its logarithm is uniform."""
    if not isinstance(space, Choice) and space.scale == "log":
        number = math.exp(rng.uniform(math.log(space.min), math.log(space.max)))
        number = min(max(number, space.min), space.max)
        return round(number) if isinstance(space, IntegerRange) else number
    count = count_values(space)
    if count is None:
        assert isinstance(space, NumberRange)
        return rng.uniform(space.min, space.max)
    return get_value(space, rng.randrange(count))


def count_combinations(spaces: Mapping[str, Space]) -> int | None:
    """Count all combinations, without the conditions of `where`; return None if infinite."""
    total = 1
    for space in spaces.values():
        count = count_values(space)
        if count is None:
            return None
        total *= count
    return total


def iterate_combinations(spaces: Mapping[str, Space]) -> Iterator[Combination]:
    """Yield all combinations in the order of a grid: the last parameter changes fastest."""
    total = count_combinations(spaces)
    if total is None:
        raise ValueError("a range without `step` has no list of values")
    for number in range(total):
        values, rest = {}, number
        for path, space in reversed([*spaces.items()]):
            rest, index = divmod(rest, count_values(space) or 1)
            values[path] = get_value(space, index)
        yield {path: values[path] for path in spaces}


def sample_combination(spaces: Mapping[str, Space], rng: random.Random) -> Combination:
    """Draw a combination, without regard to the conditions of `where`."""
    return {path: sample_value(space, rng) for path, space in spaces.items()}


def meets_conditions(sweep_config: SweepConfig, combination: Combination) -> bool:
    """Return whether a combination meets all conditions of `where`.

    A condition about a setting that the combination does not have does not exclude it.
    """
    return all(condition.holds(combination) for condition in sweep_config.conditions)


def format_edits(combination: Combination) -> tuple[str, ...]:
    """Format a combination as edits for `--set`, with values in JSON.

    >>> format_edits({"model[1].max_pool": 2, "training.optimizer": "sgd"})
    ('model[1].max_pool=2', 'training.optimizer="sgd"')
    """
    return tuple(f"{path}={format_json(value)}" for path, value in combination.items())


def format_combination(combination: Combination) -> str:
    """Format a combination in one line for a user.

    >>> format_combination({"model[1].max_pool": 2, "training.optimizer": "sgd"})
    'model[1].max_pool=2, training.optimizer=sgd'
    """
    return ", ".join(f"{path}={format_flow(value)}" for path, value in combination.items())


def build_trial_config(sweep_config: SweepConfig, combination: Combination) -> Config:
    """Build the config of a trial: the base config with the values of a combination in place.

    The text of the result is the text of the config with the values in place.

    Raises:
        ConfigError: the combination makes the config invalid.
    """
    text = edit_text(sweep_config.base.text, format_edits(combination))
    return validate_combination(sweep_config, combination, text)


def validate_combination(
    sweep_config: SweepConfig, combination: Combination, text: str = ""
) -> Config:
    """Validate the base config with the values of a combination; the result has the text `text`.

    Raises:
        ConfigError: the combination makes the config invalid.
    """
    root = copy_mapping(sweep_config.root)
    for path, value in combination.items():
        source = sweep_config.sources[path]
        replace_node(root, split_path(path) or (), source.build_node(value), source.place)
    base = sweep_config.base
    return validate_config(sweep_config.config_path, text, root, [], lambda data: base.info, ())
