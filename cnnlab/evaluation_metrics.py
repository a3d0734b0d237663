"""Compute metrics from the probabilities of the images of a split, without TensorFlow."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.calibration import measure_calibration
from cnnlab.class_figures import measure_classes
from cnnlab.data.datasets import Images

SMALLEST = float(np.finfo(np.float32).tiny)  # replaces a probability that float32 rounds to 0


@dataclass(frozen=True)
class Loss:
    """The loss that the training of a network minimizes, computed on the images of a split.

    `definition` says in words what the loss contains. On the validation split, the loss is the
    `val_loss` of history.csv.
    """

    value: float
    definition: str


@dataclass(frozen=True)
class Evaluation:
    """The probabilities that a network computes for the images of a split.

    `probabilities` is float32 (n, classes). `tta` is `shift` or `flip` if the probabilities are
    means over shifted or mirrored copies of each image, and None otherwise. `loss` is None for the
    means of several networks or several copies of an image, which no training minimizes, and for a
    network that cnnlab did not train. `has_cross_entropy` is false if the probabilities of an image
    do not add up to 1, for example if the network has a sigmoid for each class.
    """

    split: str
    checkpoint: Path
    class_names: tuple[str, ...]
    images: Images
    probabilities: np.ndarray
    tta: str | None = None
    loss: Loss | None = None
    has_cross_entropy: bool = True

    @property
    def name(self) -> str:
        """The name of the folder for the results, such as `test` or `test-shift`."""
        return f"{self.split}-{self.tta}" if self.tta else self.split

    @property
    def predictions(self) -> np.ndarray:
        """The most probable class of each image, int64 (n,)."""
        return np.asarray(self.probabilities.argmax(axis=1))


def compute_metrics(evaluation: Evaluation) -> dict[str, Any]:
    """Compute the metrics of an evaluation, as plain data for metrics.json.

    `loss` is the loss that training minimizes, in nats, and `loss_definition` says what the loss
    contains. `loss` and `loss_definition` can be None. `cross_entropy` is the mean cross-entropy in
    nats, without label smoothing, class weights or penalties on weights, or None if the
    probabilities of an image do not add up to 1. `accuracy_interval` is Wilson's 95% confidence
    interval of the accuracy. `calibration` comes from `cnnlab.calibration`, the means over classes
    and `per_class` from `cnnlab.class_figures`.
    """
    labels, predicted = evaluation.images.labels, evaluation.predictions
    loss, names = evaluation.loss, evaluation.class_names
    matrix = np.zeros((len(names), len(names)), np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    true_probabilities = evaluation.probabilities[np.arange(len(labels)), labels].astype(np.float64)
    entropy = float(-np.log(np.maximum(true_probabilities, SMALLEST)).mean())
    right = int((predicted == labels).sum())
    return {
        "split": evaluation.split,
        "tta": evaluation.tta,
        "images": len(labels),
        "loss": loss.value if loss else None,
        "loss_definition": loss.definition if loss else None,
        "cross_entropy": entropy if evaluation.has_cross_entropy else None,
        "accuracy": right / len(labels),
        "accuracy_interval": compute_wilson_interval(right, len(labels)),
        "calibration": asdict(measure_calibration(evaluation.probabilities, labels)),
        **measure_classes(matrix, names),
        "confusion_matrix": matrix.tolist(),
    }


def compute_wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Compute the 95% confidence interval of the share `successes / trials`.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927), equation 8.

    >>> [round(bound, 4) for bound in compute_wilson_interval(99, 100)]
    [0.9455, 0.9982]
    """
    z = 1.959963984540054  # the normal distribution's 97.5% point
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return (max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))
