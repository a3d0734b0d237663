"""Format the table of layers as text, for the terminal and for summary.txt."""

from __future__ import annotations

from cnnlab.counts import format_count
from cnnlab.spec.advice import give_advice
from cnnlab.spec.experiment import DatasetInfo, Experiment
from cnnlab.spec.layer_interface import Shape
from cnnlab.spec.layer_table import Row, Table
from cnnlab.spec.shape_checks import ends_in_softmax

_HEAD = ("#", "layer", "input", "output", "parameters", "multiply-adds", "receptive")
_LEFT = (1, 2, 3)  # columns with words and shapes; the others have numbers, aligned at the right


def format_summary(table: Table, spec: Experiment, info: DatasetInfo) -> str:
    """Format the table of layers with the arithmetic, the totals, and the advice."""
    data = (
        f"{spec.name}: {spec.data.dataset}, {_format_shape(info.image_shape)}, "
        f"{format_count(info.classes, 'class')}, "
        f"{format_count(info.training_images, 'training image')}, "
        f"{_format_validation(info)}"
        f"{format_count(info.test_images, 'test image')}"
    )
    parts = [data, "", *_format_layers(table), "", *_format_totals(table, spec)]
    if advice := give_advice(spec, table):
        parts += ["", "Advice", *(f"  * {line}" for line in advice)]
    return "\n".join(parts) + "\n"


def _format_validation(info: DatasetInfo) -> str:
    """Format the number of the validation images that come with the data set, if there are any."""
    count = info.validation_images
    return f"{format_count(count, 'validation image')}, " if count else ""


def _format_layers(table: Table) -> list[str]:
    cells = [_HEAD, *(_format_cells(row) for row in table.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEAD))]
    lines = []
    for index, row in enumerate(cells):
        aligned = [
            cell.ljust(width) if column in _LEFT else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(aligned).rstrip())
        if index == 0:
            lines.append("─" * len(lines[0]))
        else:
            indent = " " * (widths[0] + 4 + 2 * table.rows[index - 1].depth)
            lines += [indent + text for text in _format_details(table.rows[index - 1])]
    return lines


def _format_cells(row: Row) -> tuple[str, ...]:
    return (
        str(row.number or ""),
        "  " * row.depth + row.kind,
        _format_compact_shape(row.input),
        _format_compact_shape(row.output),
        f"{row.parameters:,}",
        f"{row.multiply_adds:,}",
        _format_compact_shape(row.receptive_field),
    )


def _format_details(row: Row) -> list[str]:
    """Format the lines below a layer, with its kernel and the arithmetic of its shape."""
    lines = []
    if row.kernel and row.stride:
        kernel, stride = _format_shape(row.kernel), _format_side(row.stride)
        window = f"kernel {kernel}, stride {stride}, padding {row.padding}"
        lines.append(f"{window}: {row.arithmetic}")
    elif row.arithmetic:
        lines.append(row.arithmetic)
    if row.parameters_arithmetic:
        lines.append(f"parameters: {row.parameters_arithmetic} = {row.parameters:,}")
    return lines


def _format_totals(table: Table, spec: Experiment) -> list[str]:
    fixed = f", {table.non_trainable:,} of them not trained" if table.non_trainable else ""
    outputs = "probabilities (softmax)" if ends_in_softmax(spec.model) else "logits (no softmax)"
    return [
        f"parameters     {table.parameters:,}{fixed}",
        f"multiply-adds  {table.multiply_adds:,} for one image",
        f"memory         {_format_bytes(table.activation_bytes)} for the maps of a batch of "
        f"{table.batch_size:,} (computed, not measured)",
        f"               {_format_bytes(table.weight_bytes)} for weights, gradients and the "
        "arrays of "
        f"{spec.training.optimizer.kind}",
        f"outputs        {outputs}",
        *_format_ensemble(table, spec),
    ]


def _format_ensemble(table: Table, spec: Experiment) -> list[str]:
    if spec.ensemble is None:
        return []
    count, seeds = len(spec.ensemble), ", ".join(map(str, spec.ensemble))
    together = f"{count * table.parameters:,} parameters"
    return [f"ensemble       {count} such networks, {together} together; seeds {seeds}"]


def _format_shape(shape: Shape) -> str:
    return " × ".join(map(str, shape))


def _format_compact_shape(shape: Shape) -> str:
    """Format a shape without spaces, so that most tables are at most 80 characters wide."""
    return "×".join(map(str, shape))


def _format_side(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else _format_shape(pair)


def _format_bytes(count: int) -> str:
    """Format a number of bytes in a suitable unit.

    >>> _format_bytes(3_500_000)
    '3.3 MiB'
    """
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
