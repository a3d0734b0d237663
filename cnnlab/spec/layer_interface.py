"""Define the interface of every layer kind: output shape, parameters and multiply-adds.

A shape is (height, width, channels) for feature maps and (units,) for vectors. Shapes do not have
a batch axis.
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

    `message` describes the fault, `expected` the right input, and `remedy` what the user can do.
    """

    def __init__(self, message: str, expected: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.expected, self.remedy = message, expected, remedy


class Parameters:
    """The number of weights of a layer, with its arithmetic as text: `3·3·1·32 + 32`."""

    def __init__(self, trainable: int = 0, arithmetic: str = "", non_trainable: int = 0) -> None:
        self.trainable, self.non_trainable = trainable, non_trainable
        self.total = trainable + non_trainable
        self.arithmetic = arithmetic


class Layer(Kind):
    """A kind of layer; by default, a layer has no weights and does not change the shape."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the output shape for the input shape `shape`; raise ShapeFault if it is wrong."""
        return shape

    def parameters(self, shape: Shape) -> Parameters:
        """Count the weights of this layer for the input shape `shape`."""
        return Parameters()

    def multiply_adds(self, shape: Shape) -> int:
        """Count the multiply-adds of this layer for one input of the shape `shape`.

        The count contains only multiplications with weights of kernels and matrices.
        """
        return 0

    def windows(self) -> tuple[Window, Window] | None:
        """Return the sliding windows along height and width; None if the layer has no window."""
        return None


def require_maps(kind: str, shape: Shape) -> None:
    """Raise ShapeFault if `shape` is not (height, width, channels)."""
    if len(shape) != 3:
        raise ShapeFault(
            f"`{kind}` reads feature maps, but its input is a vector of "
            f"{format_count(shape[0], 'number')}",
            "an input of (height, width, channels)",
            "put this layer before `flatten` or global pooling",
        )


def add_bias(kernel: int, text: str, bias: int) -> Parameters:
    """Add the numbers of kernel and bias weights; `text` is the arithmetic of the kernel."""
    return Parameters(kernel + bias, f"{text} + {bias}" if bias else text)
