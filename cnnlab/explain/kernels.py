"""Read the kernels of a convolution, and compute their statistics."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnlab.counts import format_count
from cnnlab.explain.layers_with_maps import MapLayer
from cnnlab.explain.network_outputs import NetworkOutputs


@dataclass(frozen=True)
class KernelStatistics:
    """Mean, standard deviation and extremes of the kernel weights of a convolution."""

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
    channels, kernels per channel). A separable convolution gives its depthwise kernels.
    """
    kernels = network.network.get_layer(stage.name).get_weights()[0]
    return np.asarray(kernels, np.float32)


def compute_statistics(weights: np.ndarray) -> KernelStatistics:
    """Compute the statistics of all n weights of kernels; the standard deviation divides by n."""
    numbers = weights.astype(np.float64)
    return KernelStatistics(
        weights=int(numbers.size),
        mean=float(numbers.mean()),
        standard_deviation=float(numbers.std()),
        minimum=float(numbers.min()),
        maximum=float(numbers.max()),
    )


def describe_kernels(kind: str, shape: tuple[int, ...]) -> str:
    """Describe in words the kernels of a layer with the shape (height, width, channels, kernels).

    >>> describe_kernels("conv", (3, 3, 1, 16))
    '16 kernels of 3 × 3 for 1 input channel'
    >>> describe_kernels("depthwise_conv", (3, 3, 16, 1))
    '16 channels with 1 kernel of 3 × 3 each'
    """
    height, width, channels, count = shape
    kernels = f"{format_count(count, 'kernel')} of {height} × {width}"
    if kind == "conv":
        return f"{kernels} for {format_count(channels, 'input channel')}"
    return f"{format_count(channels, 'channel')} with {kernels} each"
