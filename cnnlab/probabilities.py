"""Convert the outputs of networks to class probabilities, and average the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnlab.errors import CheckpointError
from cnnlab.quiet_tensorflow import keras
from cnnlab.spec.experiment import Spec
from cnnlab.spec.shape_checks import find_output_activation


def to_probabilities(outputs: np.ndarray, spec: Spec, path: Path) -> np.ndarray:
    """Convert the outputs of a network to probabilities, float32 (n, classes).

    The outputs are logits, probabilities, or one sigmoid for each class, which stays unchanged. A
    network with a single output has two classes, and the output is the sigmoid or the logit of the
    second class.

    Raises:
        CheckpointError: the outputs are not finite; the message names the checkpoint at `path`.
    """
    outputs = outputs.astype(np.float32)  # a foreign model can compute outputs in 16 bits
    if find_output_activation(spec.experiment.model) not in ("softmax", "sigmoid"):
        function = keras.ops.sigmoid if outputs.shape[1] == 1 else keras.ops.softmax
        outputs = keras.ops.convert_to_numpy(function(outputs))
    if outputs.shape[1] == 1:
        outputs = np.concatenate([1 - outputs, outputs], axis=1)
    if not np.isfinite(outputs).all():
        message = f"{path}: its network computes NaN or infinite numbers: the training had diverged"
        raise CheckpointError(message)
    return outputs


def average_probabilities(probabilities: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of arrays of probabilities, each float32 (n, classes), summed in float64."""
    total = probabilities[0].astype(np.float64)
    for one in probabilities[1:]:
        total += one
    return (total / len(probabilities)).astype(np.float32)
