"""Build the Keras loss of a spec, for training, validation and `evaluate`."""

from __future__ import annotations

from cnnlab.quiet_tensorflow import keras
from cnnlab.spec.experiment import Experiment
from cnnlab.spec.shape_checks import ends_in_softmax


def build_loss(experiment: Experiment) -> keras.losses.CategoricalCrossentropy:
    """Build the cross-entropy of an experiment for one-hot labels, with label smoothing if any.

    Keras itself adds the penalties on weights. The batches of images have the class weights.
    """
    return keras.losses.CategoricalCrossentropy(
        from_logits=not ends_in_softmax(experiment.model),
        label_smoothing=experiment.training.loss.label_smoothing,  # type: ignore[attr-defined]
    )
