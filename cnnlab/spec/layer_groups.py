"""Define the layer kinds that contain other layers: repeats, named blocks and branches.

`unroll` expands all repeats and blocks of a network into single layers. Each single layer has a
number, an input shape, an output shape and a path in the config.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count, zip_longest
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnlab.spec.convolutions_and_pools import Conv
from cnnlab.spec.kinds import Listed, OneOf
from cnnlab.spec.layer_interface import Layer, Shape, ShapeFault, describe_shape
from cnnlab.spec.layers import LAYERS
from cnnlab.spec.normalization_layers import Normalize

Location = tuple[str | int, ...]
# The layers of a branch, each with its place below the group.
Way = Sequence[tuple[Location, Layer]]
MAX_LAYERS = 500  # with all repeats written out; a group counts, too
MAX_GROUPS_DEEP = 8
_DESCRIPTION = "the layers of the group, from first to last"
Layers = Annotated[tuple["AnyLayer", ...], Listed, Field(max_length=MAX_LAYERS)]


class Group(Layer):
    """A layer kind that contains other layers."""

    def ways(self) -> list[Way]:
        """Return the branches of the group, without the shortcut of a residual."""
        raise NotImplementedError

    def merge_shapes(self, shape: Shape, outputs: Sequence[Shape]) -> Shape:
        """Compute the output shape of a merge of branches that end in the shapes `outputs`.

        `shape` is the input shape of the group. Raises ShapeFault if the branches cannot merge.
        """
        return outputs[0]

    def size(self) -> int:
        """Count the layers after unrolling, where each group counts as one more layer."""
        return 1 + sum(count_layers(layer) for way in self.ways() for _, layer in way)

    def output_shape(self, shape: Shape) -> Shape:
        return unroll([self], shape)[0].output


class Block(Group):
    """A named block of layers; each use of a block in a config becomes this layer kind."""

    kind: ClassVar[str] = "block"
    name: str = Field(
        min_length=1, max_length=64, description="name of the block in the table of layers"
    )
    layers: Layers = Field(min_length=1, description=_DESCRIPTION)

    def ways(self) -> list[Way]:
        return [_list_below(("layers",), self.layers)]


class Repeat(Group):
    """The same layers several times in a row, each time with new weights."""

    kind: ClassVar[str] = "repeat"
    times: int = Field(ge=1, le=MAX_LAYERS, description="how many times the layers come in a row")
    layers: Layers = Field(min_length=1, description=_DESCRIPTION)

    def ways(self) -> list[Way]:
        return [_list_below(("layers",), self.layers) * self.times]

    def size(self) -> int:
        return 1 + self.times * sum(map(count_layers, self.layers))


class Residual(Group):
    """A group that adds its input to the output of its layers (He et al. 2015)."""

    kind: ClassVar[str] = "residual"
    main: ClassVar[str | None] = "layers"
    layers: Layers = Field(min_length=1, description=_DESCRIPTION)
    shortcut: Literal["auto", "identity", "conv"] = Field(
        "auto",
        description="identity: the unchanged input; conv: a 1 × 1 convolution of the input; "
        "auto: a convolution only where the shapes differ",
    )

    def ways(self) -> list[Way]:
        return [_list_below(("layers",), self.layers)]

    def size(self) -> int:
        return super().size() + (self.shortcut != "identity")

    def shortcut_way(self, shape: Shape, output: Shape) -> Way:
        """Return the layers of the shortcut, which turn the shape `shape` into `output`."""
        if self.shortcut == "identity" or (self.shortcut == "auto" and shape == output):
            return []
        strides = _find_strides(shape, output)
        return [(("shortcut",), Conv(filters=output[-1], kernel_size=1, strides=strides))]

    def merge_shapes(self, shape: Shape, outputs: Sequence[Shape]) -> Shape:
        if len(set(outputs)) > 1:
            raise ShapeFault(
                f"the layers of the residual turn {describe_shape(shape)} into "
                f"{describe_shape(outputs[0])}, so that the input cannot be added to the output",
                "layers that keep the shape",
                "write `shortcut: auto`, which puts a 1 × 1 convolution on the input",
            )
        return outputs[0]


class Parallel(Group):
    """Several branches that read the same input, and whose outputs are merged."""

    kind: ClassVar[str] = "parallel"
    main: ClassVar[str | None] = "branches"
    branches: Annotated[tuple[Layers, ...], Listed] = Field(
        min_length=2,
        max_length=64,
        description="a list of layers for each branch; an empty list passes the input on",
    )
    merge: Literal[
        "concatenate", "add", "average", "multiply", "subtract", "maximum", "minimum"
    ] = Field(
        "concatenate",
        description="concatenate joins the channels; multiply also takes one factor for each "
        "channel or pixel; subtract takes two branches; the others need equal shapes",
    )

    def ways(self) -> list[Way]:
        return [_list_below(("branches", i), layers) for i, layers in enumerate(self.branches)]

    def merge_shapes(self, shape: Shape, outputs: Sequence[Shape]) -> Shape:
        if self.merge == "subtract" and len(outputs) != 2:
            raise ShapeFault(
                f"`subtract` gets {len(outputs)} branches",
                "two branches: the second one is subtracted from the first one",
                "write `merge: add`, or put two parallels one after the other",
            )
        if self.merge == "multiply":
            return reduce(_multiply_shapes, outputs)
        joined = self.merge == "concatenate"
        if len({output[:-1] if joined else output for output in outputs}) > 1:
            ends = " and ".join(dict.fromkeys(map(describe_shape, outputs)))
            raise ShapeFault(
                f"the branches end in {ends}, which `{self.merge}` cannot merge",
                "the same height"
                + (" and width" if joined else ", width and channels")
                + " in all branches",
                "write `padding: same` and the same strides in every branch",
            )
        return (*outputs[0][:-1], sum(o[-1] for o in outputs)) if joined else outputs[0]


def _multiply_shapes(one: Shape, other: Shape) -> Shape:
    """Compute the shape of a product, where an axis of length 1 combines with any length.

    A vector has a factor for each channel, so its last axis combines with the last axis of the
    maps.

    >>> _multiply_shapes((26, 26, 8), (8,)), _multiply_shapes((26, 26, 1), (1, 1, 8))
    ((26, 26, 8), (26, 26, 8))
    """
    axes = list(zip_longest(reversed(one), reversed(other), fillvalue=1))
    if any(n != m and 1 not in (n, m) for n, m in axes):
        raise ShapeFault(
            f"the branches end in {describe_shape(one)} and {describe_shape(other)}, which "
            "`multiply` cannot merge",
            "equal shapes, or 1 in place of a height, a width or a number of channels",
            "end a branch of factors with `dense` and as many units as the maps have channels",
        )
    return tuple(max(pair) for pair in reversed(axes))


GROUPS: tuple[type[Group], ...] = (Residual, Parallel, Repeat, Block)
# Files of foreign models can also have `normalize`, which a config cannot name.
AnyLayer = Annotated[Layer, OneOf(*LAYERS, *GROUPS, hidden=(Normalize,))]
for _group in GROUPS:
    _group.model_rebuild()


def _list_below(above: Location, layers: Sequence[Layer]) -> list[tuple[Location, Layer]]:
    return [((*above, index, layer.kind), layer) for index, layer in enumerate(layers)]


def _find_strides(shape: Shape, output: Shape) -> tuple[int, int]:
    """Find the strides S of a 1 × 1 convolution from `shape` to `output`, where ⌈N/S⌉ = O."""
    change = f"{describe_shape(shape)} into {describe_shape(output)}"
    if len(shape) != 3 or len(output) != 3:
        raise ShapeFault(
            f"the layers of the residual turn {change}, but a 1 × 1 convolution needs maps",
            "layers that keep the shape of a vector, or turn maps into maps",
            "put the residual before `flatten`, or end it in a vector as long as its input",
        )
    strides = tuple(-(-n // o) for n, o in zip(shape[:2], output[:2], strict=True))
    strided_shape = tuple(-(-n // s) for n, s in zip(shape[:2], strides, strict=True))
    if strided_shape != output[:2]:
        raise ShapeFault(
            f"the layers of the residual turn {change}, which no 1 × 1 convolution can do",
            "layers that keep height and width, or divide height and width by strides",
            "write `padding: same` in the layers of the residual",
        )
    return strides[0], strides[1]


def count_layers(layer: Layer) -> int:
    """Count the layers in `layer` after unrolling, where each group counts as one more layer."""
    return layer.size() if isinstance(layer, Group) else 1


def measure_depth(layer: Layer) -> int:
    """Return the depth to which groups are nested in `layer`, which is 0 for a single layer."""
    if not isinstance(layer, Group):
        return 0
    return 1 + max((measure_depth(inner) for way in layer.ways() for _, inner in way), default=0)


@dataclass(frozen=True)
class Unit:
    """A layer of a network after unrolling, or a group with its branches in `ways`.

    `location` is the path of the layer or group in the experiment. `number` is the number of a
    single layer, from 1, or None for a group. `input` and `output` are the input shape and the
    output shape.
    """

    layer: Layer
    location: Location
    number: int | None
    input: Shape
    output: Shape
    ways: tuple[tuple[Unit, ...], ...] = ()

    def leaves(self) -> Iterator[Unit]:
        """Yield the single layers in this layer or group, in the order of the layer numbers."""
        if not isinstance(self.layer, Group):
            yield self
        for way in self.ways:
            for unit in way:
                yield from unit.leaves()


class LayerMisfit(ShapeFault):
    """A ShapeFault with the layer's location, number (None for a group) and input shape."""

    def __init__(
        self, fault: ShapeFault, location: Location, number: int | None, shape: Shape
    ) -> None:
        super().__init__(fault.message, fault.expected, fault.remedy)
        self.location, self.number, self.shape = location, number, shape


def unroll(layers: Sequence[Layer], shape: Shape) -> list[Unit]:
    """Expand the repeats in `layers`, and compute all shapes for an input of shape `shape`.

    Raises LayerMisfit if a layer cannot process its input.

    Example:
        >>> unit = unroll([Repeat(times=3, layers=(Conv(filters=8),))], (28, 28, 1))[0]
        >>> [(leaf.number, leaf.output) for leaf in unit.leaves()]
        [(1, (26, 26, 8)), (2, (24, 24, 8)), (3, (22, 22, 8))]
    """
    return _unroll_row(_list_below(("model",), layers), (), shape, count(1))


def _unroll_row(way: Way, above: Location, shape: Shape, numbers: Iterator[int]) -> list[Unit]:
    units: list[Unit] = []
    for below, layer in way:
        unit = _unroll_layer(layer, (*above, *below), shape, numbers)
        units.append(unit)
        shape = unit.output
    return units


def _unroll_layer(layer: Layer, location: Location, shape: Shape, numbers: Iterator[int]) -> Unit:
    number = None if isinstance(layer, Group) else next(numbers)
    try:
        if not isinstance(layer, Group):
            return Unit(layer, location, number, shape, layer.output_shape(shape))
        ways = [_unroll_row(way, location, shape, numbers) for way in layer.ways()]
        outputs = [way[-1].output if way else shape for way in ways]
        if isinstance(layer, Residual):
            shortcut = _unroll_row(layer.shortcut_way(shape, outputs[0]), location, shape, numbers)
            ways.append(shortcut)
            outputs.append(shortcut[-1].output if shortcut else shape)
        output = layer.merge_shapes(shape, outputs)
    except LayerMisfit:
        raise
    except ShapeFault as fault:
        raise LayerMisfit(fault, location, number, shape) from None
    return Unit(layer, location, None, shape, output, tuple(map(tuple, ways)))
