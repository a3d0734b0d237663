"""Blocks of one's own: each use in a config becomes the block's layers, its parameters filled in.

Works on nodes, before anything is validated, so that a fault inside a block knows both its own line
and the line of the use.
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

MAX_EXPANDED = 20_000  # values; blocks inside blocks grow fast


def expand_blocks(root: Mapping) -> tuple[list[str], list[Fault]]:
    """Replace the uses of blocks in `model` by their layers; the blocks' names, and all faults.

    What cannot be replaced becomes an empty value at a place that a fault has been told of.
    """
    if "blocks" not in root.entries:
        return [], []
    definitions = BlockDefinitions(root.entries.pop("blocks")[1])
    uses = _BlockUses(definitions)
    if "model" in root.entries:
        uses.replace_all(root)
    return definitions.names(), definitions.faults + uses.faults


class _TooManyValues(Exception):
    """The blocks make more than any network needs: nothing more is replaced."""


class _BlockUses:
    """Replaces the uses of blocks, nodes changing in place."""

    def __init__(self, definitions: BlockDefinitions) -> None:
        self.definitions = definitions
        self.faults: list[Fault] = []
        self.told: Place | None = None  # of the first fault of the use at hand
        self.known: set[tuple[object, ...]] = set()
        self.values = 0

    def replace_all(self, root: Mapping) -> None:
        """Replace the uses in the model; where they make too many values, there is none left."""
        _, model = root.entries["model"]
        try:
            self.replace_in(model, "model", ())
        except _TooManyValues:
            root.entries["model"] = (model.place, Scalar(self.told or model.place, None))

    def replace_in(self, node: Node, path: str, above: tuple[str, ...]) -> None:
        """Replace the uses in a list of layers and in its groups; `above` are the blocks around."""
        if not isinstance(node, Sequence):
            return
        for index, item in enumerate(node.items):
            word, place, value = read_entry(item)
            here = f"{path}[{index}]"
            if word in self.definitions.broken:
                node.items[index] = Scalar(self.definitions.broken[word], None)
            elif word in self.definitions.right:
                block, use = self.definitions.right[word], f"{here}.{word}"
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
        self.told = None
        arguments = self._arguments(block, place, value, path)
        if len(above) >= MAX_GROUPS_DEEP:
            message = f"blocks stand more than {MAX_GROUPS_DEEP} deep inside each other"
            self._tell(place, path, message, "flatter blocks")
            raise _TooManyValues
        if self.told is not None:
            return Scalar(self.told, None)
        layers = self._copy(block.layers, arguments, place)
        if self.values > MAX_EXPANDED:
            message = f"the blocks make more than {MAX_EXPANDED:,} values, unrolled"
            self._tell(place, path, message, "fewer blocks inside blocks")
            raise _TooManyValues
        assert isinstance(layers, Sequence)
        layers.path = f"blocks.{block.name}.layers"
        self.replace_in(layers, layers.path, (*above, block.name))
        name = Scalar(place, block.name)
        fields = Mapping(place, {"name": (place, name), "layers": (place, layers)})
        return Mapping(place, {Block.kind: (place, fields)})

    def _tell(self, place: Place, path: str, *words: str) -> None:
        """A fault of the use at hand; in a block that is used twice, it is told once."""
        self.told = self.told or place
        key = (place.line, place.column, *words)
        if key not in self.known:
            self.known.add(key)
            self.faults.append(place.fault(path, *words))

    def _arguments(
        self, block: BlockDefinition, place: Place, value: Node | None, path: str
    ) -> dict[str, Node]:
        """The value of each parameter: what the use gives, and the defaults of the rest."""
        given: dict[str, Node] = {}
        expected = f"a mapping with {', '.join(block.parameters)}"
        if value is not None and not block.parameters:
            message = f"`{block.name}` takes no value"
            self._tell(place, path, message, f"`{block.name}` alone")
        elif isinstance(value, Mapping):
            for key, (key_place, node) in value.entries.items():
                given[key] = node
                if key not in block.parameters:
                    hint = suggest_word(key, block.parameters)
                    self._tell(key_place, f"{path}.{key}", f"unknown key `{key}`", expected, hint)
        elif value is not None:
            given[next(iter(block.parameters))] = value
        for key, default in block.parameters.items():
            if key not in given and default is None:
                message = f"`{key}` is missing, which the block `{block.name}` requires"
                self._tell(place, path, message, expected)
            elif key not in given and default is not None:
                given[key] = default
        return given

    def _copy(self, node: Node, arguments: dict[str, Node], use: Place) -> Node:
        """A node of a block as it is in one use."""
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
    """A copy of an argument that stands where its parameter does."""
    if isinstance(node, Sequence):
        return Sequence(place, [_move_node(item, place) for item in node.items])
    if isinstance(node, Mapping):
        entries = {
            key: (place, _move_node(inner, place)) for key, (_, inner) in node.entries.items()
        }
        return Mapping(place, entries)
    return Scalar(place, node.value)
