"""Compute the outputs of any layer of a network, and the logits before the final softmax."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import checkpoint
from cnnlab.data.batches import scale_images
from cnnlab.explain.layers_with_maps import MapLayer, find_output_softmaxes
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.spec.experiment import Spec

Call = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class NetworkOutputs:
    """The symbolic outputs of all layers of a network for the symbolic input `images`.

    `outputs` has the output of every Keras layer under the layer's name. `probabilities` is the
    output of the network after a softmax. `logits` is the output without a softmax.
    `before_logits` has the outputs of all layers on the path from `images` to `logits`.
    """

    spec: Spec
    network: keras.Model
    images: Any
    outputs: dict[str, Any]
    probabilities: Any
    before_logits: dict[str, Any]
    logits: Any

    def model(self, outputs: Any) -> keras.Model:
        """Build a Keras model with the network's weights, from scaled images to `outputs`."""
        return keras.Model(self.images, outputs)

    def compute(self, outputs: dict[str, Any], batches: Iterable[Any]) -> dict[str, np.ndarray]:
        """Compute the named `outputs` for batches of scaled images: float32 (images, …) by name.

        TensorFlow traces the model once for all batch sizes. Keras's `predict` would trace the
        model once for each batch size.
        """
        network = self.model(outputs)
        batch = tf.TensorSpec((None, *self.spec.inputs.image_shape), tf.float32)

        def compute(images: tf.Tensor) -> dict[str, tf.Tensor]:
            results = network(images, training=False)
            return {name: tf.cast(output, tf.float32) for name, output in results.items()}

        traced = tf.function(compute, [batch], autograph=False).get_concrete_function()
        results = [traced(tf.convert_to_tensor(images)) for images in batches]
        return {name: np.concatenate([one[name] for one in results]) for name in outputs}

    def scale(self, images: np.ndarray) -> np.ndarray:
        """Convert uint8 images (n, height, width, channels) to the scaled inputs of the network."""
        return scale_images(images, self.spec.inputs)

    def maps(self, stages: Iterable[MapLayer]) -> dict[str, Any]:
        """Return the symbolic feature maps of `stages`, under the names of the layers."""
        return {stage.name: self.outputs[stage.shown] for stage in stages}


def open_checkpoint(spec: Spec, path: Path) -> NetworkOutputs:
    """Load the network of a checkpoint, and build the symbolic outputs of its layers.

    Raises:
        CheckpointError: the file is missing or damaged, or does not fit the spec.
    """
    return open_network(checkpoint.load_trained(spec, path), spec)


def open_network(network: keras.Model, spec: Spec) -> NetworkOutputs:
    """Build the symbolic outputs of all layers of a network that `cnnlab.model` built."""
    images = keras.Input(spec.inputs.image_shape, name="images")
    softmaxes = find_output_softmaxes(spec)
    outputs, answers = _chain_layers(network, images, lambda layer, tensor: layer(tensor))
    original_ids = {id(tensor) for tensor in (images, *outputs.values())}

    def strip_softmax(layer: Any, tensor: Any) -> Any:
        if layer.name in softmaxes:
            return _remove_softmax(layer)(tensor)
        same = all(id(one) in original_ids for one in keras.tree.flatten(tensor))
        return outputs[layer.name] if same else layer(tensor)

    before, logits = _chain_layers(network, images, strip_softmax)
    probabilities = answers if softmaxes else keras.layers.Softmax(dtype="float32")(answers)
    return NetworkOutputs(spec, network, images, outputs, probabilities, before, logits)


def _chain_layers(network: keras.Model, images: Any, call: Call) -> tuple[dict[str, Any], Any]:
    """Call all layers on `images`; return the outputs by layer name, and the last output.

    `call` calls one layer. The function does not use the existing outputs of the layers, because
    existing outputs of a Sequential model can lack gradients.
    """
    outputs: dict[str, Any] = {}

    def apply(layer: Any, tensor: Any, **_: Any) -> Any:
        outputs[layer.name] = call(layer, tensor)
        return outputs[layer.name]

    if isinstance(network, keras.Sequential):
        tensor = images
        for layer in network.layers:
            tensor = apply(layer, tensor)
        return outputs, tensor
    clone = keras.models.clone_model(
        network, images, clone_function=lambda layer: layer, call_function=apply
    )
    return outputs, clone.outputs[0]


def _remove_softmax(layer: keras.Layer) -> keras.Layer:
    """Copy a layer and its weights, but not its softmax."""
    config = layer.get_config() | {"activation": "linear", "name": f"{layer.name}_logits"}
    copy = type(layer).from_config(config)
    copy.build(layer.input.shape)
    copy.set_weights(layer.get_weights())
    return copy
