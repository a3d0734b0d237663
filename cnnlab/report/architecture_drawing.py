"""Draw the layers of a network as an SVG picture, for light and dark screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.counts import format_count
from cnnlab.report.branch_layouts import SIDE_BY_SIDE, STACKED, BranchLayout
from cnnlab.report.svg_shapes import (
    Drawing,
    SvgPart,
    build_document,
    draw_box,
    draw_frame,
    draw_pill,
    stack_parts,
)
from cnnlab.spec.layer_interface import Shape
from cnnlab.spec.layer_table import Row, Table

_FAMILIES = {"conv": "conv", "pool": "pool", "dense": "dense"}


@dataclass(frozen=True)
class TableNode:
    """A row of the table of layers; `inner` has the rows of the layers inside a group."""

    row: Row
    inner: tuple[TableNode, ...]

    def same_as(self, other: TableNode) -> bool:
        """Whether the layers of this node equal the layers of `other`, except for their numbers."""
        mine, theirs = (
            (n.row.kind, n.row.kernel, n.row.stride, n.row.padding, n.row.input, n.row.output)
            for n in (self, other)
        )
        alike = mine == theirs and len(self.inner) == len(other.inner)
        return alike and all(map(TableNode.same_as, self.inner, other.inner))

    def numbers(self) -> list[int]:
        """List the numbers of the single layers in this node."""
        own = [self.row.number] if self.row.number else []
        return [*own, *(number for node in self.inner for number in node.numbers())]


def draw_architecture(table: Table, name: str) -> Drawing:
    """Draw the network from the image down to the classes, with each shape beside an arrow."""
    return _draw(table, name, SIDE_BY_SIDE)


def draw_narrow_architecture(table: Table, name: str) -> Drawing:
    """Draw the network for a narrow screen, with branches below each other."""
    return _draw(table, name, STACKED)


def _draw(table: Table, name: str, layout: BranchLayout) -> Drawing:
    nodes = build_tree(table.rows)
    image = nodes[0].row.input
    parts = [(draw_pill(f"image {format_shape(image)}"), ""), *_draw_nodes(nodes, layout)]
    classes = format_count(nodes[-1].row.output[-1], "class")
    drawing = stack_parts([*parts, (draw_pill(classes), "")])
    layers = format_count(sum(len(node.numbers()) for node in nodes), "layer")
    about = f"{name}: {layers}, {format_count(table.parameters, 'parameter')}"
    return build_document(drawing, about)


def build_tree(rows: Sequence[Row], depth: int = 0) -> list[TableNode]:
    """Build a tree from the table of layers, where each group contains the rows of its layers."""
    heads = [index for index, row in enumerate(rows) if row.depth == depth]
    ends = [*heads[1:], len(rows)]
    return [
        TableNode(rows[start], tuple(build_tree(rows[start + 1 : end], depth + 1)))
        for start, end in zip(heads, ends, strict=False)
    ]


def format_shape(shape: Shape) -> str:
    """Format a shape as text: 28 × 28 × 1."""
    return " × ".join(map(str, shape))


def _draw_nodes(nodes: Sequence[TableNode], layout: BranchLayout) -> list[tuple[SvgPart, str]]:
    """Draw each layer or group; return each drawing with the text of the output shape."""
    return [(_draw_node(node, layout), format_shape(node.row.output)) for node in nodes]


def _draw_node(node: TableNode, layout: BranchLayout) -> SvgPart:
    row = node.row
    if row.number is not None:
        return _draw_layer(row)
    if row.kind == "residual" and row.arithmetic:
        convolves_input = row.arithmetic.endswith("a convolution of the input")
        main = node.inner[:-1] if convolves_input else node.inner
        shortcut = node.inner[-1].inner if convolves_input else ()
        group = layout.draw_residual(_draw_nodes(main, layout), _draw_nodes(shortcut, layout))
        return draw_frame(group, row.kind, row.arithmetic)
    if row.kind.startswith("parallel, ") and node.inner[0].row.kind == "branch 1":
        name, _, merge = row.kind.partition(", ")
        branches = [_draw_nodes(branch.inner, layout) for branch in node.inner]
        return draw_frame(layout.draw_parallel(branches, merge), name, row.arithmetic)
    return _draw_block(node, layout)


def _draw_block(node: TableNode, layout: BranchLayout) -> SvgPart:
    """Draw a block or a repeat. If all repetitions are equal, only the first one is drawn."""
    row, inner = node.row, node.inner
    name, _, times = row.kind.rpartition(" × ")
    if name == "repeat" and times.isdecimal():
        size = len(inner) // int(times)
        first = inner[:size]
        if all(node.same_as(first[i % size]) for i, node in enumerate(inner)):
            numbers = node.numbers()
            note = f"layers {numbers[0]} to {numbers[-1]}: the drawn layers, "
            note += format_count(int(times), "time")
            return draw_frame(stack_parts(_draw_nodes(first, layout)), row.kind, note)
    return draw_frame(stack_parts(_draw_nodes(inner, layout)), row.kind, "")


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
