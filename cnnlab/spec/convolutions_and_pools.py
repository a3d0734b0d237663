"""Convolutions and pools: the layer kinds that slide a window over height and width."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from cnnlab.spec.kinds import pair_of
from cnnlab.spec.layer_interface import (
    MAX_SIDE,
    MAX_WIDTH,
    Layer,
    Parameters,
    Shape,
    ShapeFault,
    add_bias,
    require_maps,
)
from cnnlab.spec.layer_options import (
    LINEAR,
    AnyActivation,
    AnyInitializer,
    AnyRegularizer,
    GlorotUniform,
    Zeros,
)
from cnnlab.spec.window import Padding, Window


def _read_padding(value: Any) -> Any:
    is_side = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SIDE
    if value in ("same", "valid") or is_side:
        return value
    raise PydanticCustomError("padding", "not a padding")


PaddingField = Annotated[
    Literal["same", "valid"] | int,
    BeforeValidator(_read_padding),
    Field(json_schema_extra={"maximum": MAX_SIDE}),
]
Side = Annotated[int, Field(ge=1, le=MAX_SIDE)]


class WindowLayer(Layer):
    """A layer that slides a window over height and width."""

    def windows(self) -> tuple[Window, Window]:
        raise NotImplementedError

    def channels(self, channels: int) -> int:
        """Channels after the layer."""
        return channels

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        rows, columns = self.windows()
        output = (rows.output(shape[0]), columns.output(shape[1]))
        for name, window, length, result in zip(
            ("height", "width"), (rows, columns), shape[:2], output, strict=True
        ):
            if result < 1:
                raise ShapeFault(
                    f"the {name} {length} is too small for a window of {window.extent}: "
                    f"{window.arithmetic(length)}",
                    "an output of at least 1 × 1",
                    "use a smaller kernel, `padding: same`, or fewer pools and strides before",
                )
        return (*output, self.channels(shape[2]))


class Convolution(WindowLayer):
    """The common fields of all convolutions."""

    kernel_size: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        (3, 3), description="kernel: one number, or [height, width]"
    )
    strides: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        (1, 1), description="step of the kernel: one number, or [height, width]"
    )
    padding: PaddingField = Field(
        "valid", description="zeros around the input: same, valid, or P on each side"
    )
    dilation_rate: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        (1, 1), description="distance between the kernel's cells: one number, or [height, width]"
    )
    activation: AnyActivation = Field(LINEAR, description="function after the convolution")
    use_bias: bool = Field(True, description="add one learned number to each output channel")

    @property
    def kernel_area(self) -> int:
        """Cells of the kernel."""
        return int(prod(self.kernel_size))

    def windows(self) -> tuple[Window, Window]:
        return _build_windows(self.kernel_size, self.strides, self.padding, self.dilation_rate)


def _build_windows(
    kernel: Any, strides: Any, padding: Padding, dilation: Any
) -> tuple[Window, Window]:
    rows, columns = (
        Window(kernel[axis], strides[axis], padding, dilation[axis]) for axis in (0, 1)
    )
    return rows, columns


class Conv(Convolution):
    """A convolution: each output channel looks at all input channels of its group."""

    kind: ClassVar[str] = "conv"
    main: ClassVar[str | None] = "filters"
    filters: int = Field(ge=1, le=MAX_WIDTH, description="output channels: kernels to learn")
    groups: int = Field(
        1, ge=1, le=MAX_WIDTH, description="channels are split into this many groups"
    )
    kernel_initializer: AnyInitializer = Field(GlorotUniform(), description="how the kernel starts")
    bias_initializer: AnyInitializer = Field(Zeros(), description="how the bias starts")
    kernel_regularizer: AnyRegularizer | None = Field(None, description="penalty on the kernel")
    bias_regularizer: AnyRegularizer | None = Field(None, description="penalty on the bias")

    def channels(self, channels: int) -> int:
        return self.filters

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ShapeFault(
                "strides and dilation_rate are both over 1, which Keras does not compute",
                "one of them 1",
                "drop `strides` or `dilation_rate`, or pool after the convolution",
            )
        for name, number in (("input channels", shape[2]), ("filters", self.filters)):
            if number % self.groups:
                raise ShapeFault(
                    f"{number} {name} do not split into {self.groups} groups",
                    f"a number of groups that divides {number}",
                    "change `groups`, or `filters` here or before",
                )
        return super().output_shape(shape)

    def parameters(self, shape: Shape) -> Parameters:
        height, width = self.kernel_size
        inputs = shape[2] // self.groups
        kernel = height * width * inputs * self.filters
        text = f"{height}·{width}·{inputs}·{self.filters}"
        return add_bias(kernel, text, self.filters if self.use_bias else 0)

    def multiply_adds(self, shape: Shape) -> int:
        rows, columns, filters = self.output_shape(shape)
        return rows * columns * self.kernel_area * (shape[2] // self.groups) * filters


class DepthwiseConv(Convolution):
    """A convolution of each channel by itself."""

    kind: ClassVar[str] = "depthwise_conv"
    main: ClassVar[str | None] = "kernel_size"
    depth_multiplier: int = Field(1, ge=1, le=MAX_SIDE, description="output channels per channel")
    depthwise_initializer: AnyInitializer = Field(
        GlorotUniform(), description="how the kernel starts"
    )
    bias_initializer: AnyInitializer = Field(Zeros(), description="how the bias starts")
    depthwise_regularizer: AnyRegularizer | None = Field(None, description="penalty on the kernel")
    bias_regularizer: AnyRegularizer | None = Field(None, description="penalty on the bias")

    def channels(self, channels: int) -> int:
        return channels * self.depth_multiplier

    def parameters(self, shape: Shape) -> Parameters:
        height, width = self.kernel_size
        kernel = height * width * shape[2] * self.depth_multiplier
        text = f"{height}·{width}·{shape[2]}·{self.depth_multiplier}"
        return add_bias(kernel, text, self.channels(shape[2]) if self.use_bias else 0)

    def multiply_adds(self, shape: Shape) -> int:
        rows, columns, channels = self.output_shape(shape)
        return rows * columns * channels * self.kernel_area


class SeparableConv(Convolution):
    """A convolution of each channel by itself, then a 1 × 1 convolution across channels."""

    kind: ClassVar[str] = "separable_conv"
    main: ClassVar[str | None] = "filters"
    filters: int = Field(ge=1, le=MAX_WIDTH, description="output channels")
    depth_multiplier: int = Field(
        1, ge=1, le=MAX_SIDE, description="maps per channel between the two steps"
    )
    depthwise_initializer: AnyInitializer = Field(
        GlorotUniform(), description="how the depthwise kernel starts"
    )
    pointwise_initializer: AnyInitializer = Field(
        GlorotUniform(), description="how the 1 × 1 kernel starts"
    )
    bias_initializer: AnyInitializer = Field(Zeros(), description="how the bias starts")
    depthwise_regularizer: AnyRegularizer | None = Field(
        None, description="penalty on the depthwise kernel"
    )
    pointwise_regularizer: AnyRegularizer | None = Field(
        None, description="penalty on the 1 × 1 kernel"
    )
    bias_regularizer: AnyRegularizer | None = Field(None, description="penalty on the bias")

    def channels(self, channels: int) -> int:
        return self.filters

    def parameters(self, shape: Shape) -> Parameters:
        height, width = self.kernel_size
        middle = shape[2] * self.depth_multiplier
        kernel = height * width * middle + middle * self.filters
        text = f"{height}·{width}·{middle} + {middle}·{self.filters}"
        return add_bias(kernel, text, self.filters if self.use_bias else 0)

    def multiply_adds(self, shape: Shape) -> int:
        rows, columns, filters = self.output_shape(shape)
        middle = shape[2] * self.depth_multiplier
        return rows * columns * middle * (self.kernel_area + filters)


class Pool(WindowLayer):
    """The common fields of both pools."""

    main: ClassVar[str | None] = "pool_size"
    pool_size: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        (2, 2), description="window: one number, or [height, width]"
    )
    strides: pair_of(1, MAX_SIDE) | None = Field(  # type: ignore[valid-type]
        None, description="step of the window; as large as the window if not given"
    )
    padding: PaddingField = Field("valid", description="same, valid, or P zeros on each side")

    def windows(self) -> tuple[Window, Window]:
        return _build_windows(self.pool_size, self.strides or self.pool_size, self.padding, (1, 1))


class MaxPool(Pool):
    """The largest number in each window."""

    kind: ClassVar[str] = "max_pool"


class AvgPool(Pool):
    """The mean of each window; it counts P zeros on each side, but not the padding of `same`."""

    kind: ClassVar[str] = "avg_pool"
