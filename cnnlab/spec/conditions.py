"""Read the conditions of a sweep, such as `model[0].conv.filters <= model[2].conv.filters`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.spec.edit_suggestions import explain_misspelt_path, explain_wrong_path
from cnnlab.spec.edits import split_path
from cnnlab.spec.experiment import Experiment
from cnnlab.spec.fault_places import format_steps
from cnnlab.spec.setting_lookup import MISSING, Steps, look_up
from cnnlab.spec.sweep import Choice, Combination, Space
from cnnlab.spec.yaml_nodes import Mapping as MappingNode

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_OPERATOR = re.compile("<=|>=|==|!=|<|>")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_SEVERAL = re.compile(r"\b(and|or)\b|&|\|")
_EXPECTED = "a comparison of two settings, or of a setting and a value"
_EXAMPLE = "for example `model[0].conv.filters <= model[2].conv.filters`"
_TOP_KEYS = {*Experiment.model_fields, "blocks"}


class WrongCondition(Exception):
    """Raised for a condition with a fault; has the message, what is expected, and a hint."""

    def __init__(self, message: str, expected: str = _EXPECTED, hint: str = "") -> None:
        super().__init__(message)
        self.words = (message, expected, hint)


@dataclass(frozen=True)
class Setting:
    """A setting in a condition: its path, the parameter that contains it, and its fixed value.

    `parameter` is the path of the parameter that is this setting or contains it, or None. `below`
    is the rest of the path below this parameter. Without a parameter, the setting has the value
    `fixed` in all trials.
    """

    path: str
    parameter: str | None = None
    below: Steps = ()
    fixed: Any = None

    def find_value(self, combination: Combination) -> Any:
        """Return the value of the setting in a combination; MISSING if it has no such setting."""
        if self.parameter is None:
            return self.fixed
        value = combination[self.parameter]
        if not self.below:
            return value
        return _look_up_below(self.parameter, value, self.below)


@dataclass(frozen=True)
class Condition:
    """A comparison of two sides; each side is a setting, a number or a text."""

    text: str
    left: Setting | float | str | bool
    right: Setting | float | str | bool
    sign: str

    def holds(self, combination: Combination) -> bool:
        """Return whether a combination meets the condition, or lacks a setting of the condition."""
        sides = [
            side.find_value(combination) if isinstance(side, Setting) else side
            for side in (self.left, self.right)
        ]
        kinds = [find_type(side) for side in sides]
        if "" in kinds:
            return True
        if self.sign not in ("==", "!=") and kinds != ["number", "number"]:
            return True
        if kinds[0] != kinds[1]:
            return self.sign == "!="
        return _COMPARE[self.sign](*sides)


def find_type(value: Any) -> str:
    """Return `number`, `text` or `truth value`; "" for a value that no condition compares."""
    if isinstance(value, bool):
        return "truth value"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else ""


def _look_up_below(parameter: str, value: Any, below: Steps) -> Any:
    """Look up a setting inside the value of a parameter, which can be a whole layer."""
    steps = split_path(parameter) or ()
    plain = value
    for step in reversed(steps):
        plain = _Row(int(step), plain) if step.isdecimal() else {step: plain}
    return look_up(plain, (*steps, *below))


class _Row(list[Any]):
    """A list that has only the entry with the index `index`."""

    def __init__(self, index: int, entry: Any) -> None:
        super().__init__([None] * index + [entry])


def parse_condition(
    text: str, root: MappingNode, plain: Any, spaces: Mapping[str, Space]
) -> Condition:
    """Parse a condition about a config with the YAML nodes `root`, which are the data `plain`.

    Raises:
        WrongCondition: the condition is malformed, has an unknown path, or compares a text with a
            number.
    """
    parts, sign = split_condition(text)
    left, right = (_read_side(part, text, root, plain, spaces) for part in parts)
    if not isinstance(left, Setting) and not isinstance(right, Setting):
        raise WrongCondition(f"`{text}` names no setting", hint=_EXAMPLE)
    condition = Condition(text, left, right, sign)
    _check_types(condition, spaces)
    return condition


def split_condition(text: str) -> tuple[list[str], str]:
    """Split a condition into its two sides and its sign.

    >>> split_condition("model[1].max_pool <= 2")
    (['model[1].max_pool', '2'], '<=')

    Raises:
        WrongCondition: the condition is not a comparison of two sides.
    """
    parts = [part.strip() for part in _OPERATOR.split(text)]
    if len(parts) != 2 or not all(parts) or _SEVERAL.search(_QUOTED.sub("", text)):
        raise WrongCondition(*_explain_form(text, len(parts)))
    return parts, _OPERATOR.findall(text)[0]


def _explain_form(text: str, parts: int) -> tuple[str, str, str]:
    message = f"`{text}` is not a condition"
    if _SEVERAL.search(text) or parts > 2:
        hint = "write several conditions as entries of the list; a trial meets all of them"
        return message, "one comparison", hint
    hint = "write `==` for equal values" if "=" in text else _EXAMPLE
    return message, f"{_EXPECTED}, by one of {', '.join(_COMPARE)}", hint


def _read_side(
    part: str, text: str, root: MappingNode, plain: Any, spaces: Mapping[str, Space]
) -> Setting | float | str | bool:
    if match := _QUOTED.fullmatch(part):
        return match[1] or match[2] or ""
    if _NUMBER.fullmatch(part) and len(part) <= 30:
        return float(part)
    if part in ("true", "false"):
        return part == "true"
    steps = split_path(part)
    if steps is None:
        raise WrongCondition(f"`{part or text}` is not a setting or a value", hint=_EXAMPLE)
    if len(steps) == 1 and steps[0] not in _TOP_KEYS:
        return part
    return _find_setting(steps, root, plain, spaces)


def _find_setting(
    steps: Steps, root: MappingNode, plain: Any, spaces: Mapping[str, Space]
) -> Setting:
    path = format_steps(steps)
    steps = split_path(path) or steps
    for parameter, space in spaces.items():
        above = split_path(parameter) or ()
        if steps[: len(above)] != above:
            continue
        setting = Setting(path, parameter, steps[len(above) :])
        values = space.values if isinstance(space, Choice) else (space.min,)
        if setting.below and all(setting.find_value({parameter: v}) is MISSING for v in values):
            raise WrongCondition(f"`{path}` is in no value of `{parameter}`")
        return setting
    value = look_up(plain, steps)
    if value is MISSING or (value is not None and not find_type(value)):
        message = f"the config has no setting `{path}`"
        if value is not MISSING:
            message = f"`{path}` is not a number or a text"
        explained = explain_wrong_path(root, steps, "…") or explain_misspelt_path(root, steps)
        hint = explained[2].replace("=…`", "`") if explained else ""
        raise WrongCondition(message, "a setting of the config with a number or a text", hint)
    return Setting(path, fixed=value)


def _check_types(condition: Condition, spaces: Mapping[str, Space]) -> None:
    """Refuse a condition that compares a text with a number, or orders texts."""
    left, right = (
        {find_type(value) for value in _list_values(side, spaces)} - {""}
        for side in (condition.left, condition.right)
    )
    if left and right and not left & right:
        kinds = f"a {'/'.join(sorted(left))} with a {'/'.join(sorted(right))}"
        raise WrongCondition(f"`{condition.text}` compares {kinds}", "values of the same type")
    if condition.sign not in ("==", "!=") and left and "number" not in left & right:
        message = f"`{condition.text}` orders values that are not numbers"
        raise WrongCondition(message, "`==` or `!=` for texts")


def _list_values(side: Setting | float | str | bool, spaces: Mapping[str, Space]) -> Iterator[Any]:
    """List the values that a side of a condition can have; for a range, its smallest number."""
    if not isinstance(side, Setting) or side.parameter is None:
        yield side.fixed if isinstance(side, Setting) else side
        return
    space = spaces[side.parameter]
    for value in space.values if isinstance(space, Choice) else (space.min,):
        yield side.find_value({side.parameter: value})
