"""Draw branches of layers side by side or, for narrow screens, below each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cnnlab.report.svg_shapes import (
    BRANCHING,
    RADIUS,
    SMALL,
    SvgPart,
    draw_label,
    draw_line,
    draw_merge,
    draw_pill,
    stack_parts,
)

_SPACE = 24  # pixels between branches that are side by side
_RAIL = 18  # pixels between stacked branches and the vertical lines at their left and right
_BETWEEN = 52  # pixels between stacked branches: for the line out, a label and the line in

Branch = Sequence[tuple[SvgPart, str]]  # drawings of layers, each with its output shape as text


@dataclass(frozen=True)
class BranchLayout:
    """The functions that draw a residual group and a parallel group.

    `draw_residual` takes the layers of the group, and the layers of the shortcut if the group has a
    shortcut with layers. `draw_parallel` takes the branches, and the name of the merge, such as
    "concatenate".
    """

    draw_residual: Callable[[Branch, Branch], SvgPart]
    draw_parallel: Callable[[Sequence[Branch], str], SvgPart]


def _draw_residual(main: Branch, shortcut: Branch) -> SvgPart:
    """Draw a residual group with the layers left, the shortcut right and the sum below."""
    main_path = stack_parts(main)
    right = _stack_branch(shortcut)
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
        draw_merge("+").place(main_path.axis - RADIUS, end - RADIUS),
    ]
    if not shortcut:
        lines.append(draw_label(x + 8, BRANCHING + main_path.height / 2, "the input"))
    inner = [main_path.place(0, BRANCHING), right.place(main_path.width + _SPACE, BRANCHING)]
    width = main_path.width + _SPACE + right.width
    return SvgPart(width, height, main_path.axis, "".join([*lines, *inner]))


def _draw_parallel(branches: Sequence[Branch], merge: str) -> SvgPart:
    """Draw the branches of a parallel group side by side, and the merge below the branches."""
    parts = [_stack_branch(branch) for branch in branches]
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
    words = draw_pill(merge)
    columns.append(words.place(axis - words.axis, end))
    return SvgPart(width, end + words.height, axis, "".join(columns))


def _stack_branch(branch: Branch) -> SvgPart:
    return stack_parts(branch) if branch else SvgPart(SMALL * 8, 0, SMALL, "")


def _draw_stacked_residual(main: Branch, shortcut: Branch) -> SvgPart:
    return _draw_stacked([("the layers", main), ("the shortcut", shortcut)], draw_merge("+"))


def _draw_stacked_parallel(branches: Sequence[Branch], merge: str) -> SvgPart:
    named = [(f"branch {number}", branch) for number, branch in enumerate(branches, start=1)]
    return _draw_stacked(named, draw_pill(merge))


def _draw_stacked(branches: Sequence[tuple[str, Branch]], merge: SvgPart) -> SvgPart:
    """Draw named branches below each other, and their merge at the bottom.

    A line at the left leads the input into each branch. A line at the right leads each output to
    the merge.
    """
    parts = [_stack_branch(branch) for _, branch in branches]
    before = max(part.axis for part in parts)
    after = max(part.width - part.axis for part in parts)
    axis, right = _RAIL + before, 2 * _RAIL + before + after
    shapes, inputs, outputs, y = [], [], [], 0.0
    for (name, branch), part in zip(branches, parts, strict=True):
        inputs.append(y + _BETWEEN - 18)
        top, y = y + _BETWEEN, y + _BETWEEN + part.height
        outputs.append(y + 12 if branch else inputs[-1])
        if branch:
            into = (0.0, inputs[-1]), (axis, inputs[-1]), (axis, top)
            shapes += [draw_label(8, inputs[-1] - 8, name), draw_line(*into, arrow=True)]
            shapes += [draw_line((axis, y), (axis, outputs[-1]), (right, outputs[-1]))]
            shapes += [part.place(axis - part.axis, top)]
        else:
            y = inputs[-1]
            shapes += [draw_label(8, y - 8, f"{name}: the input"), draw_line((0, y), (right, y))]
    bend = outputs[-1] + BRANCHING / 2
    end = bend + BRANCHING / 2
    shapes += [
        draw_line((axis, 0), (axis, BRANCHING / 3), (0, BRANCHING / 3), (0, inputs[-1])),
        draw_line((right, outputs[0]), (right, bend), (axis, bend), (axis, end), arrow=True),
        merge.place(axis - merge.axis, end),
    ]
    return SvgPart(right, end + merge.height, axis, "".join(shapes))


SIDE_BY_SIDE = BranchLayout(_draw_residual, _draw_parallel)
STACKED = BranchLayout(_draw_stacked_residual, _draw_stacked_parallel)
