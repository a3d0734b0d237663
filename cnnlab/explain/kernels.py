"""The kernels of a convolution and their figures, trained and untrained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnlab.explain.inside import Inside
from cnnlab.explain.stages import Stage


@dataclass(frozen=True)
class Statistics:
    """Of all weights of a convolution's kernels, its biases not among them."""

    weights: int
    mean: float
    standard_deviation: float
    minimum: float
    maximum: float

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain data for JSON."""
        return asdict(self)


def kernels(network: Inside, stage: Stage) -> np.ndarray:
    """The kernels of a convolution, float32 (height, width, input channels, kernels).

    Of a depthwise convolution, and of the depthwise half of a separable one, the kernels are those
    of each channel by itself: (height, width, channels, kernels per channel).
    """
    found = network.network.get_layer(stage.name).get_weights()[0]
    return np.asarray(found, np.float32)


def statistics(weights: np.ndarray) -> Statistics:
    """The figures of kernels; the standard deviation is that of these weights, over n."""
    numbers = weights.astype(np.float64)
    return Statistics(
        weights=int(numbers.size),
        mean=float(numbers.mean()),
        standard_deviation=float(numbers.std()),
        minimum=float(numbers.min()),
        maximum=float(numbers.max()),
    )
