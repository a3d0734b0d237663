"""Measure calibration: how well the probabilities of a network match its accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 15


@dataclass(frozen=True)
class Bin:
    """The calibration of the images whose confidence is over `above` and at most `up_to`.

    The confidence of an image is the probability of its predicted class. `images` is the number of
    images in this bin, `confidence` is their mean confidence, and `accuracy` is the share of them
    that the network classifies correctly. Without images, `confidence` and `accuracy` are None.
    """

    above: float
    up_to: float
    images: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """The calibration of a network on a set of images, with bins of equal width.

    `confidence` is the mean probability of the predicted classes. `expected_calibration_error` is
    the mean distance between accuracy and confidence over all bins, where each bin is weighted by
    its number of images.
    """

    confidence: float
    expected_calibration_error: float
    bins: tuple[Bin, ...]


def measure_calibration(probabilities: np.ndarray, labels: np.ndarray) -> Calibration:
    """Compare the probabilities of predictions with their accuracy, in bins of equal width.

    Args:
        probabilities: the predicted probabilities, (images, classes).
        labels: the true classes, (images,).

    Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks",
    ICML 2017, equations 2 and 3. The paper uses 15 bins too.
    """
    sure = probabilities.max(axis=1).astype(np.float64)
    right = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    edges = np.linspace(0, 1, BINS + 1)
    # A bin includes its upper edge. A probability that rounding put over 1 is in the last bin.
    place = np.searchsorted(edges[1:-1], sure, side="left")
    images = np.bincount(place, minlength=BINS)
    sums = [np.bincount(place, values, minlength=BINS) for values in (sure, right)]
    bins = tuple(
        Bin(
            above=round(float(edges[index]), 4),
            up_to=round(float(edges[index + 1]), 4),
            images=int(count),
            confidence=float(sums[0][index] / count) if count else None,
            accuracy=float(sums[1][index] / count) if count else None,
        )
        for index, count in enumerate(images)
    )
    error = float(np.abs(sums[0] - sums[1]).sum() / len(sure))
    return Calibration(float(sure.mean()), error, bins)
