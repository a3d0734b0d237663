"""Build the Keras layers of each layer kind, with one function for each layer kind."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from cnnlab.quiet_tensorflow import keras
from cnnlab.seeds import derive_seed
from cnnlab.spec import convolutions_and_pools, layers, normalization_layers, size_layers
from cnnlab.spec.layer_interface import Layer
from cnnlab.spec.layer_options import Activation, Elu, Initializer, LeakyRelu, Regularizer

CHANNELS_LAST = "channels_last"  # set in every layer, since keras.json may say otherwise


class LayerPlace:
    """The name, number, seed and precision of one layer, which are needed to build Keras layers."""

    def __init__(self, number: int, kind: str, root_seed: int, precision: str) -> None:
        self.name = f"{kind}_{number}"
        self.number = number
        self.root_seed = root_seed
        self.precision = precision

    def options(self, suffix: str = "") -> dict[str, Any]:
        """Return the arguments that all Keras layers have in common, the name and the precision."""
        policy = keras.DTypePolicy(self.precision)
        return {"name": self.name + suffix, "dtype": policy}

    def seed(self, purpose: str) -> int:
        return derive_seed(self.root_seed, purpose, self.number)


@singledispatch
def build_layers(layer: Layer, place: LayerPlace) -> list[keras.Layer]:
    """Build the Keras layers for one layer of the spec."""
    raise NotImplementedError(f"no builder for {layer.kind}")


def _build_initializer(spec: Initializer, place: LayerPlace, purpose: str) -> keras.Initializer:
    config = spec.model_dump()
    if spec.kind not in ("zeros", "ones", "constant"):
        config["seed"] = place.seed(purpose)
    name = "".join(part.capitalize() for part in spec.kind.split("_"))
    return getattr(keras.initializers, name)(**config)


def _build_regularizer(spec: Regularizer | None) -> keras.Regularizer | None:
    if spec is None:
        return None
    name = {"l1": "L1", "l2": "L2", "l1_l2": "L1L2"}[spec.kind]
    return getattr(keras.regularizers, name)(**spec.model_dump())


def _build_activation(spec: Activation, options: dict[str, Any]) -> keras.Layer:
    """Build the Keras layer of an activation function."""
    match spec:
        case LeakyRelu():
            return keras.layers.LeakyReLU(negative_slope=spec.negative_slope, **options)
        case Elu():
            # Pass the policy by name: ELU of Keras 3.15 cannot serialize a policy object.
            named = options | {"dtype": options["dtype"].name}
            return keras.layers.ELU(alpha=spec.alpha, **named)
    return keras.layers.Activation(spec.kind, **options)


def _build_with_activation(
    layer: Any, place: LayerPlace, cls: Any, **arguments: Any
) -> list[keras.Layer]:
    """Build a Keras layer of class `cls` with the activation of the config's layer.

    An activation with parameters, such as leaky_relu, becomes a second Keras layer.
    """
    inside = not type(layer.activation).model_fields
    word = layer.activation.kind if inside else "linear"
    layers = [cls(activation=word, use_bias=layer.use_bias, **arguments, **place.options())]
    return (
        layers
        if inside
        else [*layers, _build_activation(layer.activation, place.options("_activation"))]
    )


def _split_padding(layer: Any, place: LayerPlace) -> tuple[list[keras.Layer], dict[str, Any]]:
    """Return the ZeroPadding2D that comes before a layer, if any, and the layer's arguments.

    Only a padding that is a number needs a ZeroPadding2D, because Keras itself pads `same` and
    `valid`.
    """
    arguments = {"strides": layer.strides, "data_format": CHANNELS_LAST}
    if isinstance(layer.padding, str):
        return [], {**arguments, "padding": layer.padding}
    zeros = keras.layers.ZeroPadding2D(
        layer.padding, data_format=CHANNELS_LAST, **place.options("_pad")
    )
    return [zeros] if layer.padding else [], {**arguments, "padding": "valid"}


def _build_weight_options(layer: Any, place: LayerPlace) -> dict[str, Any]:
    """Build the Keras initializers and regularizers of a layer, by names of config fields."""
    options: dict[str, Any] = {}
    for name in type(layer).model_fields:
        if name.endswith("_initializer"):
            options[name] = _build_initializer(getattr(layer, name), place, name)
        elif name.endswith("_regularizer"):
            options[name] = _build_regularizer(getattr(layer, name))
    return options


def _build_convolution(layer: Any, place: LayerPlace, cls: Any, *names: str) -> list[keras.Layer]:
    """Build a convolution of class `cls`; Keras gets the fields in `names` unchanged."""
    before, arguments = _split_padding(layer, place)
    arguments |= {name: getattr(layer, name) for name in ("kernel_size", "dilation_rate", *names)}
    return before + _build_with_activation(
        layer, place, cls, **arguments, **_build_weight_options(layer, place)
    )


@build_layers.register
def _(layer: convolutions_and_pools.Conv, place: LayerPlace) -> list[keras.Layer]:
    return _build_convolution(layer, place, keras.layers.Conv2D, "filters", "groups")


@build_layers.register
def _(layer: convolutions_and_pools.DepthwiseConv, place: LayerPlace) -> list[keras.Layer]:
    return _build_convolution(layer, place, keras.layers.DepthwiseConv2D, "depth_multiplier")


@build_layers.register
def _(layer: convolutions_and_pools.SeparableConv, place: LayerPlace) -> list[keras.Layer]:
    names = ("filters", "depth_multiplier")
    return _build_convolution(layer, place, keras.layers.SeparableConv2D, *names)


@build_layers.register
def _(layer: convolutions_and_pools.MaxPool, place: LayerPlace) -> list[keras.Layer]:
    return _build_pool(layer, place, keras.layers.MaxPooling2D)


@build_layers.register
def _(layer: convolutions_and_pools.AvgPool, place: LayerPlace) -> list[keras.Layer]:
    return _build_pool(layer, place, keras.layers.AveragePooling2D)


def _build_pool(
    layer: convolutions_and_pools.Pool, place: LayerPlace, cls: Any
) -> list[keras.Layer]:
    before, arguments = _split_padding(layer, place)
    return [*before, cls(layer.pool_size, **arguments, **place.options())]


@build_layers.register
def _(layer: layers.GlobalAvgPool, place: LayerPlace) -> list[keras.Layer]:
    return _build_global_pool(layer, place, keras.layers.GlobalAveragePooling2D)


@build_layers.register
def _(layer: layers.GlobalMaxPool, place: LayerPlace) -> list[keras.Layer]:
    return _build_global_pool(layer, place, keras.layers.GlobalMaxPooling2D)


def _build_global_pool(layer: layers.GlobalPool, place: LayerPlace, cls: Any) -> list[keras.Layer]:
    return [cls(keepdims=layer.keepdims, data_format=CHANNELS_LAST, **place.options())]


@build_layers.register
def _(layer: layers.Flatten, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.Flatten(data_format=CHANNELS_LAST, **place.options())]


@build_layers.register
def _(layer: layers.Dense, place: LayerPlace) -> list[keras.Layer]:
    weights = _build_weight_options(layer, place)
    return _build_with_activation(layer, place, keras.layers.Dense, units=layer.units, **weights)


@build_layers.register
def _(layer: layers.Dropout, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.Dropout(layer.rate, seed=place.seed("dropout"), **place.options())]


@build_layers.register
def _(layer: layers.SpatialDropout, place: LayerPlace) -> list[keras.Layer]:
    arguments = {"seed": place.seed("dropout"), "data_format": CHANNELS_LAST}
    return [keras.layers.SpatialDropout2D(layer.rate, **arguments, **place.options())]


@build_layers.register
def _(layer: layers.BatchNorm, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.BatchNormalization(**layer.model_dump(), **place.options())]


@build_layers.register
def _(layer: layers.LayerNorm, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.LayerNormalization(**layer.model_dump(), **place.options())]


@build_layers.register
def _(layer: layers.AlphaDropout, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.AlphaDropout(layer.rate, seed=place.seed("dropout"), **place.options())]


@build_layers.register
def _(layer: normalization_layers.GroupNorm, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.GroupNormalization(**layer.model_dump(), **place.options())]


@build_layers.register
def _(layer: normalization_layers.UnitNorm, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.UnitNormalization(axis=-1, **place.options())]


@build_layers.register
def _(layer: normalization_layers.Rescale, place: LayerPlace) -> list[keras.Layer]:
    scale, offset = _to_number_or_list(layer.scale), _to_number_or_list(layer.offset)
    return [keras.layers.Rescaling(scale, offset, **place.options())]


@build_layers.register
def _(layer: normalization_layers.Normalize, place: LayerPlace) -> list[keras.Layer]:
    statistics = {
        name: _to_number_or_list(numbers)
        for name, numbers in (("mean", layer.mean), ("variance", layer.variance))
        if numbers is not None
    }
    options = {"axis": layer.axes or None, "invert": layer.invert, **statistics}
    return [keras.layers.Normalization(**options, **place.options())]


def _to_number_or_list(numbers: tuple[float, ...]) -> float | list[float]:
    return numbers[0] if len(numbers) == 1 else list(numbers)


@build_layers.register
def _(layer: layers.ActivationLayer, place: LayerPlace) -> list[keras.Layer]:
    return [_build_activation(layer.function, place.options())]


@build_layers.register
def _(layer: layers.PRelu, place: LayerPlace) -> list[keras.Layer]:
    weights = _build_weight_options(layer, place)
    shared = list(layer.shared_axes) or None
    return [keras.layers.PReLU(shared_axes=shared, **weights, **place.options())]


@build_layers.register
def _(layer: size_layers.ZeroPad, place: LayerPlace) -> list[keras.Layer]:
    options = place.options()
    return [keras.layers.ZeroPadding2D(layer.padding, data_format=CHANNELS_LAST, **options)]


@build_layers.register
def _(layer: size_layers.Crop, place: LayerPlace) -> list[keras.Layer]:
    options = place.options()
    return [keras.layers.Cropping2D(layer.cropping, data_format=CHANNELS_LAST, **options)]


@build_layers.register
def _(layer: size_layers.Upsample, place: LayerPlace) -> list[keras.Layer]:
    arguments = {"size": layer.size, "interpolation": layer.interpolation}
    return [keras.layers.UpSampling2D(data_format=CHANNELS_LAST, **arguments, **place.options())]


@build_layers.register
def _(layer: size_layers.Resize, place: LayerPlace) -> list[keras.Layer]:
    arguments = layer.model_dump(exclude={"size"})
    return [
        keras.layers.Resizing(
            *layer.size, data_format=CHANNELS_LAST, **arguments, **place.options()
        )
    ]


@build_layers.register
def _(layer: size_layers.Reshape, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.Reshape(layer.target_shape, **place.options())]


@build_layers.register
def _(layer: layers.GaussianNoise, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.GaussianNoise(layer.stddev, seed=place.seed("noise"), **place.options())]
