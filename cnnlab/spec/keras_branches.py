"""Layers that read each other by name → rows of layers, with branches that part and join again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Merge:
    """Branches on one input, each a row of layers or empty, and the layer that joins them."""

    name: str
    branches: tuple[Row, ...]


Row = tuple["str | Merge", ...]


class TangledBranches(Exception):
    """The layer, by its name, at which branches do not part and join as those of a stack."""


def find_rows(reads: Mapping[str, tuple[str, ...]], joins: Collection[str], end: str) -> Row:
    """The layers from the input to `end`.

    Args:
        reads: of each layer the names of those whose outputs it gets; the input reads none.
        joins: the layers that may read several.

    Raises:
        Tangled: a layer is on two ways that do not join, or on none, or reads what is not there.

    Example:
        >>> find_rows({"in": (), "a": ("in",), "sum": ("a", "in")}, ["sum"], "sum")
        (Merge(name='sum', branches=(('a',), ())),)
    """
    graph = _Graph(reads, joins)
    [start] = [name for name, read in reads.items() if not read]
    found = graph.between(start, end)
    if left := [name for name in reads if name != start and name not in graph.used]:
        raise TangledBranches(left[0])
    return found


class _Graph:
    def __init__(self, reads: Mapping[str, tuple[str, ...]], joins: Collection[str]) -> None:
        self.reads, self.joins = reads, joins
        self.used: set[str] = set()
        self.forks: dict[str, str] = {}

    def between(self, start: str, end: str) -> Row:
        """The layers after `start` up to `end`."""
        found: list[str | Merge] = []
        while end != start:
            if end in self.used or not self.reads.get(end):
                raise TangledBranches(end)
            self.used.add(end)
            before = self.before(end)
            branches = self.reads[end]
            if len(branches) > 1:
                found.append(Merge(end, tuple(self.between(before, one) for one in branches)))
            else:
                found.append(end)
            end = before
        return tuple(reversed(found))

    def before(self, name: str) -> str:
        """What a layer reads; of one that joins branches, the layer where they part."""
        read = self.reads[name]
        if len(read) == 1:
            return read[0]
        if name not in self.joins:
            raise TangledBranches(name)
        if name not in self.forks:
            first, *others = (self.way_back(one) for one in read)
            on_all = set(first).intersection(*others)
            self.forks[name] = next((one for one in first if one in on_all), "")
            if not self.forks[name]:  # it reads what is not there
                raise TangledBranches(name)
        return self.forks[name]

    def way_back(self, name: str) -> list[str]:
        """The layers that every way from the input to `name` passes, the last first."""
        found = [name]
        while self.reads.get(name):
            name = self.before(name)
            found.append(name)
            if len(found) > len(self.reads):
                raise TangledBranches(name)
        return found
