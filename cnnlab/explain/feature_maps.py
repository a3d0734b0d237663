"""Compute the feature maps of layers for an image, and find the maps that are never above 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnlab.counts import format_count
from cnnlab.data.batches import batch_in_order
from cnnlab.data.datasets import Images
from cnnlab.explain.layers_with_maps import MapLayer
from cnnlab.explain.network_outputs import NetworkOutputs
from cnnlab.quiet_tensorflow import keras


@dataclass(frozen=True)
class SilentMaps:
    """The silent feature maps of a layer: the maps that are never above 0 over a set of images.

    `maps` has the numbers of the silent maps, from 1. `maps` is None for a layer without a
    rectifier such as ReLU, because the network also uses negative values of this layer.
    `strongest`, (channels,), is the largest value of each map.
    """

    layer: str
    channels: int
    maps: tuple[int, ...] | None
    strongest: np.ndarray


def compute_feature_maps(
    network: NetworkOutputs, stages: Sequence[MapLayer], image: np.ndarray
) -> dict[str, np.ndarray]:
    """Compute the feature maps of each layer for an image: float32 (height, width, channels).

    Args:
        image: uint8 (height, width, channels).
    """
    batches = network.compute(network.maps(stages), [network.scale(image[np.newaxis])])
    return {name: maps[0] for name, maps in batches.items()}


def find_silent_maps(
    network: NetworkOutputs, stages: Sequence[MapLayer], images: Images
) -> list[SilentMaps]:
    """Find the feature maps of each layer that are never above 0 over `images`."""
    largest = {
        name: keras.ops.max(tensor, axis=(1, 2)) for name, tensor in network.maps(stages).items()
    }
    batches = (batch for batch, *_ in batch_in_order(images, network.spec.inputs))
    strongest = network.compute(largest, batches)
    return [_list_silent_maps(stage, strongest[stage.name].max(axis=0)) for stage in stages]


def _list_silent_maps(stage: MapLayer, strongest: np.ndarray) -> SilentMaps:
    never = tuple((np.flatnonzero(strongest <= 0) + 1).tolist()) if stage.rectified else None
    return SilentMaps(stage.name, len(strongest), never, strongest)


def describe_counted_images(counted: int, total: int) -> str:
    """Name in words the first `counted` of `total` test images.

    >>> describe_counted_images(1000, 10_000), describe_counted_images(500, 500)
    ('the first 1,000 test images', 'all 500 test images')
    >>> describe_counted_images(1, 1)
    '1 test image'
    """
    images = format_count(counted, "test image")
    if counted == 1:
        return images
    return f"{'all' if counted == total else 'the first'} {images}"
