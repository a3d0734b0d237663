"""The interface of every layer kind: output shape, parameters and multiply-adds.

A shape is (height, width, channels) for maps and (units,) for vectors, without the batch axis.
"""

from __future__ import annotations

from cnnlab.counts import format_count
from cnnlab.spec.kinds import Kind
from cnnlab.spec.window import Window

Shape = tuple[int, ...]
MAX_SIDE = 1024  # the largest kernel, stride or padding
MAX_WIDTH = 65_536  # filters or units of one layer
MAX_NUMBERS = 2**24  # outputs of a layer that enlarges maps: 64 MiB for each image in float32


def describe_shape(shape: Shape) -> str:
    """Describe a shape in words: `28 × 28 × 1`, or `a vector of 10`."""
    return " × ".join(map(str, shape)) if len(shape) > 1 else f"a vector of {shape[0]}"


class ShapeFault(Exception):
    """Raised when a layer does not fit its input shape.

    `message` says what is wrong, `expected` what was expected, and `remedy` what to do.
    """

    def __init__(self, message: str, expected: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.expected, self.remedy = message, expected, remedy


class Parameters:
    """The number of weights of a layer, and how it is computed: `3·3·1·32 + 32`."""

    def __init__(self, trainable: int = 0, arithmetic: str = "", non_trainable: int = 0) -> None:
        self.trainable, self.non_trainable = trainable, non_trainable
        self.total = trainable + non_trainable
        self.arithmetic = arithmetic


class Layer(Kind):
    """A layer kind; by default, a layer keeps the shape and has no weights."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape after this layer; raises ShapeFault if `shape` does not fit."""
        return shape

    def parameters(self, shape: Shape) -> Parameters:
        """Count the weights of this layer for an input of the shape `shape`."""
        return Parameters()

    def multiply_adds(self, shape: Shape) -> int:
        """Count the multiply-adds of this layer for one image.

        Only multiplications with weights of kernels and matrices count.
        """
        return 0

    def windows(self) -> tuple[Window, Window] | None:
        """Return the windows along height and width, or None for a layer without a window."""
        return None


def require_maps(kind: str, shape: Shape) -> None:
    """Raise ShapeFault unless `shape` is (height, width, channels)."""
    if len(shape) != 3:
        raise ShapeFault(
            f"`{kind}` reads feature maps, but its input is a vector of "
            f"{format_count(shape[0], 'number')}",
            "an input of (height, width, channels)",
            "put this layer before `flatten` or global pooling",
        )


def add_bias(kernel: int, text: str, bias: int) -> Parameters:
    """Add a bias of `bias` numbers to a kernel of `kernel` weights, whose arithmetic is `text`."""
    return Parameters(kernel + bias, f"{text} + {bias}" if bias else text)
