"""Compute the outputs of any layer of a network, and its logits without the final softmax."""

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
    """The symbolic outputs of a network's layers, which are called again on the input `images`.

    `outputs` has the output of every Keras layer by its name. `probabilities` is the output of the
    network, after a softmax. `logits` is its output without a softmax, and `before_logits` has the
    outputs of all layers on the way from `images` to `logits`.
    """

    spec: Spec
    network: keras.Model
    images: Any
    outputs: dict[str, Any]
    probabilities: Any
    before_logits: dict[str, Any]
    logits: Any

    def model(self, outputs: Any) -> keras.Model:
        """Build a model that maps scaled images to `outputs`, with the weights of the network."""
        return keras.Model(self.images, outputs)

    def compute(self, outputs: dict[str, Any], batches: Iterable[Any]) -> dict[str, np.ndarray]:
        """Compute `outputs` for batches of scaled images: float32 (images, …) by the same names.

        TensorFlow traces this model once for all batch sizes; `predict` traces it for each size.
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
        """Scale images uint8 (n, height, width, channels) for the network."""
        return scale_images(images, self.spec.inputs)

    def maps(self, stages: Iterable[MapLayer]) -> dict[str, Any]:
        """Return the symbolic outputs of layers with feature maps, by the names of the layers."""
        return {stage.name: self.outputs[stage.shown] for stage in stages}


def open_checkpoint(spec: Spec, path: Path) -> NetworkOutputs:
    """Load the network of a checkpoint, and build the outputs of its layers.

    Raises:
        CheckpointError: the file is missing or damaged, or does not fit the spec.
    """
    return open_network(checkpoint.load_trained(spec, path), spec)


def open_network(network: keras.Model, spec: Spec) -> NetworkOutputs:
    """Build the outputs of the layers of a network that `cnnlab.model` built from `spec`."""
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

    `call` calls one layer. The existing outputs of the layers cannot be used, since those of a
    Sequential model can lack gradients.
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
    """Copy a layer with its weights, but without its softmax."""
    config = layer.get_config() | {"activation": "linear", "name": f"{layer.name}_logits"}
    copy = type(layer).from_config(config)
    copy.build(layer.input.shape)
    copy.set_weights(layer.get_weights())
    return copy
