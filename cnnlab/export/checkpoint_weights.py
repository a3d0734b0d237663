"""Read the weights of a checkpoint as one array of float32, in the order of the nodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnlab import checkpoint
from cnnlab.export.network_description import NetworkNodes, build_nodes
from cnnlab.quiet_tensorflow import keras
from cnnlab.spec.experiment import Spec


def read_weights(spec: Spec, path: Path) -> np.ndarray:
    """Read the weights of the checkpoint at `path`: float32 (floats,), in the order of the nodes.

    Raises:
        CheckpointError: the file is missing or damaged, or does not fit the spec.
    """
    return collect_weights(checkpoint.load_trained(spec, path), build_nodes(spec))


def collect_weights(network: keras.Model, nodes: NetworkNodes) -> np.ndarray:
    """Copy the weights of a network into one array: float32 (floats,)."""
    weights = np.empty(nodes.floats, np.float32)
    layers = {layer.name: layer for layer in network.layers}
    for node in nodes.nodes:
        if not node.weights:
            continue
        # The variable `count` of a Normalization layer is not part of the computation.
        variables = [one for one in layers[node.name].weights if one.name != "count"]
        for variable, place in zip(variables, node.weights.values(), strict=True):
            assert tuple(variable.shape) == place.shape  # the spec and Keras agree
            numbers = keras.ops.convert_to_numpy(variable)
            weights[place.offset : place.offset + place.length] = numbers.ravel()
    return weights
