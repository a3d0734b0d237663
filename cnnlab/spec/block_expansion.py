"""Replace each use of a block in a config by the layers of the block, with its arguments.

cnnlab replaces the blocks in the YAML nodes, before validation. So a fault inside a block has two
lines: the line of the fault, and the line that uses the block.
"""

from __future__ import annotations

from dataclasses import replace

from cnnlab.errors import Fault
from cnnlab.spec.block_definitions import (
    BlockDefinition,
    BlockDefinitions,
    get_parameter,
    list_inner_rows,
    read_entry,
)
from cnnlab.spec.layer_groups import MAX_GROUPS_DEEP, Block
from cnnlab.spec.wording import suggest_word
from cnnlab.spec.yaml_nodes import Mapping, Node, Place, Scalar, Sequence

MAX_EXPANDED = 20_000  # YAML values in all uses of blocks; blocks inside blocks multiply


def expand_blocks(root: Mapping) -> tuple[list[str], list[Fault]]:
    """Replace the blocks in `model` by their layers; return the names of all blocks, and faults.

    If a block has a fault, an empty value with the position of the fault replaces the block.
    """
    if "blocks" not in root.entries:
        return [], []
    definitions = BlockDefinitions(root.entries.pop("blocks")[1])
    uses = _BlockUses(definitions)
    if "model" in root.entries:
        uses.replace_all(root)
    return definitions.names(), definitions.faults + uses.faults


class _TooManyValues(Exception):
    """Raised if the blocks of a config expand to too many values, to stop the expansion."""


class _BlockUses:
    """Replaces each use of a block in `model` by layers, and collects the faults of the uses."""

    def __init__(self, definitions: BlockDefinitions) -> None:
        self.definitions = definitions
        self.faults: list[Fault] = []
        self.fault_place: Place | None = None  # of the first fault in the current use
        self.reported: set[tuple[object, ...]] = set()
        self.values = 0

    def replace_all(self, root: Mapping) -> None:
        """Replace all blocks in `model` by layers; if the layers are too many, empty `model`."""
        _, model = root.entries["model"]
        try:
            self.replace_in(model, "model", ())
        except _TooManyValues:
            root.entries["model"] = (model.place, Scalar(self.fault_place or model.place, None))

    def replace_in(self, node: Node, path: str, above: tuple[str, ...]) -> None:
        """Replace the blocks in a list of layers, and in the groups of this list, by their layers.

        `above` has the names of the blocks that contain the list, the outermost block first.
        """
        if not isinstance(node, Sequence):
            return
        for index, item in enumerate(node.items):
            word, place, value = read_entry(item)
            here = f"{path}[{index}]"
            if word in self.definitions.broken:
                node.items[index] = Scalar(self.definitions.broken[word], None)
            elif word in self.definitions.valid:
                block, use = self.definitions.valid[word], f"{here}.{word}"
                node.items[index] = self._use(block, place, value, use, above)
            else:
                for below, inner in list_inner_rows(item):
                    self.replace_in(inner, f"{here}.{word}.{below}", above)

    def _use(
        self,
        block: BlockDefinition,
        place: Place,
        value: Node | None,
        path: str,
        above: tuple[str, ...],
    ) -> Node:
        self.fault_place = None
        arguments = self._arguments(block, place, value, path)
        if len(above) >= MAX_GROUPS_DEEP:
            message = f"blocks are nested more than {MAX_GROUPS_DEEP} deep"
            self._add_fault(
                place, path, message, f"at most {MAX_GROUPS_DEEP} blocks inside each other"
            )
            raise _TooManyValues
        if self.fault_place is not None:
            return Scalar(self.fault_place, None)
        layers = self._copy(block.layers, arguments, place)
        if self.values > MAX_EXPANDED:
            message = f"the blocks expand to more than {MAX_EXPANDED:,} YAML values"
            self._add_fault(place, path, message, "fewer blocks inside blocks")
            raise _TooManyValues
        assert isinstance(layers, Sequence)
        layers.path = f"blocks.{block.name}.layers"
        self.replace_in(layers, layers.path, (*above, block.name))
        name = Scalar(place, block.name)
        fields = Mapping(place, {"name": (place, name), "layers": (place, layers)})
        return Mapping(place, {Block.kind: (place, fields)})

    def _add_fault(self, place: Place, path: str, *words: str) -> None:
        """Add a fault; if several uses of a block share the fault, add the fault only once."""
        self.fault_place = self.fault_place or place
        key = (place.line, place.column, *words)
        if key not in self.reported:
            self.reported.add(key)
            self.faults.append(place.fault(path, *words))

    def _arguments(
        self, block: BlockDefinition, place: Place, value: Node | None, path: str
    ) -> dict[str, Node]:
        """Return the value of each parameter of a block: the user's value or the default."""
        arguments: dict[str, Node] = {}
        expected = f"a mapping with {', '.join(block.parameters)}"
        if value is not None and not block.parameters:
            message = f"`{block.name}` takes no value"
            self._add_fault(place, path, message, f"`{block.name}` alone")
        elif isinstance(value, Mapping):
            for key, (key_place, node) in value.entries.items():
                arguments[key] = node
                if key not in block.parameters:
                    hint = suggest_word(key, block.parameters)
                    self._add_fault(
                        key_place, f"{path}.{key}", f"unknown key `{key}`", expected, hint
                    )
        elif value is not None:
            arguments[next(iter(block.parameters))] = value
        for key, default in block.parameters.items():
            if key not in arguments and default is None:
                message = f"`{key}` is missing; the block `{block.name}` requires it"
                self._add_fault(place, path, message, expected)
            elif key not in arguments and default is not None:
                arguments[key] = default
        return arguments

    def _copy(self, node: Node, arguments: dict[str, Node], use: Place) -> Node:
        """Copy a node of a block for one use, and replace the parameters by the user's values."""
        self.values += 1
        place = replace(node.place, used_at=use)
        if isinstance(node, Sequence):
            return Sequence(place, [self._copy(item, arguments, use) for item in node.items])
        if isinstance(node, Mapping):
            entries = {
                key: (replace(key_place, used_at=use), self._copy(inner, arguments, use))
                for key, (key_place, inner) in node.entries.items()
            }
            return Mapping(place, entries)
        word = get_parameter(node)
        return Scalar(place, node.value) if word is None else _move_node(arguments[word], place)


def _move_node(node: Node, place: Place) -> Node:
    """Copy the YAML node of an argument, and give the copy the position of the parameter."""
    if isinstance(node, Sequence):
        return Sequence(place, [_move_node(item, place) for item in node.items])
    if isinstance(node, Mapping):
        entries = {
            key: (place, _move_node(inner, place)) for key, (_, inner) in node.entries.items()
        }
        return Mapping(place, entries)
    return Scalar(place, node.value)
