"""The interface of every layer kind: output shape, parameters and multiply-adds.

A shape is (height, width, channels) for maps and (units,) for vectors, without the batch axis.
"""

from __future__ import annotations

from cnnlab.spec.kinds import Kind
from cnnlab.spec.window import Window

Shape = tuple[int, ...]
MAX_SIDE = 1024  # the largest kernel, stride or padding
MAX_WIDTH = 65_536  # filters or units of one layer


def describe_shape(shape: Shape) -> str:
    """A shape in words: `28 × 28 × 1`, or `a vector of 10`."""
    return " × ".join(map(str, shape)) if len(shape) > 1 else f"a vector of {shape[0]}"


class ShapeFault(Exception):
    """A layer does not fit its input shape: what is wrong, what was expected, and the remedy."""

    def __init__(self, message: str, expected: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.expected, self.remedy = message, expected, remedy


class Parameters:
    """The number of weights of a layer, with its arithmetic: `3·3·1·32 + 32`."""

    def __init__(self, trainable: int = 0, arithmetic: str = "", non_trainable: int = 0) -> None:
        self.trainable, self.non_trainable = trainable, non_trainable
        self.total = trainable + non_trainable
        self.arithmetic = arithmetic


class Layer(Kind):
    """A layer kind; by default it keeps the shape and has no weights."""

    def output_shape(self, shape: Shape) -> Shape:
        """The shape after this layer; raises ShapeFault where `shape` does not fit."""
        return shape

    def parameters(self, shape: Shape) -> Parameters:
        """The weights of this layer on an input of `shape`."""
        return Parameters()

    def multiply_adds(self, shape: Shape) -> int:
        """Multiply-add pairs for one image in kernels and matrices; other operations count 0."""
        return 0

    def windows(self) -> tuple[Window, Window] | None:
        """The windows along height and width, or None for a layer without a window."""
        return None


def require_maps(kind: str, shape: Shape) -> None:
    """Raise ShapeFault unless `shape` is (height, width, channels)."""
    if len(shape) != 3:
        raise ShapeFault(
            f"`{kind}` reads maps, but a vector of {shape[0]} numbers reaches it",
            "an input of (height, width, channels)",
            "put it before `flatten` or global pooling",
        )


def add_bias(kernel: int, text: str, bias: int) -> Parameters:
    """The weights of a kernel and a bias; `bias` is the number of its values."""
    return Parameters(kernel + bias, f"{text} + {bias}" if bias else text)
