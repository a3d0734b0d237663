"""How far training has moved the kernels of a network."""

from __future__ import annotations

import keras
import numpy as np

from cnnlab.report.diagnosis import Moved


def moved(untrained: keras.Model, trained: keras.Model) -> list[Moved]:
    """For each layer with a kernel, |trained − untrained| / |untrained|, Euclidean norms."""
    after = _kernels(trained)
    return [
        Moved(name, float(np.linalg.norm(after[name] - before) / length))
        for name, before in _kernels(untrained).items()
        if (length := np.linalg.norm(before))
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
