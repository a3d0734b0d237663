"""A network opened: the outputs of its layers, and its logits, by one model over its own layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnlab import checkpoint
from cnnlab.data.batches import scaled
from cnnlab.explain.stages import Stage, output_softmaxes
from cnnlab.spec.experiment import Spec

Call = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Inside:
    """A network whose layers were chained again on a fresh input.

    `outputs` has what every Keras layer makes; `probabilities` what the network answers. `logits`
    is what it would answer without the softmax that makes its outputs, and `before_logits` what
    every layer makes on that way: the same but for that softmax.
    """

    spec: Spec
    network: keras.Model
    images: Any
    outputs: dict[str, Any]
    probabilities: Any
    before_logits: dict[str, Any]
    logits: Any

    def model(self, outputs: Any) -> keras.Model:
        """A model from images, scaled, to some of these outputs; it shares all weights."""
        return keras.Model(self.images, outputs)

    def answers(self, outputs: dict[str, Any], batches: Iterable[Any]) -> dict[str, np.ndarray]:
        """Some of these outputs for batches of images, scaled: float32 (images, …) by their names.

        Traced once, whatever the sizes of batches are: `predict` traces anew for each of them.
        """
        network = self.model(outputs)
        batch = tf.TensorSpec((None, *self.spec.inputs.image_shape), tf.float32)

        def ask(images: tf.Tensor) -> dict[str, tf.Tensor]:
            answered = network(images, training=False)
            return {name: tf.cast(output, tf.float32) for name, output in answered.items()}

        traced = tf.function(ask, [batch], autograph=False).get_concrete_function()
        found = [traced(tf.convert_to_tensor(images)) for images in batches]
        return {name: np.concatenate([one[name] for one in found]) for name in outputs}

    def seen(self, images: np.ndarray) -> np.ndarray:
        """Images uint8 (n, height, width, channels) as the network sees them."""
        return scaled(images, self.spec.inputs)

    def maps(self, stages: Iterable[Stage]) -> dict[str, Any]:
        """The outputs of stages, by their names."""
        return {stage.name: self.outputs[stage.shown] for stage in stages}


def opened(spec: Spec, path: Path) -> Inside:
    """The network of a checkpoint, opened.

    Raises:
        CheckpointError: the file is missing or damaged, or does not fit the spec.
    """
    return inside(checkpoint.trained(spec, path), spec)


def inside(network: keras.Model, spec: Spec) -> Inside:
    """A network that `cnnlab.model` built from the spec, opened."""
    images = keras.Input(spec.inputs.image_shape, name="images")
    softmaxes = output_softmaxes(spec)
    outputs, answers = _chained(network, images, lambda layer, tensor: layer(tensor))
    known = {id(tensor) for tensor in (images, *outputs.values())}

    def without_softmax(layer: Any, tensor: Any) -> Any:
        if layer.name in softmaxes:
            return _linear(layer)(tensor)
        same = all(id(one) in known for one in keras.tree.flatten(tensor))
        return outputs[layer.name] if same else layer(tensor)

    before, logits = _chained(network, images, without_softmax)
    probabilities = answers if softmaxes else keras.layers.Softmax(dtype="float32")(answers)
    return Inside(spec, network, images, outputs, probabilities, before, logits)


def _chained(network: keras.Model, images: Any, call: Call) -> tuple[dict[str, Any], Any]:
    """What each layer makes of `images`, by its name, and what comes out at the end.

    Not by the network's own tensors: those of a Sequential can be without a way back for gradients.
    """
    made: dict[str, Any] = {}

    def kept(layer: Any, tensor: Any, **_: Any) -> Any:
        made[layer.name] = call(layer, tensor)
        return made[layer.name]

    if isinstance(network, keras.Sequential):
        tensor = images
        for layer in network.layers:
            tensor = kept(layer, tensor)
        return made, tensor
    clone = keras.models.clone_model(
        network, images, clone_function=lambda layer: layer, call_function=kept
    )
    return made, clone.outputs[0]


def _linear(layer: keras.Layer) -> keras.Layer:
    """A layer without its softmax, with the same weights."""
    config = layer.get_config() | {"activation": "linear", "name": f"{layer.name}_logits"}
    made = type(layer).from_config(config)
    made.build(layer.input.shape)
    made.set_weights(layer.get_weights())
    return made
