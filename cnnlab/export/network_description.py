"""Describe a network as a list of nodes: layers and merges, in the order of computation.

The description needs only a spec, and neither Keras nor a checkpoint. `cnnlab/page/network/` reads
it as network.json. The weights are separate: one array of float32, in which each weight array of
each node has an offset.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from math import prod
from typing import Any

from cnnlab.export.layer_weights import list_weights
from cnnlab.spec.convolutions_and_pools import Pool
from cnnlab.spec.experiment import DatasetInfo, Spec
from cnnlab.spec.fault_places import format_location
from cnnlab.spec.layer_groups import Group, Location, Parallel, Unit, unroll
from cnnlab.spec.layer_interface import Layer, Shape
from cnnlab.spec.layer_table import Row, build_table

Sides = tuple[tuple[int, int], tuple[int, int]]
FindLine = Callable[[Location], int | None]
_NOT_COMPUTED = ("_initializer", "_regularizer")  # endings of fields that matter only in training


@dataclass(frozen=True)
class WeightArray:
    """The place of a weight array among all weights; `offset` and `length` count floats."""

    shape: Shape
    offset: int
    length: int


@dataclass(frozen=True)
class NetworkNode:
    """A layer, a merge of branches, or the input of a network.

    `id` is the place in the list of nodes. `name` is the name of the Keras layer, `number` the
    number in the table of layers (None for the input and merges). `path` is the location in the
    config and `line` its line there, from 1, or None. `groups` has the places, in the list of
    groups, of the groups around the node, the outermost first. `inputs` has the ids of the nodes
    that this node reads. `padding` is ((top, bottom), (left, right)), the zeros that the layer
    really adds; None for a layer without a window. The other figures are those of the table.
    """

    id: int
    kind: str
    name: str
    shape: Shape
    inputs: tuple[int, ...] = ()
    number: int | None = None
    path: str = ""
    line: int | None = None
    groups: tuple[int, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    padding: Sides | None = None
    arithmetic: str = ""
    receptive_field: tuple[int, int] = (1, 1)
    parameters: int = 0
    parameters_arithmetic: str = ""
    multiply_adds: int = 0
    weights: dict[str, WeightArray] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeGroup:
    """A group of the config. `nodes` has the ids of all nodes in it, `branches` those by branch.

    `input` is the node that the group reads. `merge` is the id of the node that merges the
    branches, or None if the group has one branch.
    """

    path: str
    kind: str
    label: str
    nodes: tuple[int, ...]
    branches: tuple[tuple[int, ...], ...]
    input: int
    merge: int | None
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class NetworkNodes:
    """The nodes and groups of a network; `floats` is the length of an array of all weights."""

    nodes: tuple[NetworkNode, ...]
    groups: tuple[NodeGroup, ...]
    floats: int

    def to_dict(self) -> dict[str, Any]:
        """Convert the nodes and groups to plain data for JSON."""
        return asdict(self)

    def find_node(self, name: str) -> NetworkNode:
        """Find the node of the Keras layer `name`, which can be the layer's activation."""
        name = name.removesuffix("_activation")
        return next(node for node in self.nodes if node.name == name)


def build_nodes(spec: Spec, find_line: FindLine = lambda location: None) -> NetworkNodes:
    """Build the nodes and groups of the network of `spec`.

    Args:
        find_line: returns the line of a layer in the text of the config, by its location.
    """
    builder = _NodeBuilder(spec, find_line)
    builder.add_units(unroll(spec.experiment.model, spec.inputs.image_shape), 0, ())
    groups = tuple(group for _, group in sorted(builder.groups.items()))
    return NetworkNodes(tuple(builder.nodes), groups, builder.floats)


class _NodeBuilder:
    """Collects the nodes and groups of a network, in the order in which Keras layers are built."""

    def __init__(self, spec: Spec, find_line: FindLine) -> None:
        shape = spec.inputs.image_shape
        info = DatasetInfo(shape, spec.inputs.class_names, 0, 0)
        self.rows = iter(build_table(spec.experiment, info).rows)
        self.find_line = find_line
        self.nodes = [NetworkNode(0, "input", "images", shape)]
        self.groups: dict[int, NodeGroup] = {}
        self.numbers, self.merges = count(), count(1)
        self.floats = 0

    def add_units(self, units: Sequence[Unit], source: int, around: tuple[int, ...]) -> int:
        """Add consecutive layers and groups; return the id of the last node."""
        for unit in units:
            add = self._add_group if isinstance(unit.layer, Group) else self._add_layer
            source = add(unit, source, around)
        return source

    def _add_layer(self, unit: Unit, source: int, around: tuple[int, ...]) -> int:
        layer, row, windows = unit.layer, next(self.rows), unit.layer.windows()
        padding = None
        if windows:
            padding = (windows[0].pads(unit.input[0]), windows[1].pads(unit.input[1]))
        self.nodes.append(
            NetworkNode(
                id=len(self.nodes),
                kind=layer.kind,
                name=f"{layer.kind}_{unit.number}",
                shape=unit.output,
                inputs=(source,),
                number=unit.number,
                path=format_location(unit.location),
                line=self.find_line(unit.location),
                groups=around,
                fields=_list_fields(layer),
                padding=padding,
                arithmetic=row.arithmetic,
                receptive_field=row.receptive_field,
                parameters=row.parameters,
                parameters_arithmetic=row.parameters_arithmetic,
                multiply_adds=row.multiply_adds,
                weights=self._place_weights(layer, unit.input),
            )
        )
        return len(self.nodes) - 1

    def _place_weights(self, layer: Layer, shape: Shape) -> dict[str, WeightArray]:
        places = {}
        for name, sides in list_weights(layer, shape).items():
            places[name] = WeightArray(sides, self.floats, prod(sides))
            self.floats += prod(sides)
        return places

    def _add_group(self, unit: Unit, source: int, around: tuple[int, ...]) -> int:
        assert isinstance(unit.layer, Group)
        row, place, first = next(self.rows), next(self.numbers), len(self.nodes)
        inside, ends, branches = (*around, place), [], []
        for index, way in enumerate(unit.ways):
            if _has_own_row(unit.layer, index, way):
                next(self.rows)
            start = len(self.nodes)
            ends.append(self.add_units(way, source, inside))
            branches.append(tuple(range(start, len(self.nodes))))
        merge = None
        if len(ends) > 1:
            merge = len(self.nodes)
            self.nodes.append(self._build_merge(unit, merge, ends, inside, row))
        self.groups[place] = NodeGroup(
            path=format_location(unit.location),
            kind=unit.layer.kind,
            label=row.kind,
            nodes=tuple(range(first, len(self.nodes))),
            branches=tuple(branches),
            input=source,
            merge=merge,
            parameters=row.parameters,
            multiply_adds=row.multiply_adds,
        )
        return ends[0] if merge is None else merge

    def _build_merge(
        self, unit: Unit, place: int, ends: Sequence[int], inside: tuple[int, ...], row: Row
    ) -> NetworkNode:
        word = unit.layer.merge if isinstance(unit.layer, Parallel) else "add"
        return NetworkNode(
            id=place,
            kind=word,
            name=f"{word}_{next(self.merges)}",
            shape=unit.output,
            inputs=tuple(ends),
            path=format_location(unit.location),
            line=self.find_line(unit.location),
            groups=inside,
            arithmetic=row.arithmetic,
            receptive_field=row.receptive_field,
        )


def _has_own_row(group: Group, index: int, way: Sequence[Unit]) -> bool:
    """Whether the table has a row above the layers of a branch, as `build_table` decides it."""
    return isinstance(group, Parallel) or (index > 0 and bool(way))


def _list_fields(layer: Layer) -> dict[str, Any]:
    """Return the fields that decide what a layer computes; a pool always has strides."""
    plain = layer.model_dump(mode="json")
    if isinstance(layer, Pool):
        plain["strides"] = list(layer.strides or layer.pool_size)
    return {name: value for name, value in plain.items() if not name.endswith(_NOT_COMPUTED)}
