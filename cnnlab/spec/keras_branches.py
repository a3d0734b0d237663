"""Turn a graph of Keras layers into rows of layers, with branches that split and merge."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Merge:
    """Branches on one input, each a row of layers or empty, and the layer that merges them."""

    name: str
    branches: tuple[Row, ...]


Row = tuple["str | Merge", ...]


class TangledBranches(Exception):
    """Branches that do not split and merge as in a stack; the argument is the name of a layer."""


def find_rows(reads: Mapping[str, tuple[str, ...]], joins: Collection[str], end: str) -> Row:
    """Find the rows of layers from the input to `end`.

    Args:
        reads: the names of the input layers of each layer; the model's input has none.
        joins: the layers that can have several inputs.

    Raises:
        TangledBranches: a layer is on branches that do not merge, or on none, or has an unknown
            input.

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
        """The layers after `start` up to `end`."""
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
        """The input of a layer; for a merge, the layer where its branches split."""
        inputs = self.reads[name]
        if len(inputs) == 1:
            return inputs[0]
        if name not in self.joins:
            raise TangledBranches(name)
        if name not in self.forks:
            first, *others = (self.way_back(one) for one in inputs)
            on_all = set(first).intersection(*others)
            self.forks[name] = next((one for one in first if one in on_all), "")
            if not self.forks[name]:  # an input does not exist
                raise TangledBranches(name)
        return self.forks[name]

    def way_back(self, name: str) -> list[str]:
        """The layers that every path from the input to `name` passes, the last first."""
        names = [name]
        while self.reads.get(name):
            name = self.find_input(name)
            names.append(name)
            if len(names) > len(self.reads):
                raise TangledBranches(name)
        return names
