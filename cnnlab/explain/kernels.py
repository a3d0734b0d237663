"""Read the kernels of a convolution, and compute their statistics."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnlab.explain.layers_with_maps import MapLayer
from cnnlab.explain.network_outputs import NetworkOutputs


@dataclass(frozen=True)
class KernelStatistics:
    """Statistics of all kernel weights of a convolution, without biases."""

    weights: int
    mean: float
    standard_deviation: float
    minimum: float
    maximum: float

    def to_dict(self) -> dict[str, Any]:
        """Return the statistics as plain data for JSON."""
        return asdict(self)


def read_kernels(network: NetworkOutputs, stage: MapLayer) -> np.ndarray:
    """Read the kernels of a convolution, float32 (height, width, input channels, kernels).

    In a depthwise convolution, each kernel reads one channel, so the result is (height, width,
    channels, kernels per channel). For a separable convolution, it has the depthwise kernels.
    """
    kernels = network.network.get_layer(stage.name).get_weights()[0]
    return np.asarray(kernels, np.float32)


def compute_statistics(weights: np.ndarray) -> KernelStatistics:
    """Compute the statistics of all weights in kernels; the standard deviation divides by n."""
    numbers = weights.astype(np.float64)
    return KernelStatistics(
        weights=int(numbers.size),
        mean=float(numbers.mean()),
        standard_deviation=float(numbers.std()),
        minimum=float(numbers.min()),
        maximum=float(numbers.max()),
    )
