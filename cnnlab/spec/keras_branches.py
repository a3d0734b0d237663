"""Turn a graph of Keras layers into a sequence of layers and branches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Merge:
    """Several branches that read one layer, and the name of the layer that merges the branches.

    A branch is a sequence of layers. An empty branch passes the input on unchanged.
    """

    name: str
    branches: tuple[Row, ...]


Row = tuple["str | Merge", ...]


class TangledBranches(Exception):
    """The error for branches that split and do not merge again; the argument names a layer."""


def find_rows(reads: Mapping[str, tuple[str, ...]], joins: Collection[str], end: str) -> Row:
    """Order the layers from the input to the layer `end`, with the branches inside each merge.

    Args:
        reads: for each layer, the names of the layers whose outputs the layer reads; empty for the
            input layer.
        joins: the names of the layers that can read the outputs of several layers.

    Raises:
        TangledBranches: a layer is on a branch that does not merge, is not connected to `end`,
            or reads an unknown layer.

    Example:
        >>> find_rows({"in": (), "a": ("in",), "sum": ("a", "in")}, ["sum"], "sum")
        (Merge(name='sum', branches=(('a',), ())),)
    """
    graph = _Graph(reads, joins)
    [start] = [name for name, inputs in reads.items() if not inputs]
    names = graph.list_layers(start, end)
    if unused_names := [name for name in reads if name != start and name not in graph.used]:
        raise TangledBranches(unused_names[0])
    return names


class _Graph:
    def __init__(self, reads: Mapping[str, tuple[str, ...]], joins: Collection[str]) -> None:
        self.reads, self.joins = reads, joins
        self.used: set[str] = set()
        self.forks: dict[str, str] = {}

    def list_layers(self, start: str, end: str) -> Row:
        """List the layers from the layer after `start` to the layer `end`."""
        names: list[str | Merge] = []
        while end != start:
            if end in self.used or not self.reads.get(end):
                raise TangledBranches(end)
            self.used.add(end)
            before = self.find_input(end)
            branches = self.reads[end]
            if len(branches) > 1:
                names.append(Merge(end, tuple(self.list_layers(before, one) for one in branches)))
            else:
                names.append(end)
            end = before
        return tuple(reversed(names))

    def find_input(self, name: str) -> str:
        """Find the layer that `name` reads; for a merge, the layer where its branches split."""
        inputs = self.reads[name]
        if len(inputs) == 1:
            return inputs[0]
        if name not in self.joins:
            raise TangledBranches(name)
        if name not in self.forks:
            first, *others = (self.way_back(one) for one in inputs)
            on_all = set(first).intersection(*others)
            self.forks[name] = next((one for one in first if one in on_all), "")
            if not self.forks[name]:  # a layer reads a layer that does not exist
                raise TangledBranches(name)
        return self.forks[name]

    def way_back(self, name: str) -> list[str]:
        """List the layers on all paths from the input to `name`, from `name` backwards."""
        names = [name]
        while self.reads.get(name):
            name = self.find_input(name)
            names.append(name)
            if len(names) > len(self.reads):
                raise TangledBranches(name)
        return names
