"""Read the section `parameters` of a sweep file: the path and the space of each parameter."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from cnnlab.counts import format_count
from cnnlab.errors import Fault
from cnnlab.spec.edit_suggestions import explain_misspelt_path, explain_wrong_path
from cnnlab.spec.edits import NoSuchPlace, replace_node, split_path
from cnnlab.spec.experiment import Problem
from cnnlab.spec.fault_messages import explain_error
from cnnlab.spec.fault_places import build_fault, format_steps
from cnnlab.spec.flow_text import format_flow
from cnnlab.spec.node_copies import build_node, copy_mapping, copy_node
from cnnlab.spec.sweep import (
    MOST_PARAMETERS,
    MOST_VALUES,
    Choice,
    IntegerRange,
    NumberRange,
    Space,
)
from cnnlab.spec.wording import format_value
from cnnlab.spec.yaml_nodes import Mapping, Node, Place, Scalar, Sequence

PARAMETERS = "parameters"
_MOST_SUGGESTIONS = 5  # for wrong paths; a search among all settings takes time
# The settings that choose the images on which a trial is judged, and the settings of a whole run.
_IMAGES = (
    *("dataset", "image_size", "color_mode", "test", "validation", "validation_seed"),
    "transpose",
)
_PATH_IN_BRACES = re.compile(r"\{[^'\"#]*\w\[\d+\][\w.]*\s*:")
_OF_IMAGES = {("data", name) for name in _IMAGES}
_EDIT = re.compile(r"`([\w.\[\]]+)=([^`]+)`")  # an edit in a hint
_OF_RUNS = {("name",), ("seed",), ("ensemble",)}


@dataclass(frozen=True)
class ParameterSource:
    """Where a sweep file has a parameter: the position of its path, and the node of each value."""

    place: Place
    nodes: dict[Hashable, Node] = field(default_factory=dict)

    def build_node(self, value: Any) -> Node:
        """Build the node of a value, with its position in the sweep file."""
        node = self.nodes.get(to_key(value))
        return build_node(value, self.place) if node is None else copy_node(node)


def add_path_hint(fault: Fault) -> Fault:
    """Add to a fault of YAML syntax that a path with an index needs quotes inside braces."""
    if _PATH_IN_BRACES.search(fault.text) and "not valid YAML" in fault.message:
        hint = "give each parameter a line of its own, or put its path in quotes"
        return replace(fault, hint=hint)
    return fault


def to_key(value: Any) -> Hashable:
    """Return a key that equal values share: 1 and 1.0 are equal, but 1 and true are not.

    >>> to_key([1, {"a": 2}]) == to_key([1.0, {"a": 2.0}]), to_key(1) == to_key(True)
    (True, False)
    """
    if isinstance(value, dict):
        return frozenset((key, to_key(inner)) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(to_key, value))
    return (isinstance(value, bool), value)


class ParameterReader:
    """Reads the parameters of a sweep file, and collects their faults.

    `spaces` and `sources` have the parameters without a fault, by their paths in canonical form.
    """

    def __init__(self, root: Mapping, config: Mapping | None) -> None:
        """`root` is a sweep file; `config` has the nodes of its config, or None if invalid."""
        self.root, self.config = root, config
        self.faults: list[Fault] = []
        self.spaces: dict[str, Space] = {}
        self.sources: dict[str, ParameterSource] = {}
        self._steps: dict[tuple[str, ...], Place] = {}
        self._wrong_paths = 0
        node = root.entries[PARAMETERS][1] if PARAMETERS in root.entries else None
        if isinstance(node, Mapping):
            self._read_all(node)

    def _read_all(self, node: Mapping) -> None:
        expected = "a path as in --set, and a list of values or a range"
        if not node.entries:
            hint = "for example `model[0].conv.filters: [8, 16, 32]`"
            self.faults.append(
                node.place.fault(PARAMETERS, "the sweep has no parameters", expected, hint)
            )
        if len(node.entries) > MOST_PARAMETERS:
            message = f"the sweep has {format_count(len(node.entries), 'parameter')}"
            expected = f"at most {MOST_PARAMETERS}"
            self.faults.append(node.place.fault(PARAMETERS, message, expected))
            return
        for key, (place, value) in node.entries.items():
            space = self._read_space(key, value)
            path = self._read_path(key, place)
            if space is not None and path is not None:
                self.spaces[path] = space
                nodes = value.items if isinstance(value, Sequence) else []
                self.sources[path] = ParameterSource(
                    place, {to_key(item.to_plain()): item for item in nodes}
                )

    def _add_fault(self, place: Place, key: str, *words: str) -> None:
        self.faults.append(place.fault(f"{PARAMETERS}.{key}", *words))

    def _read_path(self, key: str, place: Place) -> str | None:
        """Read the path of a parameter; return it in canonical form, or None if it has a fault."""
        steps = split_path(key)
        if steps is None:
            expected = "a path as in --set, for example model[0].conv.filters"
            self._add_fault(place, key, f"`{key}` is not a path", expected)
            return None
        path = format_steps(steps)
        steps = split_path(path) or steps
        if explained := _refuse_fixed(steps, path) or self._explain_overlap(steps, path):
            self._add_fault(place, key, *explained)
            return None
        self._steps[steps] = place
        if self.config is None:
            return None
        explained = None
        if self._wrong_paths < _MOST_SUGGESTIONS:
            explained = explain_wrong_path(self.config, steps, "…")
        if explained := explained or explain_misspelt_path(self.config, steps):
            self._wrong_paths += 1
            self._add_fault(place, key, *_name_parameter(*explained))
            return None
        try:
            replace_node(copy_mapping(self.config), steps, Scalar(place, None), place)
        except NoSuchPlace as problem:
            hint = problem.hint.replace("to change it: --set ", "to vary it: ").replace("=…", ": …")
            self._add_fault(place, key, problem.message, "the path of a value in the config", hint)
            return None
        return path

    def _explain_overlap(self, steps: tuple[str, ...], path: str) -> tuple[str, str] | None:
        """Explain that two paths mean the same setting, or that one contains the other."""
        for other, place in self._steps.items():
            shared = min(len(steps), len(other))
            if steps[:shared] != other[:shared]:
                continue
            if len(steps) == len(other):
                message = f"this is the same setting as on line {place.line + 1}, `{path}`"
                return message, "each setting once"
            message = f"this setting and the one on line {place.line + 1} contain each other"
            return message, "parameters that do not contain each other"
        return None

    def _read_space(self, key: str, node: Node) -> Space | None:
        """Read the values of a parameter; return None if they have a fault."""
        if isinstance(node, Sequence):
            return self._read_choice(key, node)
        if isinstance(node, Mapping):
            return self._read_range(key, node)
        expected = "a list of values, or a range such as {min: 1, max: 7}"
        value = format_value(node.value)
        hint = "" if node.value is None else "a value that does not vary belongs in the config"
        self._add_fault(node.place, key, f"{value} is not a list or a range", expected, hint)
        return None

    def _read_choice(self, key: str, node: Sequence) -> Choice | None:
        expected, count = f"2 to {MOST_VALUES} different values", len(node.items)
        if not 2 <= count <= MOST_VALUES:
            message = f"the list has {count:,} values"
            if count < 2:
                message = "the list has one value" if count else "the list is empty"
            hint = "a value that does not vary belongs in the config" if count == 1 else ""
            if count > MOST_VALUES:
                hint = "for numbers, write a range: {min: …, max: …}"
            self._add_fault(node.place, key, message, expected, hint)
            return None
        values = node.to_plain()
        seen: dict[Hashable, Any] = {}
        for item, value in zip(node.items, values, strict=True):
            if isinstance(value, list) and _is_layer(key):
                hint = "write several layers as one: {repeat: {times: 1, layers: […]}}"
                self._add_fault(item.place, key, "a list is not a layer", "a single layer", hint)
                return None
            if to_key(value) in seen:
                what = format_flow(value)
                what = what if len(what) <= 60 else what[:59] + "…"
                self._add_fault(item.place, key, f"the value {what} occurs twice", expected)
                return None
            seen[to_key(value)] = value
        return Choice(values=tuple(values))

    def _read_range(self, key: str, node: Mapping) -> IntegerRange | NumberRange | None:
        plain = node.to_plain()
        whole = all(
            isinstance(plain.get(name, 1), int) and not isinstance(plain.get(name, 1), bool)
            for name in ("min", "max", "step")
        )
        cls: type[IntegerRange | NumberRange] = IntegerRange if whole else NumberRange
        try:
            space = cls.model_validate(plain)
            problems = list(_check_range(space))
        except ValidationError as error:
            problems = [explain_error(one, root=cls) for one in error.errors(include_url=False)]
            problems = [*filter(None, map(_explain_list_key, problems))] or problems
        for problem in problems:
            location = (PARAMETERS, key, *problem.location)
            self.faults.append(build_fault(replace(problem, location=location), self.root))
        return None if problems else space


def _is_layer(key: str) -> bool:
    """Return whether the path of a parameter is that of a single layer: `model[3]`."""
    steps = split_path(key) or ()
    return len(steps) == 2 and steps[0] == "model"


def _explain_list_key(problem: Problem) -> Problem | None:
    """Explain that a list of values needs no key such as `values`; None for another problem."""
    if problem.location[-1] not in ("values", "value", "choices"):
        return None
    hint = "write the list of values itself, without a key: [8, 16, 32]"
    return Problem(problem.location, problem.message, "a list, or a range with min and max", hint)


def _check_range(space: IntegerRange | NumberRange) -> Iterator[Problem]:
    """Find contradictions between the fields of a range."""
    low, high = f"{space.min:g}", f"{space.max:g}"
    if space.min >= space.max:
        message = f"`max` is {high}, and `min` is {low}"
        yield Problem(("max",), message, "a `max` over `min`", at_key=False)
    elif space.scale == "log":
        if space.min <= 0:
            message = f"`scale: log` needs numbers over 0, and `min` is {low}"
            yield Problem(("min",), message, "a number over 0", at_key=False)
        if space.step is not None and not (isinstance(space, IntegerRange) and space.step == 1):
            message = "`step` and `scale: log` exclude each other"
            yield Problem(("step",), message, "one of both", "leave out `step` or `scale`")
    elif space.step is not None and space.step > space.max - space.min:
        message = f"the step {space.step:g} is larger than the range from {low} to {high}"
        yield Problem(("step",), message, f"at most {space.max - space.min:g}", at_key=False)


_REASONS = {
    "seed": "`confirm` trains the best trials again with other seeds",
    "ensemble": "a sweep varies single networks",
    "name": "the name of a trial is its number",
}


def _refuse_fixed(steps: tuple[str, ...], path: str) -> tuple[str, str, str] | None:
    """Refuse a setting that must be the same in all trials of a sweep."""
    message = f"a sweep cannot vary `{path}`"
    if steps[:1] in _OF_RUNS:
        return message, "settings of the data, the model or the training", _REASONS[steps[0]]
    if steps == ("data",) or steps[:2] in _OF_IMAGES:
        hint = "all trials need the same images, so that their figures can be compared"
        return message, "settings that keep the images of the data set and their splits", hint
    return None


def _name_parameter(message: str, expected: str, hint: str) -> tuple[str, str, str]:
    """Turn the hint for an edit, `path=value`, into a hint for a parameter of a sweep.

    >>> _name_parameter("", "", "did you mean `training.loss={poly: {epsilon: …}}`?")[2]
    'did you mean `training.loss: [{poly: {epsilon: …}}, …]`?'
    """
    return message, expected, _EDIT.sub(r"`\1: [\2, …]`", hint.replace("=…`", "`"))
