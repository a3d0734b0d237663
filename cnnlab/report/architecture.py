"""The table of layers as a drawing: an SVG of its own, in light and dark, with no other library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.report.drawing import (
    BRANCHING,
    RADIUS,
    SMALL,
    Part,
    box,
    column,
    document,
    framed,
    label,
    line,
    merge,
    pill,
)
from cnnlab.spec.layer import Shape
from cnnlab.spec.table import Row, Table

_SPACE = 24  # between branches
_FAMILIES = {"conv": "conv", "pool": "pool", "dense": "dense"}


@dataclass(frozen=True)
class Node:
    """A row of the table, and the rows of what is in it."""

    row: Row
    inner: tuple[Node, ...]

    def same_as(self, other: Node) -> bool:
        """Whether it looks the same in all but the numbers of its layers."""
        mine, theirs = (
            (n.row.kind, n.row.kernel, n.row.stride, n.row.padding, n.row.input, n.row.output)
            for n in (self, other)
        )
        alike = mine == theirs and len(self.inner) == len(other.inner)
        return alike and all(map(Node.same_as, self.inner, other.inner))

    def numbers(self) -> list[int]:
        """The numbers of the single layers in it."""
        own = [self.row.number] if self.row.number else []
        return [*own, *(number for node in self.inner for number in node.numbers())]


def architecture(table: Table, name: str) -> str:
    """The drawing: the image at the top, the answer at the bottom, shapes beside the arrows."""
    nodes = tree(table.rows)
    image = nodes[0].row.input
    parts = [(pill(f"image {shape_text(image)}"), ""), *_parts(nodes)]
    whole = column([*parts, (pill(f"{nodes[-1].row.output[-1]} classes"), "")])
    layers = sum(len(node.numbers()) for node in nodes)
    about = f"{name}: {layers} layers, {table.parameters:,} parameters"
    return document(whole, about)


def tree(rows: Sequence[Row], depth: int = 0) -> list[Node]:
    """The rows with what is in each of them, by their depths."""
    heads = [index for index, row in enumerate(rows) if row.depth == depth]
    ends = [*heads[1:], len(rows)]
    return [
        Node(rows[start], tuple(tree(rows[start + 1 : end], depth + 1)))
        for start, end in zip(heads, ends, strict=False)
    ]


def shape_text(shape: Shape) -> str:
    """A shape as the table has it: 28 × 28 × 1."""
    return " × ".join(map(str, shape))


def _parts(nodes: Sequence[Node]) -> list[tuple[Part, str]]:
    """What is drawn below each other, each with the shape that comes out of it."""
    return [(_part(node), shape_text(node.row.output)) for node in nodes]


def _part(node: Node) -> Part:
    row = node.row
    if row.number is not None:
        return _layer(row)
    if row.kind == "residual" and row.arithmetic:
        *main, last = node.inner
        if row.arithmetic.endswith("a convolution of the input"):
            return framed(_residual(_parts(main), _parts(last.inner)), row.kind, row.arithmetic)
        return framed(_residual(_parts(node.inner), []), row.kind, row.arithmetic)
    if row.kind.startswith("parallel, ") and node.inner[0].row.kind == "branch 1":
        name, _, how = row.kind.partition(", ")
        return framed(_parallel([_parts(n.inner) for n in node.inner], how), name, row.arithmetic)
    return _repeated(node)


def _repeated(node: Node) -> Part:
    """A block, or a repeat; what a repeat has several times alike is drawn once."""
    row, inner = node.row, node.inner
    name, _, times = row.kind.rpartition(" × ")
    if name == "repeat" and times.isdecimal():
        size = len(inner) // int(times)
        first = inner[:size]
        if all(node.same_as(first[i % size]) for i, node in enumerate(inner)):
            numbers = node.numbers()
            told = f"layers {numbers[0]} to {numbers[-1]}: these, {times} times"
            return framed(column(_parts(first)), row.kind, told)
    return framed(column(_parts(inner)), row.kind, "")


def _layer(row: Row) -> Part:
    family = next((own for word, own in _FAMILIES.items() if word in row.kind), "other")
    parameters = f"{row.parameters:,} parameters" if row.parameters else ""
    window = ""
    if row.kernel and row.stride:
        down, across = row.stride
        stride = str(down) if down == across else shape_text(row.stride)
        window = f"{shape_text(row.kernel)}, stride {stride}, padding {row.padding}"
    elif row.padding:
        window = f"{row.padding} on each side"
    tip = f"{row.number} {row.kind}: {shape_text(row.input)} to {shape_text(row.output)}"
    details = [text for text in (row.arithmetic, row.parameters_arithmetic) if text]
    return box(f"{row.number}  {row.kind}", parameters, window, family, "; ".join([tip, *details]))


def _residual(main: list[tuple[Part, str]], shortcut: list[tuple[Part, str]]) -> Part:
    """The layers on the left, what goes around them on the right, and their sum below."""
    left = column(main)
    right = column(shortcut) if shortcut else Part(SMALL * 8, 0, SMALL, "")
    x = left.width + _SPACE + right.axis
    height = max(left.height, right.height) + 2 * BRANCHING + RADIUS
    end = height - RADIUS
    lines = [
        line((left.axis, 0), (left.axis, BRANCHING), arrow=True),
        line((left.axis, BRANCHING / 3), (x, BRANCHING / 3), (x, BRANCHING)),
        line((left.axis, BRANCHING + left.height), (left.axis, end - RADIUS), arrow=True),
        line((x, BRANCHING + right.height), (x, end), (left.axis + RADIUS, end), arrow=True),
        merge(left.axis, end, "+"),
    ]
    if not shortcut:
        lines.append(label(x + 8, BRANCHING + left.height / 2, "the input"))
    inner = [left.at(0, BRANCHING), right.at(left.width + _SPACE, BRANCHING)]
    width = left.width + _SPACE + right.width
    return Part(width, height, left.axis, "".join([*lines, *inner]))


def _parallel(branches: list[list[tuple[Part, str]]], how: str) -> Part:
    """The branches side by side, and below them how they become one."""
    parts = [column(branch) if branch else Part(SMALL * 8, 0, SMALL, "") for branch in branches]
    tallest = max(part.height for part in parts)
    width = sum(part.width for part in parts) + _SPACE * (len(parts) - 1)
    axis, end = width / 2, tallest + 2 * BRANCHING
    drawn, x = [], 0.0
    for part in parts:
        way = x + part.axis
        drawn += [
            line((axis, 0), (axis, BRANCHING / 3), (way, BRANCHING / 3), (way, BRANCHING)),
            part.at(x, BRANCHING),
            line((way, BRANCHING + part.height), (way, end - BRANCHING / 2)),
            line((way, end - BRANCHING / 2), (axis, end - BRANCHING / 2), (axis, end), arrow=True),
        ]
        if not part.height:
            drawn.append(label(way + 8, BRANCHING + tallest / 2, "the input"))
        x += part.width + _SPACE
    words = pill(how)
    drawn.append(words.at(axis - words.axis, end))
    return Part(width, end + words.height, axis, "".join(drawn))
