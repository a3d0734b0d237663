"""Build the Keras model of a list of layers, and set the seeds or optimizer of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from cnnlab.model.layer_builders import LayerPlace, build_layers
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.seeds import derive_seed
from cnnlab.spec import convolutions_and_pools, layers
from cnnlab.spec.layer_groups import Group, Parallel, Unit, unroll
from cnnlab.spec.layer_interface import Layer, Shape

_MERGES = {
    "add": keras.layers.Add,
    "average": keras.layers.Average,
    "multiply": keras.layers.Multiply,
    "subtract": keras.layers.Subtract,
    "maximum": keras.layers.Maximum,
    "minimum": keras.layers.Minimum,
}


@dataclass(frozen=True)
class Precisions:
    """The precision of each layer and each merge in a model of another program."""

    layers: tuple[str, ...]
    merges: tuple[str, ...]


def build_network(
    stack: Sequence[Layer],
    image_shape: Shape,
    root_seed: int,
    precision: str | Precisions = "float32",
) -> keras.Model:
    """Build the network from a checked list of layers; `root_seed` decides the initial weights.

    The network maps float32 (batch, height, width, channels) to float32 (batch, classes): logits or
    probabilities, depending on the last layer. The name of a Keras layer is the layer kind and the
    number of the layer, such as `conv_3`. A network without branches is a `keras.Sequential`.
    """
    units = unroll(stack, image_shape)
    merges = count(1)
    # Outputs stay float32 in mixed precision: a softmax in 16 bits loses small probabilities.
    float32_units = set(map(id, _find_output_units(units)))

    def choose_precision(unit: Unit, merge: int) -> str:
        if isinstance(precision, str):
            return "float32" if id(unit) in float32_units else precision
        return precision.layers[unit.number - 1] if unit.number else precision.merges[merge - 1]

    def build(unit: Unit) -> list[keras.Layer]:
        if isinstance(unit.layer, Group):
            merge = next(merges)
            policy = keras.DTypePolicy(choose_precision(unit, merge))
            return [_build_merge(unit.layer, merge, policy)]
        assert unit.number is not None  # only groups have no number
        policy_name = choose_precision(unit, 0)
        return build_layers(
            unit.layer, LayerPlace(unit.number, unit.layer.kind, root_seed, policy_name)
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
    """Apply the layers and groups in `units` to `tensor`; `build` creates the Keras layers."""
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
    return _MERGES[word](**options)


def remove_optimizer(network: keras.Model) -> keras.Model:
    """Return an uncompiled model with the same layers, which makes a checkpoint smaller."""
    if isinstance(network, keras.Sequential):
        return keras.Sequential([network.inputs[0], *network.layers], name=network.name)
    return keras.Model(network.inputs, network.outputs, name=network.name)


def _find_output_units(units: Sequence[Unit]) -> Iterator[Unit]:
    """Yield the layers and groups from the last one back to the last one that computes outputs.

    Dense layers, convolutions and activations compute outputs.
    """
    makers = (layers.Dense, convolutions_and_pools.Convolution, layers.ActivationLayer)
    for unit in reversed(units):
        yield unit
        for way in unit.ways:
            yield from _find_output_units(way)
        if any(isinstance(leaf.layer, makers) for leaf in unit.leaves()):
            return


def set_epoch_seeds(model: keras.Model, root_seed: int, epoch: int) -> None:
    """Set the seeds of all random layers for `epoch`, from 1, regardless of earlier epochs.

    If several devices share each batch, each of them has its own seeds; the first device has those
    of a training on one device.
    """
    for layer in model.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is None:
            continue
        for number, state in enumerate(_list_copies(generator.state.value)):
            replica = (number,) if number else ()
            state.assign([derive_seed(root_seed, layer.name, epoch, *replica), 0])


def _list_copies(variable: tf.Variable) -> Sequence[tf.Variable]:
    """List the copies of a variable on all devices that share the training."""
    is_mirrored = isinstance(variable, tf.distribute.DistributedValues)
    return variable.values if is_mirrored else [variable]
