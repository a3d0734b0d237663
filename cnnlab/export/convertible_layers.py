"""Compute some layers by other operations, because converters do not know Keras's own ones.

The functions here change only how a layer of a model in memory computes; its results stay the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from cnnlab.quiet_tensorflow import keras, tf

_RESIZING = (keras.layers.Resizing, keras.layers.UpSampling2D)


def replace_operations(network: keras.Model) -> None:
    """Replace the operations of all layers that converters to ONNX and LiteRT do not know."""
    for layer in _list_layers(network):
        if getattr(layer, "activation", None) is keras.activations.gelu:
            layer.activation = _compute_gelu
        if isinstance(layer, keras.layers.Conv2D) and layer.groups > 1:
            layer.convolution_op = _build_grouped_convolution(layer)
        if isinstance(layer, _RESIZING) and layer.interpolation != "nearest":
            layer.call = _build_resizing(layer)
        if isinstance(layer, keras.layers.Normalization):
            layer.call = _build_normalization(layer)


def _list_layers(network: keras.Model) -> Iterator[keras.Layer]:
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _list_layers(layer)
        else:
            yield layer


# Coefficients of t, t², …, t⁵, and p in t = 1 / (1 + p·|x|).
_ERF = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_ERF_P = 0.3275911


def _compute_gelu(numbers: tf.Tensor) -> tf.Tensor:
    """Compute x · Φ(x). Neither ONNX nor LiteRT has all of Keras's operations for it.

    The error function is right to 1.5e-7.

    Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, equation 7.1.26.
    """
    scaled = tf.abs(numbers) * (1 / math.sqrt(2))
    t = 1 / (1 + _ERF_P * scaled)
    polynomial = tf.zeros_like(t)
    for coefficient in reversed(_ERF):
        polynomial = (polynomial + coefficient) * t
    erf = tf.sign(numbers) * (1 - polynomial * tf.exp(-scaled * scaled))
    return 0.5 * numbers * (1 + erf)


def _build_grouped_convolution(layer: keras.layers.Conv2D) -> Callable[..., tf.Tensor]:
    """Compute the groups of a convolution one by one; Keras compiles them by XLA together."""
    padding = layer.padding.upper()

    def convolve(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        kernel = tf.convert_to_tensor(kernel)
        pairs = zip(
            tf.split(images, layer.groups, axis=-1),
            tf.split(kernel, layer.groups, axis=-1),
            strict=True,
        )
        parts = [
            tf.nn.conv2d(part, weights, layer.strides, padding, dilations=layer.dilation_rate)
            for part, weights in pairs
        ]
        return tf.concat(parts, axis=-1)

    return convolve


def _build_resizing(layer: keras.Layer) -> Callable[[tf.Tensor], tf.Tensor]:
    """Resize by two matrices: one for the rows, one for the columns.

    An image of ones in one row gives, in the middle column of the result, the weights of this row;
    the weights of the columns of such a column add up to 1.
    """
    _, height, width, _ = layer.input.shape
    row_images = np.repeat(np.eye(height)[:, :, np.newaxis], width, axis=2)
    column_images = np.repeat(np.eye(width)[:, np.newaxis, :], height, axis=1)
    rows, columns = (
        layer(images[..., np.newaxis].astype(np.float32)).numpy()[..., 0]
        for images in (row_images, column_images)
    )
    of_rows = rows[:, :, rows.shape[2] // 2].T  # (new height, height)
    of_columns = columns[:, columns.shape[1] // 2].T  # (new width, width)

    def resize(images: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        turned = tf.transpose(images, (0, 2, 3, 1))  # (batch, width, channels, height)
        turned = tf.transpose(_multiply(turned, of_rows), (0, 3, 2, 1))
        return tf.transpose(_multiply(turned, of_columns), (0, 1, 3, 2))

    return resize


def _multiply(numbers: tf.Tensor, weights: np.ndarray) -> tf.Tensor:
    """Replace the last axis of n numbers by m sums; `weights` is (m, n).

    The converters do not know `tf.einsum` with a free batch.
    """
    rows = tf.reshape(numbers, (-1, weights.shape[1]))
    sums = tf.matmul(rows, tf.constant(weights.T, numbers.dtype))
    return tf.reshape(sums, (-1, *numbers.shape[1:-1], weights.shape[0]))


def _build_normalization(layer: keras.layers.Normalization) -> Callable[[tf.Tensor], tf.Tensor]:
    """Normalize with constants of the graph; Keras uses arrays from outside the graph."""
    mean, variance = (
        np.array(keras.ops.cast(one, "float32").numpy()) for one in (layer.mean, layer.variance)
    )
    deviation = np.maximum(np.sqrt(variance), np.float32(keras.config.epsilon()))

    def normalize(numbers: tf.Tensor) -> tf.Tensor:
        if layer.invert:
            return tf.constant(mean) + numbers * tf.constant(deviation)
        return (numbers - tf.constant(mean)) / tf.constant(deviation)

    return normalize
