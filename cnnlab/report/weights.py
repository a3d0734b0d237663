"""How far training has moved the kernels of a network."""

from __future__ import annotations

import keras
import numpy as np

from cnnlab import checkpoint, model
from cnnlab.report.diagnosis import Moved
from cnnlab.report.material import Material


def moved(material: Material) -> list[Moved]:
    """For each layer with a kernel, |trained − untrained| / |untrained|, Euclidean norms.

    Empty if the untrained weights are not there to be compared with.

    Raises:
        CheckpointError: a checkpoint does not fit its spec.
    """
    run, spec = material.run, material.spec
    if not run.checkpoint("initial").exists():
        return []
    experiment = spec.experiment
    shape, precision = spec.inputs.image_shape, experiment.training.precision
    network = model.build(experiment.model, shape, experiment.seed, precision)
    kernels = []
    for path in (run.checkpoint("initial"), run.trained_checkpoint()):
        checkpoint.load_weights(network, path)
        kernels.append(_kernels(network))
    untrained, trained = kernels
    return [
        Moved(name, float(np.linalg.norm(trained[name] - old) / length))
        for name, old in untrained.items()
        if (length := np.linalg.norm(old))
    ]


def _kernels(network: keras.Model) -> dict[str, np.ndarray]:
    """The kernels of each layer that has any, in a row, by the layer's name and number."""
    found = {}
    for layer in network.layers:
        parts = [np.ravel(w.numpy()) for w in layer.weights if w.name.endswith("kernel")]
        if parts:
            kind, _, number = layer.name.rpartition("_")
            found[f"layer {number} ({kind})"] = np.concatenate(parts)
    return found
