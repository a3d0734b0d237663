"""Apply changes such as `--set training.epochs=5` to a config, before validation."""

from __future__ import annotations

import re

from cnnlab.errors import ConfigError, Fault
from cnnlab.spec.wording import format_value
from cnnlab.spec.yaml_nodes import Mapping, Node, Place, Scalar, Sequence, Source, parse_yaml

_FORM = re.compile(r"\s*([A-Za-z_][\w]*(?:\.\w+|\[\d+\])*)\s*=(.*)", re.DOTALL | re.ASCII)


def apply_edits(root: Mapping, edits: tuple[str, ...]) -> list[Fault]:
    """Apply edits to the config `root` in order; return a fault for each impossible edit.

    An edit has the form PATH=VALUE, and the value is YAML. A path consists of keys and of list
    indices from 0: `model[0].conv.filters` or `model.0.conv.filters`. The function creates missing
    mappings on the path. An edit can add fields to a kind without fields (`optimizer: adam`).
    """
    if not edits:
        return []
    from cnnlab.spec import edit_suggestions  # most commands have no edits, and start faster

    faults: list[Fault] = []
    for edit in edits:
        source = Source.from_text(f"--set {edit}", "", is_edit=True)
        match = _FORM.fullmatch(edit)
        if match is None:
            expected = "a path and a value, for example training.epochs=5"
            faults.append(
                Fault(source.name, 0, 0, "", "the edit does not have the form PATH=VALUE", expected)
            )
            continue
        steps = re.findall(r"\w+", match[1], re.ASCII)
        text = match[2].strip()
        if explained := edit_suggestions.explain_wrong_path(root, tuple(steps), text):
            faults.append(Place(source).fault(match[1], *explained))
            continue
        try:
            value: Node = Scalar(Place(source), None)
            if text:
                value, faults_of_value = parse_yaml(
                    Source.from_text(source.name, match[2], is_edit=True)
                )
                faults.extend(faults_of_value)
            _replace_node(root, steps, value, Place(source))
        except ConfigError as error:
            faults.extend(error.faults)
        except _NoSuchPlace as problem:
            hint = edit_suggestions.suggest_whole_kind(root, tuple(steps), text)
            expected = "the path of a value in the config"
            faults.append(
                Fault(source.name, 0, 0, match[1], problem.message, expected, hint or problem.hint)
            )
    return faults


class _NoSuchPlace(Exception):
    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def _replace_node(root: Mapping, steps: list[str], value: Node, place: Place) -> None:
    node: Node = root
    for depth, step in enumerate(steps):
        last = depth == len(steps) - 1
        new: Node = value if last else Mapping(place, {})
        above = ".".join(steps[:depth]) or "the config"
        if isinstance(node, Sequence):
            index = _find_index(node, step, above)
            node.items[index] = _choose_node(node.items[index], new, steps, depth)
            node = node.items[index]
        elif isinstance(node, Mapping):
            if step in node.entries:
                key_place, old = node.entries[step]
            else:
                key_place, old = place, Scalar(place, None)
            node.entries[step] = (
                place if last else key_place,
                _choose_node(old, new, steps, depth),
            )
            node = node.entries[step][1]
        else:
            hint = f"to change it: --set {above}=…"
            raise _NoSuchPlace(
                f"{above} is {format_value(node.to_plain())}, which has no keys or entries", hint
            )


def _find_index(node: Sequence, step: str, above: str) -> int:
    count = len(node.items)
    if not count:
        raise _NoSuchPlace(f"{above} is an empty list, which has no entry {step[:20]}")
    if not step.isdecimal() or len(step) > 9 or int(step) >= count:
        entries = "one entry, 0" if count == 1 else f"{count} entries, 0 to {count - 1}"
        raise _NoSuchPlace(f"{above} has {entries}, but no entry {step[:20]}")
    return int(step)


def _choose_node(old: Node, new: Node, steps: list[str], depth: int) -> Node:
    """Return `new` at the end of the path; otherwise `old`, as a mapping if it needs fields."""
    if depth == len(steps) - 1:
        return new
    if isinstance(old, Scalar) and old.value in (None, steps[depth + 1]):
        return Mapping(
            old.place, {}
        )  # a kind without fields becomes a mapping that can have fields
    return old
