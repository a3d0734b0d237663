"""Why a loss is no longer a finite number: what is likely, by what can be measured then."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from cnnlab import checkpoint, model
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.schedules import Schedule

# Scaled pixels lie within ±3 for photos and within 20 for drawings; beyond this, no initializer
# and no usual learning rate was made for them.
LARGE = 50.0
_EXAMINED_BATCHES = 20  # batches


@dataclass
class LossTrend:
    """The loss of the training so far, as means over the epoch at hand: the first and the last."""

    first: float | None = None
    last: float | None = None

    def add(self, loss: float) -> None:
        """Take note of a finite loss."""
        self.first = loss if self.first is None else self.first
        self.last = loss


def describe_likely_cause(
    network: keras.Model,
    spec: Spec,
    kept: Path,
    batches: tf.data.Dataset,
    losses: LossTrend,
    rate: float,
) -> str:
    """The likely cause of a loss that is not finite, with its evidence, and a remedy.

    Args:
        network: as it is at that moment; its training is over.
        kept: the checkpoint of the last weights that were stored.
        batches: of the epoch at hand.
        rate: the learning rate at the beginning of the epoch.
    """
    training = spec.experiment.training
    if training.precision != "float32" and _overflows(network, spec, kept, batches):
        return (
            f"Likely the precision: with the same weights, the outputs are finite in float32 and "
            f"not in {training.precision}. Try `precision: float32`"
        )
    largest = max(float(np.abs(images).max()) for images, _ in batches.take(_EXAMINED_BATCHES))
    if largest > LARGE:
        scaling = spec.experiment.data.scaling
        return (
            f"Likely the data: scaled, it has pixels of {largest:,.0f}, where others stay below "
            f"{LARGE:.0f}, since most pixels are alike. Try another `scaling` than {scaling}, or a "
            "`batch_norm` first"
        )
    rise = ""
    if losses.first is not None and losses.last is not None and losses.last > losses.first:
        rise = f": the loss had risen from {losses.first:.4g} to {losses.last:.4g}"
    return f"Likely the learning rate{rise}. Try a smaller {_describe_learning_rate(spec.experiment, rate)}"


def _describe_learning_rate(experiment: Experiment, rate: float) -> str:
    """What a person would make smaller, and what it was."""
    asked = experiment.training.optimizer.learning_rate
    if isinstance(asked, Schedule):
        return f"`{asked.main}` of `{asked.kind}` (it was {asked.highest:g})"
    return f"learning rate (it was {rate:g})"


def _overflows(network: keras.Model, spec: Spec, kept: Path, batches: tf.data.Dataset) -> bool:
    """Whether the last finite weights give outputs that are finite in float32 alone."""
    if not all(np.isfinite(weight).all() for weight in network.get_weights()):
        checkpoint.load_weights(network, kept)
    wide = model.build_network(spec.experiment.model, spec.inputs.image_shape, spec.experiment.seed)
    wide.set_weights(network.get_weights())
    for images, _ in batches.take(_EXAMINED_BATCHES):
        narrow, full = (_is_finite(one(images, training=False)) for one in (network, wide))
        if full and not narrow:
            return True
    return False


def _is_finite(outputs: tf.Tensor) -> bool:
    return math.isfinite(float(tf.reduce_sum(tf.abs(tf.cast(outputs, tf.float32)))))
