"""Read the section `blocks` of a config, which defines named blocks of layers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cnnlab.errors import Fault
from cnnlab.spec.layer_groups import GROUPS, Parallel
from cnnlab.spec.layers import LAYERS
from cnnlab.spec.wording import format_value, suggest_word
from cnnlab.spec.yaml_nodes import Mapping, Node, Place, Scalar, Sequence

REQUIRED = "required"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_A_NAME = "a name of letters, digits and _ that starts with a letter"
_GROUP_KINDS = [cls.kind for cls in GROUPS]
_KINDS = [cls.kind for cls in LAYERS] + _GROUP_KINDS


@dataclass(frozen=True)
class BlockDefinition:
    """The definition of a block: its parameters with their default values, and its layers.

    A parameter without a default has the value None.
    """

    name: str
    parameters: dict[str, Node | None]
    layers: Sequence


class BlockDefinitions:
    """The blocks that a config defines.

    `valid` has the blocks without a fault. `broken` has the blocks with a fault, each with the line
    and column of its first fault.
    """

    def __init__(self, node: Node) -> None:
        self.faults: list[Fault] = []
        self.valid: dict[str, BlockDefinition] = {}
        self.broken: dict[str, Place] = {}
        if not isinstance(node, Mapping):
            message = f"{format_value(node.to_plain())} is not a mapping of blocks"
            self._add_fault(
                "", node.place, "blocks", message, "name: {parameters: {…}, layers: […]}"
            )
            return
        for name, (place, block) in node.entries.items():
            self._read(name, place, block)
        self._refuse_recursion()

    def names(self) -> list[str]:
        """Return the names of all blocks, with or without faults, that `model` can use."""
        return [name for name in [*self.valid, *self.broken] if _NAME.fullmatch(name)]

    def _add_fault(self, name: str, place: Place, path: str, *words: str) -> None:
        """Add a fault of the block `name`. cnnlab does not expand a block with a fault."""
        self.faults.append(place.fault(path, *words))
        if name not in _KINDS:
            self.broken.setdefault(name, place)

    def _read(self, name: str, place: Place, node: Node) -> None:
        path = f"blocks.{name}"
        if not _NAME.fullmatch(name):
            self._add_fault(name, place, path, f"`{name}` cannot name a block", _A_NAME)
        elif name in _KINDS:
            message = f"`{name}` is already the name of a layer kind"
            self._add_fault(name, place, path, message, "another name")
        if not isinstance(node, Mapping):
            message = f"{format_value(node.to_plain())} is not a block"
            self._add_fault(name, node.place, path, message, "a mapping with parameters, layers")
            return
        for key, (key_place, _) in node.entries.items():
            if key not in ("parameters", "layers"):
                hint = suggest_word(key, ("parameters", "layers"))
                expected = "one of parameters, layers"
                self._add_fault(
                    name, key_place, f"{path}.{key}", f"unknown key `{key}`", expected, hint
                )
        parameters = self._parameters(name, node)
        layers = node.entries["layers"][1] if "layers" in node.entries else None
        if layers is None:
            self._add_fault(name, place, path, "`layers` is missing", "a list of layers")
        elif not isinstance(layers, Sequence) or not layers.items:
            message = (
                "an empty list" if isinstance(layers, Sequence) else format_value(layers.to_plain())
            )
            expected = "a list of layers"
            self._add_fault(
                name, layers.place, f"{path}.layers", f"`layers` is {message}", expected
            )
        else:
            self._compare_parameters(name, parameters, layers)
            if name not in [*self.broken, *_KINDS]:
                self.valid[name] = BlockDefinition(name, parameters, layers)

    def _parameters(self, name: str, block: Mapping) -> dict[str, Node | None]:
        path = f"blocks.{name}.parameters"
        _, node = block.entries.get("parameters", (None, None))
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return {}
        if not isinstance(node, Mapping):
            message = f"{format_value(node.to_plain())} is not a mapping of parameters"
            self._add_fault(name, node.place, path, message, "name: default, or name: required")
            return {}
        for key, (place, _) in node.entries.items():
            if not _NAME.fullmatch(key):
                message = f"`{key}` cannot name a parameter"
                self._add_fault(name, place, f"{path}.{key}", message, _A_NAME)
        return {
            key: None if isinstance(value, Scalar) and value.value == REQUIRED else value
            for key, (_, value) in node.entries.items()
        }

    def _compare_parameters(
        self, name: str, parameters: dict[str, Node | None], layers: Sequence
    ) -> None:
        """Add a fault for each `$word` in the layers of a block that is not a parameter of it."""
        listed = (
            ", ".join(f"${key}" for key in parameters)
            or "a value, since the block has no parameters"
        )
        for scalar in _list_scalars(layers):
            word = get_parameter(scalar)
            if word is not None and word not in parameters:
                message = f"`${word}` is not a parameter of the block `{name}`"
                hint = suggest_word(word, parameters).replace("`", "`$", 1)
                self._add_fault(name, scalar.place, f"blocks.{name}.layers", message, listed, hint)

    def _refuse_recursion(self) -> None:
        """Mark each block as broken that uses itself, directly or through other blocks."""
        uses = {
            name: {word: place for word, place in _list_kinds(block.layers) if word in self.valid}
            for name, block in self.valid.items()
        }
        while free := [name for name, used in uses.items() if not used.keys() & uses.keys()]:
            for name in free:  # they use none of the remaining blocks, so they are valid
                del uses[name]
        while uses:  # each remaining block uses a remaining block, so they form a ring
            ring = [next(iter(uses))]
            while (after := next(word for word in uses[ring[-1]] if word in uses)) not in ring:
                ring.append(after)
            ring = [*ring[ring.index(after) :], after]
            way = " → ".join(f"`{name}`" for name in ring)
            place = uses[ring[0]][ring[1]]
            expected = "blocks that do not use themselves"
            for name in dict.fromkeys(ring):
                del uses[name], self.valid[name]
                self.broken[name] = place
            message = f"the block `{ring[0]}` uses itself: {way}"
            self._add_fault(ring[0], place, f"blocks.{ring[0]}.layers", message, expected)
            uses = {n: used for n, used in uses.items() if used.keys() & uses.keys()}


def get_parameter(scalar: Scalar) -> str | None:
    """Return the name of a parameter, `word`, if the scalar is `$word`; otherwise None."""
    value = scalar.value
    return value[1:] if isinstance(value, str) and value.startswith("$") else None


def read_entry(item: Node) -> tuple[str, Place, Node | None]:
    """Read an entry of a list of layers: `kind` or `kind: value`.

    Returns the kind, its position in the text, and the value. The value is None if the entry has no
    value. The kind is "" if the entry does not have one of these forms.
    """
    if isinstance(item, Mapping) and len(item.entries) == 1:
        [(word, (place, value))] = item.entries.items()
        empty = isinstance(value, Scalar) and value.value is None
        return word, place, None if empty else value
    if isinstance(item, Scalar) and isinstance(item.value, str):
        return item.value, item.place, None
    return "", item.place, None


def list_inner_rows(item: Node) -> Iterator[tuple[str, Node]]:
    """Yield each list of layers directly inside a group, with the path from the group to the list.

    If the entry is not a group, the function yields nothing.
    """
    word, _, value = read_entry(item)
    if word not in _GROUP_KINDS or value is None:
        return
    field = "branches" if word == Parallel.kind else "layers"
    if isinstance(value, Mapping):
        if field not in value.entries:
            return
        _, value = value.entries[field]
    if word == Parallel.kind and isinstance(value, Sequence):
        for index, branch in enumerate(value.items):
            yield f"{field}[{index}]", branch
    else:
        yield field, value


def _list_kinds(node: Node) -> Iterator[tuple[str, Place]]:
    """Yield each layer kind in a list of layers and its groups, with its position in the text."""
    if isinstance(node, Sequence):
        for item in node.items:
            word, place, _ = read_entry(item)
            yield word, place
            for _, inner in list_inner_rows(item):
                yield from _list_kinds(inner)


def _list_scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    else:
        inner = node.items if isinstance(node, Sequence) else [n for _, n in node.entries.values()]
        for item in inner:
            yield from _list_scalars(item)
