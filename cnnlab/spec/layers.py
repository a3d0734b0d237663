"""Define dense layers, global pools, dropout and others, and the list of all layer kinds.

`cnnlab.model` has the Keras builders of these kinds.
"""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar

from pydantic import Field

from cnnlab.spec.convolutions_and_pools import AvgPool, Conv, DepthwiseConv, MaxPool, SeparableConv
from cnnlab.spec.kinds import Listed
from cnnlab.spec.layer_interface import (
    MAX_WIDTH,
    Layer,
    Parameters,
    Shape,
    ShapeFault,
    add_bias,
    describe_shape,
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
from cnnlab.spec.normalization_layers import GroupNorm, Rescale, UnitNorm
from cnnlab.spec.size_layers import Crop, Reshape, Resize, Upsample, ZeroPad


class GlobalPool(Layer):
    """A pooling layer that computes one number for each channel."""

    keepdims: bool = Field(
        False, description="output maps with height 1 and width 1, and not a vector"
    )

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        return (1, 1, shape[2]) if self.keepdims else (shape[2],)


class GlobalAvgPool(GlobalPool):
    """Average pooling that computes the mean of each channel (Lin et al. 2013)."""

    kind: ClassVar[str] = "global_avg_pool"


class GlobalMaxPool(GlobalPool):
    """Max pooling that computes the largest number of each channel."""

    kind: ClassVar[str] = "global_max_pool"


class Flatten(Layer):
    """Puts all numbers of the feature maps into one vector."""

    kind: ClassVar[str] = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)


class Dense(Layer):
    """A fully connected layer, which processes each pixel of feature maps separately."""

    kind: ClassVar[str] = "dense"
    main: ClassVar[str | None] = "units"
    units: int = Field(ge=1, le=MAX_WIDTH, description="number of outputs")
    activation: AnyActivation = Field(LINEAR, description="function after the layer")
    use_bias: bool = Field(True, description="add one learned number to each output")
    kernel_initializer: AnyInitializer = Field(
        GlorotUniform(), description="initial values of the kernel"
    )
    bias_initializer: AnyInitializer = Field(Zeros(), description="initial values of the bias")
    kernel_regularizer: AnyRegularizer | None = Field(None, description="penalty on the kernel")
    bias_regularizer: AnyRegularizer | None = Field(None, description="penalty on the bias")

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> Parameters:
        kernel = shape[-1] * self.units
        return add_bias(kernel, f"{shape[-1]}·{self.units}", self.units if self.use_bias else 0)

    def multiply_adds(self, shape: Shape) -> int:
        return prod(shape) * self.units


Rate = Annotated[float, Field(ge=0, lt=1)]


class Dropout(Layer):
    """In training, sets a share of the numbers to 0 (Srivastava et al. 2014)."""

    kind: ClassVar[str] = "dropout"
    main: ClassVar[str | None] = "rate"
    rate: Rate = Field(description="share of the numbers that training sets to 0")


class SpatialDropout(Layer):
    """In training, sets a share of the feature maps to 0 (Tompson et al. 2014)."""

    kind: ClassVar[str] = "spatial_dropout"
    main: ClassVar[str | None] = "rate"
    rate: Rate = Field(description="share of the feature maps that training sets to 0")

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        return shape


class AlphaDropout(Layer):
    """Dropout that does not change mean and variance, for selu (Klambauer et al. 2017)."""

    kind: ClassVar[str] = "alpha_dropout"
    main: ClassVar[str | None] = "rate"
    rate: Rate = Field(description="share of the numbers that training replaces")


class BatchNorm(Layer):
    """Normalizes each channel to mean 0 and variance 1 over the batch (Ioffe and Szegedy 2015)."""

    kind: ClassVar[str] = "batch_norm"
    main: ClassVar[str | None] = "momentum"
    momentum: float = Field(
        0.99, ge=0, lt=1, description="share of the moving statistics that a step keeps"
    )
    epsilon: float = Field(1e-3, gt=0, le=1, description="added to the variance")
    center: bool = Field(True, description="add a learned offset (beta)")
    scale: bool = Field(True, description="multiply by a learned factor (gamma)")

    def parameters(self, shape: Shape) -> Parameters:
        learned = self.center + self.scale
        channels = shape[-1]
        return Parameters(learned * channels, f"{learned}·{channels} + 2·{channels}", 2 * channels)


class LayerNorm(Layer):
    """Normalizes the channels of each pixel to mean 0 and variance 1 (Ba et al. 2016)."""

    kind: ClassVar[str] = "layer_norm"
    main: ClassVar[str | None] = "epsilon"
    epsilon: float = Field(1e-3, gt=0, le=1, description="added to the variance")
    center: bool = Field(True, description="add a learned offset (beta)")
    scale: bool = Field(True, description="multiply by a learned factor (gamma)")

    def parameters(self, shape: Shape) -> Parameters:
        learned = self.center + self.scale
        return Parameters(learned * shape[-1], f"{learned}·{shape[-1]}" if learned else "")


class ActivationLayer(Layer):
    """An activation function as a separate layer."""

    kind: ClassVar[str] = "activation"
    main: ClassVar[str | None] = "function"
    function: AnyActivation = Field(description="the activation")


class PRelu(Layer):
    """Computes x for x > 0, and otherwise alpha · x with a learned alpha (He et al. 2015)."""

    kind: ClassVar[str] = "prelu"
    main: ClassVar[str | None] = "shared_axes"
    shared_axes: Annotated[tuple[Annotated[int, Field(ge=1, le=3)], ...], Listed] = Field(
        (),
        max_length=3,
        description="axes along which one alpha is shared: 1 height, 2 width, 3 channels; "
        "[1, 2] has one alpha for each channel",
    )
    alpha_initializer: AnyInitializer = Field(Zeros(), description="initial values of alpha")
    alpha_regularizer: AnyRegularizer | None = Field(None, description="penalty on alpha")

    def output_shape(self, shape: Shape) -> Shape:
        if max(self.shared_axes, default=1) > len(shape):
            raise ShapeFault(
                f"`shared_axes` has axis {max(self.shared_axes)}, but the input is "
                f"{describe_shape(shape)}",
                "axis 1 alone, or no shared axes",
                "leave `shared_axes` out, or put this layer before `flatten`",
            )
        return shape

    def parameters(self, shape: Shape) -> Parameters:
        sides = [1 if axis in self.shared_axes else n for axis, n in enumerate(shape, start=1)]
        return Parameters(prod(sides), "·".join(map(str, sides)))


class GaussianNoise(Layer):
    """In training, adds noise from a normal distribution."""

    kind: ClassVar[str] = "gaussian_noise"
    main: ClassVar[str | None] = "stddev"
    stddev: float = Field(ge=0, le=1, description="standard deviation of the noise")


LAYERS: tuple[type[Layer], ...] = (
    Conv,
    SeparableConv,
    DepthwiseConv,
    MaxPool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    Flatten,
    Dense,
    Dropout,
    SpatialDropout,
    AlphaDropout,
    BatchNorm,
    LayerNorm,
    GroupNorm,
    UnitNorm,
    ActivationLayer,
    PRelu,
    ZeroPad,
    Crop,
    Upsample,
    Resize,
    Reshape,
    Rescale,
    GaussianNoise,
)
