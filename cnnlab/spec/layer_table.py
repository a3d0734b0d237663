"""Build the table of layers: shapes, arithmetic, parameters, multiply-adds, receptive fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import ceil, prod
from typing import Any

from cnnlab.spec.convolutions_and_pools import WindowLayer
from cnnlab.spec.experiment import DatasetInfo, Experiment
from cnnlab.spec.layer_groups import Block, Group, Parallel, Repeat, Residual, Unit, unroll
from cnnlab.spec.layer_interface import Layer, Shape, describe_shape
from cnnlab.spec.layers import Flatten, GlobalPool
from cnnlab.spec.size_layers import TAPS, Crop, Reshape, Resize, Upsample, ZeroPad
from cnnlab.spec.training import Optimizer

FLOAT_BYTES = 4  # weights are float32 in every precision
# How many arrays each optimizer keeps for one array of weights (Keras 3.15).
_SLOTS = {"sgd": 0, "adam": 2, "adamw": 2, "nadam": 2, "rmsprop": 1, "adagrad": 1, "lion": 1}


@dataclass(frozen=True)
class Row:
    """A row of the table of layers: a single layer, or the totals of a group.

    In the row of a group, `number` is None. Below this row are the rows of the layers in the group,
    with a `depth` that is larger by 1. Shapes have no batch axis. `receptive_field` is in pixels of
    the image.
    """

    number: int | None
    depth: int
    kind: str
    input: Shape
    kernel: tuple[int, int] | None
    stride: tuple[int, int] | None
    padding: str
    arithmetic: str
    output: Shape
    parameters: int
    parameters_arithmetic: str
    multiply_adds: int
    receptive_field: tuple[int, int]


@dataclass(frozen=True)
class Table:
    """The table of layers: its rows, and the totals of the network.

    `activation_bytes` is the memory for the outputs of all layers for one batch. `weight_bytes` is
    the memory for weights, gradients and the arrays of the optimizer. cnnlab computes these two
    sizes, and does not measure them.
    """

    rows: tuple[Row, ...]
    parameters: int
    trainable: int
    non_trainable: int
    multiply_adds: int
    batch_size: int
    activation_bytes: int
    weight_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Convert the table to plain data for JSON."""
        return asdict(self)


def build_table(spec: Experiment, info: DatasetInfo) -> Table:
    """Build the table of layers of a valid experiment on the data set `info`."""
    units = unroll(spec.model, info.image_shape)
    rows, _ = _build_rows(units, 0, ReceptiveField(info.image_shape))
    leaves = [leaf for unit in units for leaf in unit.leaves()]
    weights = [leaf.layer.parameters(leaf.input) for leaf in leaves]
    trainable = sum(parameters.trainable for parameters in weights)
    non_trainable = sum(parameters.non_trainable for parameters in weights)
    numbers = prod(info.image_shape) + sum(map(_count_numbers, units))
    # arrays of weights, of gradients, and of the optimizer
    slots = 2 + _count_slots(spec.training.optimizer)
    return Table(
        rows=tuple(rows),
        parameters=trainable + non_trainable,
        trainable=trainable,
        non_trainable=non_trainable,
        multiply_adds=sum(row.multiply_adds for row in rows if row.number),
        batch_size=spec.data.batch_size,
        activation_bytes=FLOAT_BYTES * numbers * spec.data.batch_size,
        weight_bytes=FLOAT_BYTES * (slots * trainable + non_trainable),
    )


def _count_numbers(unit: Unit) -> int:
    """Count the output numbers of all layers in a layer or group; a merge counts as a layer."""
    inner = sum(_count_numbers(below) for way in unit.ways for below in way)
    return inner + (0 if len(unit.ways) == 1 else prod(unit.output))


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field: the height and width of the pixels that influence one output.

    Each window of extent F widens the field by (F − 1) · (product of the earlier strides). A layer
    that makes maps larger has a stride below 1. The field is never larger than the image. The
    field of a merge is the largest of its branches. Means and variances of a normalization do not
    count.
    Source: Araujo, Norris, Sim, "Computing receptive fields of convolutional neural networks",
    Distill 2019, equation 2.
    """

    image: Shape
    field: tuple[int, int] = (1, 1)
    jump: tuple[Fraction, Fraction] = (Fraction(1), Fraction(1))

    def extend(self, layer: Layer, shape: Shape) -> ReceptiveField:
        """Return the receptive field after the layer `layer`, which has the input shape `shape`."""
        extents: tuple[int, ...] = (1, 1)
        strides: tuple[int | Fraction, ...] = (1, 1)
        if windows := layer.windows():
            extents = (windows[0].extent, windows[1].extent)
            strides = (windows[0].stride, windows[1].stride)
        elif isinstance(layer, Upsample | Resize):
            output = layer.output_shape(shape)
            strides = (Fraction(shape[0], output[0]), Fraction(shape[1], output[1]))
            extents = (TAPS[layer.interpolation],) * 2
        elif isinstance(layer, Flatten | GlobalPool | Reshape) and len(shape) == 3:
            extents = (shape[0], shape[1])
        axes = zip(self.field, extents, self.jump, strict=True)
        grown = [ceil(field + (extent - 1) * jump) for field, extent, jump in axes]
        down, across = map(min, zip(grown, self.image, strict=False))
        jumps = (self.jump[0] * strides[0], self.jump[1] * strides[1])
        return ReceptiveField(self.image, (down, across), jumps)

    @staticmethod
    def merge(views: Sequence[ReceptiveField]) -> ReceptiveField:
        """Return the largest height and the largest width of several receptive fields."""
        fields, jumps = ([getattr(v, name) for v in views] for name in ("field", "jump"))
        down, across = (max(axis) for axis in zip(*fields, strict=True))
        rows, columns = (max(axis) for axis in zip(*jumps, strict=True))
        return ReceptiveField(views[0].image, (down, across), (rows, columns))


def _build_rows(
    units: Sequence[Unit], depth: int, view: ReceptiveField
) -> tuple[list[Row], ReceptiveField]:
    """Build the rows of consecutive layers; return the rows and the last receptive field."""
    rows: list[Row] = []
    for unit in units:
        if isinstance(unit.layer, Group):
            more, view = _build_group_rows(unit, unit.layer, depth, view)
            rows += more
        else:
            view = view.extend(unit.layer, unit.input)
            rows.append(_build_row(unit, depth, view))
    return rows, view


def _build_group_rows(
    unit: Unit, group: Group, depth: int, view: ReceptiveField
) -> tuple[list[Row], ReceptiveField]:
    """Build the row of a group, and the rows of the group's layers and branches.

    If a group has several branches, each branch has its own row above the rows of its layers.
    Returns all rows, and the receptive field after the group.
    """
    inner: list[Row] = []
    views = []
    heads = _name_branches(unit, group)
    for name, way in zip(heads, unit.ways, strict=True):
        rows, after = _build_rows(way, depth + 1 + bool(name), view)
        views.append(after)
        output = way[-1].output if way else unit.input
        text = "" if way else "the unchanged input"
        head = [_build_head(name, depth + 1, unit.input, output, rows, after, text)] if name else []
        inner += head + rows
    merged = ReceptiveField.merge(views)
    arithmetic = _format_merge_arithmetic(unit, group)
    above = _build_head(
        _name_group(group), depth, unit.input, unit.output, inner, merged, arithmetic
    )
    return [above, *inner], merged


def _name_branches(unit: Unit, group: Group) -> list[str]:
    """Return a name for each branch; the name is empty if the branch has no row in the table."""
    if isinstance(group, Parallel):
        return [f"branch {number + 1}" for number in range(len(unit.ways))]
    return ["", *("shortcut" if way else "" for way in unit.ways[1:])]


def _name_group(group: Group) -> str:
    match group:
        case Block():
            return group.name
        case Repeat():
            return f"repeat × {group.times}"
        case Parallel():
            return f"parallel, {group.merge}"
    return group.kind


def _format_merge_arithmetic(unit: Unit, group: Group) -> str:
    if isinstance(group, Residual):
        return "output of the layers + " + (
            "a convolution of the input" if unit.ways[1] else "the input"
        )
    ends = [way[-1].output if way else unit.input for way in unit.ways]
    if isinstance(group, Parallel) and group.merge == "concatenate":
        return f"{' + '.join(str(end[-1]) for end in ends)} = {unit.output[-1]} channels"
    if len(set(ends)) > 1:  # factors of `multiply`, which apply to whole maps or pixels
        return " times ".join(map(describe_shape, ends))
    return ""


def _build_row(unit: Unit, depth: int, view: ReceptiveField) -> Row:
    layer, parameters = unit.layer, unit.layer.parameters(unit.input)
    windows = layer.windows()
    return Row(
        number=unit.number,
        depth=depth,
        kind=layer.kind,
        input=unit.input,
        kernel=(windows[0].kernel, windows[1].kernel) if windows else None,
        stride=(windows[0].stride, windows[1].stride) if windows else None,
        padding=_format_padding(layer),
        arithmetic=_format_arithmetic(layer, unit.input, unit.output),
        output=unit.output,
        parameters=parameters.total,
        parameters_arithmetic=parameters.arithmetic,
        multiply_adds=layer.multiply_adds(unit.input),
        receptive_field=view.field,
    )


def _build_head(
    name: str,
    depth: int,
    shape: Shape,
    output: Shape,
    rows: list[Row],
    view: ReceptiveField,
    arithmetic: str,
) -> Row:
    """Build the row of a group or a branch, with the totals of `rows`, the rows of its layers."""
    single = [row for row in rows if row.number]
    return Row(
        number=None,
        depth=depth,
        kind=name,
        input=shape,
        kernel=None,
        stride=None,
        padding="",
        arithmetic=arithmetic,
        output=output,
        parameters=sum(row.parameters for row in single),
        parameters_arithmetic="",
        multiply_adds=sum(row.multiply_adds for row in single),
        receptive_field=view.field,
    )


def _count_slots(optimizer: Optimizer) -> int:
    extra = getattr(optimizer, "momentum", 0) > 0  # sgd and rmsprop
    extra += getattr(optimizer, "amsgrad", False) or getattr(optimizer, "centered", False)
    return _SLOTS[optimizer.kind] + int(extra)


def _format_padding(layer: Layer) -> str:
    if isinstance(layer, ZeroPad):
        axes = [f"{a}" if a == b else f"{a}+{b}" for a, b in layer.padding]
        return "·".join(dict.fromkeys(axes))
    return str(layer.padding) if isinstance(layer, WindowLayer) else ""  # type: ignore[attr-defined]


def _format_arithmetic(layer: Layer, shape: Shape, output: Shape) -> str:
    """Write the formulas of the output height and width, or one formula if both are equal."""
    windows = layer.windows()
    if windows:
        sides = [w.arithmetic(n) for w, n in zip(windows, shape, strict=False)]
        return ", ".join(dict.fromkeys(sides))
    if isinstance(layer, ZeroPad | Crop | Upsample):
        return ", ".join(dict.fromkeys(layer.axis_arithmetic(shape[axis], axis) for axis in (0, 1)))
    if isinstance(layer, Reshape):
        return f"{'·'.join(map(str, shape))} = {'·'.join(map(str, output))}"
    if isinstance(layer, Flatten):
        return f"{'·'.join(map(str, shape))} = {output[0]}" if len(shape) > 1 else ""
    return ""
