"""Feature maps: what layers make of an image, and the maps that never fire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from cnnlab.data.batches import in_order
from cnnlab.data.sources import Images
from cnnlab.explain.inside import Inside
from cnnlab.explain.stages import Stage


@dataclass(frozen=True)
class Silence:
    """The maps of a layer that never fire: those with no number above 0 in any of some images.

    `maps` are their numbers, from 1; None where no rectifier was before, so that a map does not
    have to be above 0 to say something. `strongest` is each map's largest number, (channels,).
    """

    layer: str
    channels: int
    maps: tuple[int, ...] | None
    strongest: np.ndarray


def feature_maps(
    network: Inside, stages: Sequence[Stage], image: np.ndarray
) -> dict[str, np.ndarray]:
    """The maps of layers for one image: float32 (height, width, channels) by the layer's name.

    Args:
        image: uint8 (height, width, channels).
    """
    found = network.answers(network.maps(stages), [network.seen(image[np.newaxis])])
    return {name: maps[0] for name, maps in found.items()}


def silent(network: Inside, stages: Sequence[Stage], images: Images) -> list[Silence]:
    """For each layer the maps that never fire on `images`."""
    largest = {
        name: keras.ops.max(tensor, axis=(1, 2)) for name, tensor in network.maps(stages).items()
    }
    batches = (batch for batch, _ in in_order(images, network.spec.inputs))
    found = network.answers(largest, batches)
    return [_silence(stage, found[stage.name].max(axis=0)) for stage in stages]


def _silence(stage: Stage, strongest: np.ndarray) -> Silence:
    never = tuple((np.flatnonzero(strongest <= 0) + 1).tolist()) if stage.rectified else None
    return Silence(stage.name, len(strongest), never, strongest)
