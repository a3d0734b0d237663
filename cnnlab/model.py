"""Spec → Keras model: one builder per layer kind, of stock Keras layers alone.

A checkpoint of such a model opens in stock Keras, without this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import singledispatch
from itertools import chain, count
from typing import Any

import keras

from cnnlab.seeds import seed
from cnnlab.spec import convolutions, layers
from cnnlab.spec.groups import Group, Parallel, Unit, unroll
from cnnlab.spec.layer import Layer, Shape
from cnnlab.spec.layer_options import Activation, Elu, Initializer, LeakyRelu, Regularizer

CHANNELS_LAST = "channels_last"  # said to every layer: a keras.json of the user's may say otherwise


class Place:
    """Where a layer stands: its name, its seeds, its numbers; all that a builder needs to know."""

    def __init__(self, number: int, kind: str, root_seed: int, precision: str) -> None:
        self.name = f"{kind}_{number}"
        self.number = number
        self.root_seed = root_seed
        self.precision = precision

    def options(self, suffix: str = "") -> dict[str, Any]:
        """Keras arguments that every layer takes."""
        policy = keras.DTypePolicy(self.precision)
        return {"name": self.name + suffix, "dtype": policy}

    def seed(self, purpose: str) -> int:
        return seed(self.root_seed, purpose, self.number)


def build(
    stack: Sequence[Layer],
    image_shape: Shape,
    root_seed: int,
    precision: str = "float32",
) -> keras.Model:
    """The network of a checked stack, its weights made from `root_seed`.

    It maps float32 (batch, height, width, channels) to float32 (batch, classes): logits or
    probabilities, as the last layer says. Layers are named `kind_number`, numbered as in the table.
    Without branches it is a `keras.Sequential`.
    """
    units = unroll(stack, image_shape)
    # Outputs stay float32 in mixed precision: a softmax in 16 bits loses small probabilities.
    wide = set(map(id, _output_units(units)))
    merges = count(1)

    def made(unit: Unit) -> list[keras.Layer]:
        numbers = "float32" if id(unit) in wide else precision
        if isinstance(unit.layer, Group):
            return [_merge(unit.layer, next(merges), keras.DTypePolicy(numbers))]
        assert unit.number is not None  # only groups have none
        return keras_layers(unit.layer, Place(unit.number, unit.layer.kind, root_seed, numbers))

    images = keras.Input(image_shape, name="images")
    if all(_is_straight(unit) for unit in units):
        leaves = [leaf for unit in units for leaf in unit.leaves()]
        return keras.Sequential([images, *chain.from_iterable(map(made, leaves))], name="cnnlab")
    return keras.Model(images, _connect(units, images, made), name="cnnlab")


def _is_straight(unit: Unit) -> bool:
    """Whether a unit is layers in a row."""
    return len(unit.ways) < 2 and all(_is_straight(inner) for way in unit.ways for inner in way)


def _connect(units: Sequence[Unit], tensor: Any, made: Callable[[Unit], list[keras.Layer]]) -> Any:
    """The output of layers that follow each other on `tensor`; `made` makes those of a unit."""
    for unit in units:
        if unit.ways:
            ends = [_connect(way, tensor, made) for way in unit.ways]
            tensor = made(unit)[0](ends) if len(ends) > 1 else ends[0]
        else:
            for layer in made(unit):
                tensor = layer(tensor)
    return tensor


def _merge(group: Group, number: int, policy: keras.DTypePolicy) -> keras.Layer:
    word = group.merge if isinstance(group, Parallel) else "add"
    options = {"name": f"{word}_{number}", "dtype": policy}
    if word == "concatenate":
        return keras.layers.Concatenate(axis=-1, **options)
    return (keras.layers.Add if word == "add" else keras.layers.Average)(**options)


def without_optimizer(network: keras.Model) -> keras.Model:
    """The same layers as a model that was never compiled: saved, it has half the size."""
    if isinstance(network, keras.Sequential):
        return keras.Sequential([network.inputs[0], *network.layers], name=network.name)
    return keras.Model(network.inputs, network.outputs, name=network.name)


def _output_units(units: Sequence[Unit]) -> Iterator[Unit]:
    """Whatever makes the outputs, and all after it."""
    makers = (layers.Dense, convolutions.Convolution, layers.ActivationLayer)
    for unit in reversed(units):
        yield unit
        for way in unit.ways:
            yield from _output_units(way)
        if any(isinstance(leaf.layer, makers) for leaf in unit.leaves()):
            return


def reseed(model: keras.Model, root_seed: int, epoch: int) -> None:
    """Set the state of all random layers to that of one epoch, from 1, whatever came before."""
    for layer in model.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign([seed(root_seed, layer.name, epoch), 0])


@singledispatch
def keras_layers(layer: Layer, place: Place) -> list[keras.Layer]:
    """The Keras layers of one layer of the spec."""
    raise NotImplementedError(f"no builder for {layer.kind}")


def _initializer(spec: Initializer, place: Place, purpose: str) -> keras.Initializer:
    config = spec.model_dump()
    if spec.kind not in ("zeros", "ones", "constant"):
        config["seed"] = place.seed(purpose)
    name = "".join(part.capitalize() for part in spec.kind.split("_"))
    return getattr(keras.initializers, name)(**config)


def _regularizer(spec: Regularizer | None) -> keras.Regularizer | None:
    if spec is None:
        return None
    name = {"l1": "L1", "l2": "L2", "l1_l2": "L1L2"}[spec.kind]
    return getattr(keras.regularizers, name)(**spec.model_dump())


def _activation(spec: Activation, options: dict[str, Any]) -> keras.Layer:
    """An activation as a layer."""
    match spec:
        case LeakyRelu():
            return keras.layers.LeakyReLU(negative_slope=spec.negative_slope, **options)
        case Elu():
            # By its name: Keras 3.15's ELU cannot say what it was made with if that is an object.
            named = options | {"dtype": options["dtype"].name}
            return keras.layers.ELU(alpha=spec.alpha, **named)
    return keras.layers.Activation(spec.kind, **options)


def _with_activation(layer: Any, place: Place, cls: Any, **arguments: Any) -> list[keras.Layer]:
    """A layer of weights with its activation: inside, or after it where that has fields."""
    inside = not type(layer.activation).model_fields
    word = layer.activation.kind if inside else "linear"
    made = [cls(activation=word, use_bias=layer.use_bias, **arguments, **place.options())]
    return made if inside else [*made, _activation(layer.activation, place.options("_activation"))]


def _padded(layer: Any, place: Place) -> tuple[list[keras.Layer], dict[str, Any]]:
    """Zeros to put before a layer whose padding is a number, and the layer's own arguments."""
    arguments = {"strides": layer.strides, "data_format": CHANNELS_LAST}
    if isinstance(layer.padding, str):
        return [], {**arguments, "padding": layer.padding}
    zeros = keras.layers.ZeroPadding2D(
        layer.padding, data_format=CHANNELS_LAST, **place.options("_pad")
    )
    return [zeros] if layer.padding else [], {**arguments, "padding": "valid"}


def _weights(layer: Any, place: Place) -> dict[str, Any]:
    """Keras's initializers and regularizers, under the names that the spec's fields have."""
    made: dict[str, Any] = {}
    for name in type(layer).model_fields:
        if name.endswith("_initializer"):
            made[name] = _initializer(getattr(layer, name), place, name)
        elif name.endswith("_regularizer"):
            made[name] = _regularizer(getattr(layer, name))
    return made


def _convolution(layer: Any, place: Place, cls: Any, *names: str) -> list[keras.Layer]:
    """A convolution: `names` are the fields that go to Keras as they are."""
    before, arguments = _padded(layer, place)
    arguments |= {name: getattr(layer, name) for name in ("kernel_size", "dilation_rate", *names)}
    return before + _with_activation(layer, place, cls, **arguments, **_weights(layer, place))


@keras_layers.register
def _(layer: convolutions.Conv, place: Place) -> list[keras.Layer]:
    return _convolution(layer, place, keras.layers.Conv2D, "filters", "groups")


@keras_layers.register
def _(layer: convolutions.DepthwiseConv, place: Place) -> list[keras.Layer]:
    return _convolution(layer, place, keras.layers.DepthwiseConv2D, "depth_multiplier")


@keras_layers.register
def _(layer: convolutions.SeparableConv, place: Place) -> list[keras.Layer]:
    names = ("filters", "depth_multiplier")
    return _convolution(layer, place, keras.layers.SeparableConv2D, *names)


@keras_layers.register
def _(layer: convolutions.MaxPool, place: Place) -> list[keras.Layer]:
    return _pool(layer, place, keras.layers.MaxPooling2D)


@keras_layers.register
def _(layer: convolutions.AvgPool, place: Place) -> list[keras.Layer]:
    return _pool(layer, place, keras.layers.AveragePooling2D)


def _pool(layer: convolutions.Pool, place: Place, cls: Any) -> list[keras.Layer]:
    before, arguments = _padded(layer, place)
    return [*before, cls(layer.pool_size, **arguments, **place.options())]


@keras_layers.register
def _(layer: layers.GlobalAvgPool, place: Place) -> list[keras.Layer]:
    return [keras.layers.GlobalAveragePooling2D(data_format=CHANNELS_LAST, **place.options())]


@keras_layers.register
def _(layer: layers.GlobalMaxPool, place: Place) -> list[keras.Layer]:
    return [keras.layers.GlobalMaxPooling2D(data_format=CHANNELS_LAST, **place.options())]


@keras_layers.register
def _(layer: layers.Flatten, place: Place) -> list[keras.Layer]:
    return [keras.layers.Flatten(data_format=CHANNELS_LAST, **place.options())]


@keras_layers.register
def _(layer: layers.Dense, place: Place) -> list[keras.Layer]:
    weights = _weights(layer, place)
    return _with_activation(layer, place, keras.layers.Dense, units=layer.units, **weights)


@keras_layers.register
def _(layer: layers.Dropout, place: Place) -> list[keras.Layer]:
    return [keras.layers.Dropout(layer.rate, seed=place.seed("dropout"), **place.options())]


@keras_layers.register
def _(layer: layers.SpatialDropout, place: Place) -> list[keras.Layer]:
    arguments = {"seed": place.seed("dropout"), "data_format": CHANNELS_LAST}
    return [keras.layers.SpatialDropout2D(layer.rate, **arguments, **place.options())]


@keras_layers.register
def _(layer: layers.BatchNorm, place: Place) -> list[keras.Layer]:
    return [keras.layers.BatchNormalization(**layer.model_dump(), **place.options())]


@keras_layers.register
def _(layer: layers.LayerNorm, place: Place) -> list[keras.Layer]:
    return [keras.layers.LayerNormalization(**layer.model_dump(), **place.options())]


@keras_layers.register
def _(layer: layers.ActivationLayer, place: Place) -> list[keras.Layer]:
    return [_activation(layer.function, place.options())]


@keras_layers.register
def _(layer: layers.ZeroPad, place: Place) -> list[keras.Layer]:
    options = place.options()
    return [keras.layers.ZeroPadding2D(layer.padding, data_format=CHANNELS_LAST, **options)]


@keras_layers.register
def _(layer: layers.GaussianNoise, place: Place) -> list[keras.Layer]:
    return [keras.layers.GaussianNoise(layer.stddev, seed=place.seed("noise"), **place.options())]
