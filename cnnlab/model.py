"""Build the Keras model of a spec from stock Keras layers, with a builder for each layer kind.

A checkpoint of such a model opens in stock Keras, without this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import singledispatch
from itertools import chain, count
from typing import Any

from cnnlab.quiet_tensorflow import keras
from cnnlab.seeds import derive_seed
from cnnlab.spec import convolutions_and_pools, layers
from cnnlab.spec.layer_groups import Group, Parallel, Unit, unroll
from cnnlab.spec.layer_interface import Layer, Shape
from cnnlab.spec.layer_options import Activation, Elu, Initializer, LeakyRelu, Regularizer

CHANNELS_LAST = "channels_last"  # set in every layer, since keras.json may say otherwise


class LayerPlace:
    """The name, number, seed and precision of one layer, which the builder of its kind needs."""

    def __init__(self, number: int, kind: str, root_seed: int, precision: str) -> None:
        self.name = f"{kind}_{number}"
        self.number = number
        self.root_seed = root_seed
        self.precision = precision

    def options(self, suffix: str = "") -> dict[str, Any]:
        """Return the arguments that every Keras layer takes: its name and its precision."""
        policy = keras.DTypePolicy(self.precision)
        return {"name": self.name + suffix, "dtype": policy}

    def seed(self, purpose: str) -> int:
        return derive_seed(self.root_seed, purpose, self.number)


def build_network(
    stack: Sequence[Layer],
    image_shape: Shape,
    root_seed: int,
    precision: str = "float32",
) -> keras.Model:
    """Build the network from a checked list of layers; `root_seed` decides the initial weights.

    The network maps float32 (batch, height, width, channels) to float32 (batch, classes): logits
    or probabilities, depending on the last layer. A Keras layer is named by its kind and number in
    the table: `conv_3`. A network without branches is a `keras.Sequential`.
    """
    units = unroll(stack, image_shape)
    # Outputs stay float32 in mixed precision: a softmax in 16 bits loses small probabilities.
    float32_units = set(map(id, _find_output_units(units)))
    merges = count(1)

    def build(unit: Unit) -> list[keras.Layer]:
        numbers = "float32" if id(unit) in float32_units else precision
        if isinstance(unit.layer, Group):
            return [_build_merge(unit.layer, next(merges), keras.DTypePolicy(numbers))]
        assert unit.number is not None  # only groups have no number
        return build_layers(
            unit.layer, LayerPlace(unit.number, unit.layer.kind, root_seed, numbers)
        )

    images = keras.Input(image_shape, name="images")
    if all(_is_unbranched(unit) for unit in units):
        leaves = [leaf for unit in units for leaf in unit.leaves()]
        return keras.Sequential([images, *chain.from_iterable(map(build, leaves))], name="cnnlab")
    return keras.Model(images, _connect_units(units, images, build), name="cnnlab")


def _is_unbranched(unit: Unit) -> bool:
    """Whether a unit (a layer or a group of layers) has no parallel branches."""
    return len(unit.ways) < 2 and all(_is_unbranched(inner) for way in unit.ways for inner in way)


def _connect_units(
    units: Sequence[Unit], tensor: Any, build: Callable[[Unit], list[keras.Layer]]
) -> Any:
    """Apply the layers and groups in `units` to `tensor`; `build` builds their Keras layers."""
    for unit in units:
        if unit.ways:
            ends = [_connect_units(way, tensor, build) for way in unit.ways]
            tensor = build(unit)[0](ends) if len(ends) > 1 else ends[0]
        else:
            for layer in build(unit):
                tensor = layer(tensor)
    return tensor


def _build_merge(group: Group, number: int, policy: keras.DTypePolicy) -> keras.Layer:
    word = group.merge if isinstance(group, Parallel) else "add"
    options = {"name": f"{word}_{number}", "dtype": policy}
    if word == "concatenate":
        return keras.layers.Concatenate(axis=-1, **options)
    return (keras.layers.Add if word == "add" else keras.layers.Average)(**options)


def remove_optimizer(network: keras.Model) -> keras.Model:
    """Return an uncompiled model with the same layers; its checkpoint has half the size."""
    if isinstance(network, keras.Sequential):
        return keras.Sequential([network.inputs[0], *network.layers], name=network.name)
    return keras.Model(network.inputs, network.outputs, name=network.name)


def _find_output_units(units: Sequence[Unit]) -> Iterator[Unit]:
    """Yield the units from the end back to the last dense layer, convolution or activation."""
    makers = (layers.Dense, convolutions_and_pools.Convolution, layers.ActivationLayer)
    for unit in reversed(units):
        yield unit
        for way in unit.ways:
            yield from _find_output_units(way)
        if any(isinstance(leaf.layer, makers) for leaf in unit.leaves()):
            return


def set_epoch_seeds(model: keras.Model, root_seed: int, epoch: int) -> None:
    """Seed all random layers for `epoch`, counted from 1, independently of earlier epochs."""
    for layer in model.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign([derive_seed(root_seed, layer.name, epoch), 0])


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
    """Build a Keras layer of class `cls`, with its activation.

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
    """Return a list with the ZeroPadding2D to put before `layer`, and the arguments of `layer`.

    The list is empty unless the padding is a number: Keras itself pads `same` and `valid`.
    """
    arguments = {"strides": layer.strides, "data_format": CHANNELS_LAST}
    if isinstance(layer.padding, str):
        return [], {**arguments, "padding": layer.padding}
    zeros = keras.layers.ZeroPadding2D(
        layer.padding, data_format=CHANNELS_LAST, **place.options("_pad")
    )
    return [zeros] if layer.padding else [], {**arguments, "padding": "valid"}


def _build_weight_options(layer: Any, place: LayerPlace) -> dict[str, Any]:
    """Build the Keras initializers and regularizers of a layer, named as the fields of the spec."""
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
    return [keras.layers.GlobalAveragePooling2D(data_format=CHANNELS_LAST, **place.options())]


@build_layers.register
def _(layer: layers.GlobalMaxPool, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.GlobalMaxPooling2D(data_format=CHANNELS_LAST, **place.options())]


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
def _(layer: layers.ActivationLayer, place: LayerPlace) -> list[keras.Layer]:
    return [_build_activation(layer.function, place.options())]


@build_layers.register
def _(layer: layers.ZeroPad, place: LayerPlace) -> list[keras.Layer]:
    options = place.options()
    return [keras.layers.ZeroPadding2D(layer.padding, data_format=CHANNELS_LAST, **options)]


@build_layers.register
def _(layer: layers.GaussianNoise, place: LayerPlace) -> list[keras.Layer]:
    return [keras.layers.GaussianNoise(layer.stddev, seed=place.seed("noise"), **place.options())]
