"""Define convolutions and pools, which slide a window over the height and width of images."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from cnnlab.counts import format_count
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
        """Return the number of output channels for `channels` input channels."""
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
                    "use a smaller kernel, `padding: same`, or fewer pools and strides "
                    "before this layer",
                )
        return (*output, self.channels(shape[2]))


class Convolution(WindowLayer):
    """The common fields of all kinds of convolutions."""

    kernel_size: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        (3, 3), description="size of the kernel: one number, or [height, width]"
    )
    strides: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        (1, 1), description="step of the kernel: one number, or [height, width]"
    )
    padding: PaddingField = Field(
        "valid", description="zeros around the input: same, valid, or how many zeros at each side"
    )
    dilation_rate: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        (1, 1), description="distance between the kernel's cells: one number, or [height, width]"
    )
    activation: AnyActivation = Field(LINEAR, description="function after the convolution")
    use_bias: bool = Field(True, description="add one learned number to each output channel")

    @property
    def kernel_area(self) -> int:
        """The number of cells of the kernel: height · width."""
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
    """A convolution where each output channel uses all input channels of its group."""

    kind: ClassVar[str] = "conv"
    main: ClassVar[str | None] = "filters"
    filters: int = Field(
        ge=1, le=MAX_WIDTH, description="number of kernels, one for each output channel"
    )
    groups: int = Field(
        1, ge=1, le=MAX_WIDTH, description="number of groups into which channels are split"
    )
    kernel_initializer: AnyInitializer = Field(
        GlorotUniform(), description="initial values of the kernel"
    )
    bias_initializer: AnyInitializer = Field(Zeros(), description="initial values of the bias")
    kernel_regularizer: AnyRegularizer | None = Field(None, description="penalty on the kernel")
    bias_regularizer: AnyRegularizer | None = Field(None, description="penalty on the bias")

    def channels(self, channels: int) -> int:
        return self.filters

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ShapeFault(
                "strides and dilation_rate are both over 1, which Keras does not compute",
                "one of these fields with the value 1",
                "remove `strides` or `dilation_rate`, or add a pool after the convolution",
            )
        for name, number in (("input channel", shape[2]), ("filter", self.filters)):
            if number % self.groups:
                raise ShapeFault(
                    f"{format_count(number, name)} cannot be split into {self.groups} equal groups",
                    f"a number of groups that divides {number}",
                    "change `groups`, or `filters` of this layer or an earlier layer",
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


class ChannelwiseConvolution(Convolution):
    """The common part of convolutions that filter each input channel separately."""

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        if self.strides[0] != self.strides[1]:
            down, right = self.strides
            raise ShapeFault(
                f"the strides {down} and {right} differ, and TensorFlow computes a {self.kind} "
                "with different strides only on some processors",
                "the same stride for height and width",
                f"write `strides: {min(self.strides)}`, or add a pool after the convolution",
            )
        return super().output_shape(shape)


class DepthwiseConv(ChannelwiseConvolution):
    """A convolution that filters each input channel separately."""

    kind: ClassVar[str] = "depthwise_conv"
    main: ClassVar[str | None] = "kernel_size"
    depth_multiplier: int = Field(
        1, ge=1, le=MAX_SIDE, description="output channels for each input channel"
    )
    depthwise_initializer: AnyInitializer = Field(
        GlorotUniform(), description="initial values of the kernel"
    )
    bias_initializer: AnyInitializer = Field(Zeros(), description="initial values of the bias")
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


class SeparableConv(ChannelwiseConvolution):
    """A depthwise convolution of each channel, followed by a 1 × 1 convolution across channels."""

    kind: ClassVar[str] = "separable_conv"
    main: ClassVar[str | None] = "filters"
    filters: int = Field(ge=1, le=MAX_WIDTH, description="number of output channels")
    depth_multiplier: int = Field(
        1,
        ge=1,
        le=MAX_SIDE,
        description="channels between the two convolutions, for each input channel",
    )
    depthwise_initializer: AnyInitializer = Field(
        GlorotUniform(), description="initial values of the depthwise kernel"
    )
    pointwise_initializer: AnyInitializer = Field(
        GlorotUniform(), description="initial values of the 1 × 1 kernel"
    )
    bias_initializer: AnyInitializer = Field(Zeros(), description="initial values of the bias")
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
    """The common fields of max pooling and average pooling."""

    main: ClassVar[str | None] = "pool_size"
    pool_size: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        (2, 2), description="size of the window: one number, or [height, width]"
    )
    strides: pair_of(1, MAX_SIDE) | None = Field(  # type: ignore[valid-type]
        None, description="step of the window; by default the size of the window"
    )
    padding: PaddingField = Field(
        "valid", description="same, valid, or a number of zeros for each side"
    )

    def windows(self) -> tuple[Window, Window]:
        return _build_windows(self.pool_size, self.strides or self.pool_size, self.padding, (1, 1))


class MaxPool(Pool):
    """Max pooling, which outputs the largest number in each window."""

    kind: ClassVar[str] = "max_pool"


class AvgPool(Pool):
    """Average pooling, which outputs the mean of each window.

    The mean includes the zeros of a padding that is a number, but not the zeros of `padding: same`.
    """

    kind: ClassVar[str] = "avg_pool"
