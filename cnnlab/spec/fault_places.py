"""Find the line, column and path of a problem in the text of a config."""

from __future__ import annotations

from collections.abc import Iterator

from cnnlab.errors import Fault
from cnnlab.spec.experiment import Problem
from cnnlab.spec.yaml_nodes import Mapping, Node, Place, Scalar, Sequence


def build_fault(problem: Problem, root: Node) -> Fault:
    """Add to a problem the line, the column and the path in the config."""
    location, message = problem.location, problem.message
    place = _find_place(root, location, at_key=problem.at_key)
    *_, (_, above) = [(root.place, root), *_walk_nodes(root, location[:-1])]
    while isinstance(location[-1], int) and isinstance(above, Scalar):
        location = location[:-1]  # one number in place of several has one fault, not several
        *_, (_, above) = [(root.place, root), *_walk_nodes(root, location[:-1])]
    return place.fault(_format_path(root, location), message, problem.expected, problem.hint)


def _format_path(root: Node, location: tuple[str | int, ...]) -> str:
    """Format a location as a path in the config. The path of a layer of a block is in `blocks`."""
    path, rest, node = "", location, root
    for count, step in enumerate(location, start=1):
        for _, inner in _walk_nodes(node, (step,)):
            node = inner
            if isinstance(node, Sequence) and node.path:
                path, rest = node.path, location[count:]
    below = format_location(rest)
    return f"{path}.{below}" if path and below and below[0] != "[" else path + below


def format_location(location: tuple[str | int, ...]) -> str:
    """Format a location in an experiment as a path, in the form that `--set` accepts.

    >>> format_location(("model", 0, "conv", "filters"))
    'model[0].conv.filters'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return text.removeprefix(".")


def format_steps(steps: tuple[str, ...]) -> str:
    """Format the keys and list indices of a path in canonical form.

    >>> format_steps(("model", "0", "conv"))
    'model[0].conv'
    """
    return format_location(tuple(int(s) if s.isdecimal() and len(s) < 10 else s for s in steps))


def _find_place(root: Node, location: tuple[str | int, ...], *, at_key: bool) -> Place:
    """Find the line and column of `location`, or of the closest node above that the config has."""
    node, place = root, root.place
    for key_place, inner in _walk_nodes(root, location):
        node, place = inner, key_place
    return place if at_key else node.place


def find_layer_line(root: Node, location: tuple[str | int, ...]) -> int | None:
    """Return the line, from 1, of the layer at `location`; None if the config has another there."""
    if location[-1] == "shortcut":  # of a residual, which has a line of its own
        location = location[:-1]
    *above, kind = location
    *_, (_, item) = [(root.place, root), *_walk_nodes(root, tuple(above))]
    if isinstance(item, Mapping) and kind in item.entries:
        return item.entries[str(kind)][0].line + 1
    return item.place.line + 1 if isinstance(item, Scalar) and item.value == kind else None


def _walk_nodes(node: Node, location: tuple[str | int, ...]) -> Iterator[tuple[Place, Node]]:
    for step in location:
        if isinstance(node, Mapping) and step in node.entries:
            place, node = node.entries[str(step)]
            yield place, node
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            yield node.place, node
