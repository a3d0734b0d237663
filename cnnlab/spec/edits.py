"""Apply changes such as `--set training.epochs=5` to a config, before validation."""

from __future__ import annotations

import re

from cnnlab.errors import ConfigError, Fault
from cnnlab.spec.wording import format_value
from cnnlab.spec.yaml_nodes import Mapping, Node, Place, Scalar, Sequence, Source, parse_yaml

PATH = r"[A-Za-z_][\w]*(?:\.\w+|\[\d+\])*"
_FORM = re.compile(rf"\s*({PATH})\s*=(.*)", re.DOTALL | re.ASCII)
_WHOLE_PATH = re.compile(PATH, re.ASCII)
_STEP = re.compile(r"\w+", re.ASCII)


def split_path(path: str) -> tuple[str, ...] | None:
    """Split a path into its keys and list indices; return None if the text is not a path.

    >>> split_path("model[0].conv.filters"), split_path("model.0"), split_path("0.model")
    (('model', '0', 'conv', 'filters'), ('model', '0'), None)
    """
    return tuple(_STEP.findall(path)) if _WHOLE_PATH.fullmatch(path) else None


def split_edit(edit: str) -> tuple[str, str] | None:
    """Split an edit, PATH=VALUE, into its path and the text of its value; None if malformed."""
    match = _FORM.fullmatch(edit)
    return (match[1], match[2]) if match else None


def refuse_form(source: Source) -> Fault:
    """Build the fault for an edit that does not have the form PATH=VALUE."""
    expected = "a path and a value, for example training.epochs=5"
    return Fault(source.name, 0, 0, "", "the edit does not have the form PATH=VALUE", expected)


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
            faults.append(refuse_form(source))
            continue
        steps = tuple(_STEP.findall(match[1]))
        text = match[2].strip()
        if explained := edit_suggestions.explain_wrong_path(root, steps, text):
            faults.append(Place(source).fault(match[1], *explained))
            continue
        try:
            value: Node = Scalar(Place(source), None)
            if text:
                value, faults_of_value = parse_yaml(
                    Source.from_text(source.name, match[2], is_edit=True)
                )
                faults.extend(faults_of_value)
            replace_node(root, steps, value, Place(source))
        except ConfigError as error:
            faults.extend(error.faults)
        except NoSuchPlace as problem:
            hint = edit_suggestions.suggest_whole_kind(root, steps, text)
            expected = "the path of a value in the config"
            faults.append(
                Fault(source.name, 0, 0, match[1], problem.message, expected, hint or problem.hint)
            )
    return faults


class NoSuchPlace(Exception):
    """Raised if a path leads to no place in a config; has a message and a hint for the user."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def replace_node(root: Mapping, steps: tuple[str, ...], value: Node, place: Place) -> None:
    """Put `value` into `root` at the path `steps`; each new key has the position `place`.

    Raises:
        NoSuchPlace: the path leads through a list without this entry, or through a single value.
    """
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
            raise NoSuchPlace(
                f"{above} is {format_value(node.to_plain())}, which has no keys or entries", hint
            )


def _find_index(node: Sequence, step: str, above: str) -> int:
    count = len(node.items)
    if not count:
        raise NoSuchPlace(f"{above} is an empty list, which has no entry {step[:20]}")
    if not step.isdecimal() or len(step) > 9 or int(step) >= count:
        entries = "one entry, 0" if count == 1 else f"{count} entries, 0 to {count - 1}"
        raise NoSuchPlace(f"{above} has {entries}, but no entry {step[:20]}")
    return int(step)


def _choose_node(old: Node, new: Node, steps: tuple[str, ...], depth: int) -> Node:
    """Return `new` at the end of the path; otherwise `old`, as a mapping if it needs fields."""
    if depth == len(steps) - 1:
        return new
    if isinstance(old, Scalar) and old.value in (None, steps[depth + 1]):
        return Mapping(
            old.place, {}
        )  # a kind without fields becomes a mapping that can have fields
    return old
