"""The layer kinds that scale numbers: normalization by groups, by length or by constants."""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar

from pydantic import Field

from cnnlab.counts import format_count
from cnnlab.spec.kinds import Listed, numbers_of
from cnnlab.spec.layer_interface import MAX_WIDTH, Layer, Parameters, Shape, ShapeFault

MAX_FACTOR = 1e9  # the largest factor or offset
MAX_FACTORS = 4096  # factors or offsets in a list


class GroupNorm(Layer):
    """Normalizes groups of channels of each image to mean 0 and variance 1 (Wu and He 2018)."""

    kind: ClassVar[str] = "group_norm"
    main: ClassVar[str | None] = "groups"
    groups: int = Field(
        32, ge=1, le=MAX_WIDTH, description="number of groups into which channels are split"
    )
    epsilon: float = Field(1e-3, gt=0, le=1, description="added to the variance")
    center: bool = Field(True, description="add a learned offset (beta)")
    scale: bool = Field(True, description="multiply by a learned factor (gamma)")

    def output_shape(self, shape: Shape) -> Shape:
        if shape[-1] % self.groups:
            channels = format_count(shape[-1], "channel")
            raise ShapeFault(
                f"{channels} cannot be split into {self.groups} equal groups",
                f"a number of groups that divides {shape[-1]}",
                "change `groups`, or the filters of an earlier layer",
            )
        return shape

    def parameters(self, shape: Shape) -> Parameters:
        learned = self.center + self.scale
        return Parameters(learned * shape[-1], f"{learned}·{shape[-1]}" if learned else "")


class UnitNorm(Layer):
    """Divides the channels of each pixel by their Euclidean length; the new length is 1."""

    kind: ClassVar[str] = "unit_norm"


class Rescale(Layer):
    """Computes scale · x + offset, where scale and offset are not learned."""

    kind: ClassVar[str] = "rescale"
    main: ClassVar[str | None] = "scale"
    scale: numbers_of(-MAX_FACTOR, MAX_FACTOR, MAX_FACTORS) = Field(  # type: ignore[valid-type]
        description="factor: one number, or a list with a number for each channel"
    )
    offset: numbers_of(-MAX_FACTOR, MAX_FACTOR, MAX_FACTORS) = Field(  # type: ignore[valid-type]
        (0.0,), description="added after the factor: one number, or one for each channel"
    )

    def output_shape(self, shape: Shape) -> Shape:
        for name, numbers in (("scale", self.scale), ("offset", self.offset)):
            if len(numbers) not in (1, shape[-1]):
                raise ShapeFault(
                    f"`{name}` has {format_count(len(numbers), 'number')}, but the input has "
                    f"{format_count(shape[-1], 'channel')}",
                    f"one number, or {shape[-1]}",
                    f"write one number in `{name}`",
                )
        return shape


class Normalize(Layer):
    """Computes (x − mean) / deviation in a network of another program.

    A config cannot use this layer kind; there, `data.scaling: standard` has the same effect. If
    `mean` is missing, the mean and the deviation are arrays in the model file.
    """

    kind: ClassVar[str] = "normalize"
    axes: Annotated[tuple[int, ...], Listed] = Field(
        description="the axes along which the statistics differ, counted from 1"
    )
    invert: bool = Field(False, description="compute x · deviation + mean")
    mean: tuple[float, ...] | None = Field(
        None, description="one number, or one number for each position along the axes"
    )
    variance: tuple[float, ...] | None = Field(
        None, description="one number, or one number for each position along the axes"
    )

    def parameters(self, shape: Shape) -> Parameters:
        if self.mean is not None:
            return Parameters()
        count = prod(shape[axis - 1] for axis in self.axes)
        # the mean, the variance, and the number of values that Keras no longer uses
        return Parameters(0, f"2·{count} + 1", 2 * count + 1)
