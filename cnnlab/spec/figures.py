"""List and describe the loss that training minimizes and the metrics of each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnlab.spec.experiment import Data, Experiment
from cnnlab.spec.kinds import Section
from cnnlab.spec.layer_options import Regularizer
from cnnlab.spec.metrics import CrossEntropyMetric, Metric
from cnnlab.spec.training import Training

SMOOTHING, WEIGHTS, PENALTIES = "label smoothing", "class weights", "penalties on weights"


def list_loss_terms(data: Data, training: Training, layers: Sequence[Section]) -> tuple[str, ...]:
    """Name the changes of a loss from the plain cross-entropy; return () without any."""
    present = {
        SMOOTHING: getattr(training.loss, "label_smoothing", 0.0) > 0,
        WEIGHTS: data.class_weight is not None,
        PENALTIES: has_penalty(tuple(layers)),
    }
    return tuple(term for term, is_present in present.items() if is_present)


def has_penalty(value: Any) -> bool:
    """Whether a layer, or a layer inside a group of layers, has a penalty on its weights."""
    if isinstance(value, Regularizer):
        return True
    if isinstance(value, tuple):
        return any(map(has_penalty, value))
    if isinstance(value, Section):
        return any(has_penalty(getattr(value, name)) for name in type(value).model_fields)
    return False


def list_metrics(data: Data, training: Training, layers: Sequence[Section]) -> list[Metric]:
    """List the metrics of each epoch.

    The list has the metrics of the config. If the loss is not the plain cross-entropy, the list
    also has the cross-entropy, so that the history of every experiment has the cross-entropy.
    """
    metrics = list(training.metrics)
    plain = CrossEntropyMetric()
    if list_loss_terms(data, training, layers) and plain not in metrics:
        metrics.append(plain)
    return metrics


def list_figures(experiment: Experiment) -> list[str]:
    """List the names of the loss and the metrics, in the order of history.csv."""
    metrics = list_metrics(experiment.data, experiment.training, experiment.model)
    return ["loss", *(metric.name for metric in metrics)]


def describe_loss(experiment: Experiment) -> str:
    """Describe the loss that training minimizes.

    >>> from cnnlab.spec.layers import Dense
    >>> experiment = Experiment(name="a", model=(Dense(units=10, kernel_regularizer="l2"),))
    >>> describe_loss(experiment)
    'cross-entropy, plus penalties on weights'
    """
    terms = list_loss_terms(experiment.data, experiment.training, experiment.model)
    inside = " and ".join(term for term in terms if term != PENALTIES)
    text = f"cross-entropy with {inside}" if inside else "cross-entropy"
    return f"{text}, plus {PENALTIES}" if PENALTIES in terms else text
