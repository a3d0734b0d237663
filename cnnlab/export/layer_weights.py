"""List the weight arrays of each layer kind, with the names and shapes that Keras gives them."""

from __future__ import annotations

from cnnlab.spec.convolutions_and_pools import Conv, DepthwiseConv, SeparableConv
from cnnlab.spec.layer_interface import Layer, Shape
from cnnlab.spec.layers import BatchNorm, Dense, LayerNorm, PRelu
from cnnlab.spec.normalization_layers import GroupNorm, Normalize


def list_weights(layer: Layer, shape: Shape) -> dict[str, Shape]:
    """Return the shapes of a layer's weight arrays for the input shape `shape`, in Keras's order.

    Example:
        >>> list_weights(Conv(filters=8), (28, 28, 1))
        {'kernel': (3, 3, 1, 8), 'bias': (8,)}
    """
    match layer:
        case Conv() | DepthwiseConv() | SeparableConv() | Dense():
            kernels = _list_kernels(layer, shape)
            outputs = layer.output_shape(shape)[-1:]
            return kernels | ({"bias": outputs} if layer.use_bias else {})
        case BatchNorm() | LayerNorm() | GroupNorm():
            used = {"gamma": layer.scale, "beta": layer.center}
            if isinstance(layer, BatchNorm):
                used |= {"moving_mean": True, "moving_variance": True}
            return {name: shape[-1:] for name, is_used in used.items() if is_used}
        case PRelu():
            sides = enumerate(shape, start=1)
            return {"alpha": tuple(1 if axis in layer.shared_axes else n for axis, n in sides)}
        case Normalize() if layer.mean is None:
            sides_of_axes = tuple(shape[axis - 1] for axis in layer.axes)
            return {"mean": sides_of_axes, "variance": sides_of_axes}
    return {}


def _list_kernels(layer: Layer, shape: Shape) -> dict[str, Shape]:
    channels = shape[-1]
    match layer:
        case Conv():
            return {"kernel": (*layer.kernel_size, channels // layer.groups, layer.filters)}
        case DepthwiseConv():
            return {"kernel": (*layer.kernel_size, channels, layer.depth_multiplier)}
        case SeparableConv():
            return {
                "depthwise_kernel": (*layer.kernel_size, channels, layer.depth_multiplier),
                "pointwise_kernel": (1, 1, channels * layer.depth_multiplier, layer.filters),
            }
    assert isinstance(layer, Dense)
    return {"kernel": (channels, layer.units)}
