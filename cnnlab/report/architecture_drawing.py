"""Draw the table of layers as an SVG, for light and dark screens, without any other library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.counts import format_count
from cnnlab.report.svg_shapes import (
    BRANCHING,
    RADIUS,
    SMALL,
    SvgPart,
    build_document,
    draw_box,
    draw_frame,
    draw_label,
    draw_line,
    draw_merge,
    draw_pill,
    stack_parts,
)
from cnnlab.spec.layer_interface import Shape
from cnnlab.spec.layer_table import Row, Table

_SPACE = 24  # pixels between branches
_FAMILIES = {"conv": "conv", "pool": "pool", "dense": "dense"}


@dataclass(frozen=True)
class TableNode:
    """A layer as a row of the table, with the rows of the layers that it contains (`inner`)."""

    row: Row
    inner: tuple[TableNode, ...]

    def same_as(self, other: TableNode) -> bool:
        """Whether this node equals `other`, apart from the numbers of the layers."""
        mine, theirs = (
            (n.row.kind, n.row.kernel, n.row.stride, n.row.padding, n.row.input, n.row.output)
            for n in (self, other)
        )
        alike = mine == theirs and len(self.inner) == len(other.inner)
        return alike and all(map(TableNode.same_as, self.inner, other.inner))

    def numbers(self) -> list[int]:
        """The numbers of the single layers in this node, itself or inside it."""
        own = [self.row.number] if self.row.number else []
        return [*own, *(number for node in self.inner for number in node.numbers())]


def draw_architecture(table: Table, name: str) -> str:
    """Draw the network: image at the top, classes at the bottom, shapes beside the arrows."""
    nodes = build_tree(table.rows)
    image = nodes[0].row.input
    parts = [(draw_pill(f"image {format_shape(image)}"), ""), *_draw_nodes(nodes)]
    classes = format_count(nodes[-1].row.output[-1], "class")
    drawing = stack_parts([*parts, (draw_pill(classes), "")])
    layers = format_count(sum(len(node.numbers()) for node in nodes), "layer")
    about = f"{name}: {layers}, {format_count(table.parameters, 'parameter')}"
    return build_document(drawing, about)


def build_tree(rows: Sequence[Row], depth: int = 0) -> list[TableNode]:
    """Build a tree from the rows of the table: a row contains the deeper rows that follow it."""
    heads = [index for index, row in enumerate(rows) if row.depth == depth]
    ends = [*heads[1:], len(rows)]
    return [
        TableNode(rows[start], tuple(build_tree(rows[start + 1 : end], depth + 1)))
        for start, end in zip(heads, ends, strict=False)
    ]


def format_shape(shape: Shape) -> str:
    """Format a shape as the table of layers has it: 28 × 28 × 1."""
    return " × ".join(map(str, shape))


def _draw_nodes(nodes: Sequence[TableNode]) -> list[tuple[SvgPart, str]]:
    """Draw each node; returns the drawings, each with the output shape of its layer as text."""
    return [(_draw_node(node), format_shape(node.row.output)) for node in nodes]


def _draw_node(node: TableNode) -> SvgPart:
    row = node.row
    if row.number is not None:
        return _draw_layer(row)
    if row.kind == "residual" and row.arithmetic:
        *main, last = node.inner
        if row.arithmetic.endswith("a convolution of the input"):
            return draw_frame(
                _draw_residual(_draw_nodes(main), _draw_nodes(last.inner)), row.kind, row.arithmetic
            )
        return draw_frame(_draw_residual(_draw_nodes(node.inner), []), row.kind, row.arithmetic)
    if row.kind.startswith("parallel, ") and node.inner[0].row.kind == "branch 1":
        name, _, how = row.kind.partition(", ")
        return draw_frame(
            _draw_parallel([_draw_nodes(n.inner) for n in node.inner], how), name, row.arithmetic
        )
    return _draw_block(node)


def _draw_block(node: TableNode) -> SvgPart:
    """Draw a block or a repeat. If all repetitions are equal, only the first one is drawn."""
    row, inner = node.row, node.inner
    name, _, times = row.kind.rpartition(" × ")
    if name == "repeat" and times.isdecimal():
        size = len(inner) // int(times)
        first = inner[:size]
        if all(node.same_as(first[i % size]) for i, node in enumerate(inner)):
            numbers = node.numbers()
            note = f"layers {numbers[0]} to {numbers[-1]}: these, "
            note += format_count(int(times), "time")
            return draw_frame(stack_parts(_draw_nodes(first)), row.kind, note)
    return draw_frame(stack_parts(_draw_nodes(inner)), row.kind, "")


def _draw_layer(row: Row) -> SvgPart:
    family = next((own for word, own in _FAMILIES.items() if word in row.kind), "other")
    parameters = format_count(row.parameters, "parameter") if row.parameters else ""
    window = ""
    if row.kernel and row.stride:
        down, across = row.stride
        stride = str(down) if down == across else format_shape(row.stride)
        window = f"{format_shape(row.kernel)}, stride {stride}, padding {row.padding}"
    elif row.padding:
        window = f"{row.padding} on each side"
    tip = f"{row.number} {row.kind}: {format_shape(row.input)} to {format_shape(row.output)}"
    details = [text for text in (row.arithmetic, row.parameters_arithmetic) if text]
    return draw_box(
        f"{row.number}  {row.kind}", parameters, window, family, "; ".join([tip, *details])
    )


def _draw_residual(main: list[tuple[SvgPart, str]], shortcut: list[tuple[SvgPart, str]]) -> SvgPart:
    """Draw a residual group: its layers at the left, its shortcut at the right, the sum below."""
    main_path = stack_parts(main)
    right = stack_parts(shortcut) if shortcut else SvgPart(SMALL * 8, 0, SMALL, "")
    x = main_path.width + _SPACE + right.axis
    height = max(main_path.height, right.height) + 2 * BRANCHING + RADIUS
    end = height - RADIUS
    lines = [
        draw_line((main_path.axis, 0), (main_path.axis, BRANCHING), arrow=True),
        draw_line((main_path.axis, BRANCHING / 3), (x, BRANCHING / 3), (x, BRANCHING)),
        draw_line(
            (main_path.axis, BRANCHING + main_path.height),
            (main_path.axis, end - RADIUS),
            arrow=True,
        ),
        draw_line(
            (x, BRANCHING + right.height), (x, end), (main_path.axis + RADIUS, end), arrow=True
        ),
        draw_merge(main_path.axis, end, "+"),
    ]
    if not shortcut:
        lines.append(draw_label(x + 8, BRANCHING + main_path.height / 2, "the input"))
    inner = [main_path.place(0, BRANCHING), right.place(main_path.width + _SPACE, BRANCHING)]
    width = main_path.width + _SPACE + right.width
    return SvgPart(width, height, main_path.axis, "".join([*lines, *inner]))


def _draw_parallel(branches: list[list[tuple[SvgPart, str]]], how: str) -> SvgPart:
    """Draw the branches of a parallel group side by side, and their merge below."""
    parts = [
        stack_parts(branch) if branch else SvgPart(SMALL * 8, 0, SMALL, "") for branch in branches
    ]
    tallest = max(part.height for part in parts)
    width = sum(part.width for part in parts) + _SPACE * (len(parts) - 1)
    axis, end = width / 2, tallest + 2 * BRANCHING
    columns, x = [], 0.0
    for part in parts:
        way = x + part.axis
        columns += [
            draw_line((axis, 0), (axis, BRANCHING / 3), (way, BRANCHING / 3), (way, BRANCHING)),
            part.place(x, BRANCHING),
            draw_line((way, BRANCHING + part.height), (way, end - BRANCHING / 2)),
            draw_line(
                (way, end - BRANCHING / 2), (axis, end - BRANCHING / 2), (axis, end), arrow=True
            ),
        ]
        if not part.height:
            columns.append(draw_label(way + 8, BRANCHING + tallest / 2, "the input"))
        x += part.width + _SPACE
    words = draw_pill(how)
    columns.append(words.place(axis - words.axis, end))
    return SvgPart(width, end + words.height, axis, "".join(columns))
