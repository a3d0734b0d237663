"""Copy and count YAML nodes, and build YAML nodes from plain data."""

from __future__ import annotations

from typing import Any

from cnnlab.spec.yaml_nodes import Mapping, Node, Place, Scalar, Sequence


def copy_node(node: Node) -> Node:
    """Copy a node with all nodes inside, so that a change of the copy keeps the original."""
    if isinstance(node, Mapping):
        entries = {key: (place, copy_node(inner)) for key, (place, inner) in node.entries.items()}
        return Mapping(node.place, entries)
    if isinstance(node, Sequence):
        return Sequence(node.place, [copy_node(item) for item in node.items], node.path)
    return Scalar(node.place, node.value)


def copy_mapping(root: Mapping) -> Mapping:
    """Copy the root of a config with all nodes inside."""
    copy = copy_node(root)
    assert isinstance(copy, Mapping)
    return copy


def build_node(value: Any, place: Place) -> Node:
    """Build YAML nodes from plain data, all with the position `place`."""
    if isinstance(value, dict):
        return Mapping(place, {key: (place, build_node(one, place)) for key, one in value.items()})
    if isinstance(value, list):
        return Sequence(place, [build_node(one, place) for one in value])
    return Scalar(place, value)


def count_nodes(node: Node) -> int:
    """Count a node and all nodes inside."""
    if isinstance(node, Mapping):
        return 1 + sum(count_nodes(inner) for _, inner in node.entries.values())
    return 1 + sum(map(count_nodes, node.items)) if isinstance(node, Sequence) else 1
