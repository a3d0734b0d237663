"""Find the likely cause of a loss that is NaN or infinite, from weights, data and losses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnlab import checkpoint, model
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.schedules import Schedule

# After scaling, pixels are usually within ±3 for photos and below 20 for drawings. Initializers and
# usual learning rates do not suit pixels above this limit.
LARGE = 50.0
_EXAMINED_BATCHES = 20  # batches that are searched for the cause


@dataclass
class LossTrend:
    """The first and the last finite loss of a training.

    Keras reports the loss after each batch, as the mean over the finished batches of the epoch.
    """

    first: float | None = None
    last: float | None = None

    def add(self, loss: float) -> None:
        """Add the finite loss that Keras reported after a batch."""
        self.first = loss if self.first is None else self.first
        self.last = loss


def describe_likely_cause(
    network: keras.Model,
    spec: Spec,
    checkpoint_path: Path,
    batches: tf.data.Dataset,
    losses: LossTrend,
    rate: float,
) -> str:
    """Describe the likely cause of a loss that is not finite, with evidence and a remedy.

    Args:
        network: the network after the batch with this loss; the function may replace its weights.
        checkpoint_path: the checkpoint with the last saved weights, which are finite.
        batches: the batches of the current epoch.
        rate: the learning rate at the start of the epoch.
    """
    training = spec.experiment.training
    if training.precision != "float32" and _overflows(network, spec, checkpoint_path, batches):
        return (
            f"Likely the precision is too narrow: with the same weights, the outputs are finite "
            f"in float32, but not in {training.precision}. Try `precision: float32`"
        )
    largest = max(float(np.abs(images).max()) for images, *_ in batches.take(_EXAMINED_BATCHES))
    if largest > LARGE:
        scaling = spec.experiment.data.scaling
        return (
            f"Likely the data has pixels that are too large: scaled pixels reach {largest:,.0f}, "
            f"because most pixels are equal; usual scaled pixels stay below {LARGE:.0f}. Try "
            f"another `scaling` than {scaling}, or `batch_norm` as the first layer"
        )
    rise = ""
    if losses.first is not None and losses.last is not None and losses.last > losses.first:
        rise = f": the loss rose from {losses.first:.4g} to {losses.last:.4g}"
    smaller = _describe_learning_rate(spec.experiment, rate)
    return f"Likely the learning rate is too high{rise}. Try a smaller {smaller}"


def _describe_learning_rate(experiment: Experiment, rate: float) -> str:
    """Name the learning rate or the setting that the user should lower, with the current value."""
    planned = experiment.training.optimizer.learning_rate
    if isinstance(planned, Schedule):
        return f"`{planned.main}` of `{planned.kind}` (it was {planned.highest:g})"
    return f"learning rate (it was {rate:g})"


def _overflows(
    network: keras.Model, spec: Spec, checkpoint_path: Path, batches: tf.data.Dataset
) -> bool:
    """Whether the outputs overflow in 16 bits but not in float32, with the last finite weights."""
    if not all(np.isfinite(weight).all() for weight in network.get_weights()):
        checkpoint.load_weights(network, checkpoint_path)
    wide = model.build_network(spec.experiment.model, spec.inputs.image_shape, spec.experiment.seed)
    wide.set_weights(network.get_weights())
    for images, *_ in batches.take(_EXAMINED_BATCHES):
        narrow, full = (_is_finite(one(images, training=False)) for one in (network, wide))
        if full and not narrow:
            return True
    return False


def _is_finite(outputs: tf.Tensor) -> bool:
    return math.isfinite(float(tf.reduce_sum(tf.abs(tf.cast(outputs, tf.float32)))))
