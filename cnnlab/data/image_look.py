"""Measure features of training images, and the distance of another image from them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnlab.data.plain_ground import measure_plain_ground
from cnnlab.spec.inputs import Feature, ImageLook, LookFeatures

if TYPE_CHECKING:
    from cnnlab.data.image_store import StoredImages

SAMPLE = 4000  # training images at most
SAMPLE_PIXELS = 2**24  # about; the sample has fewer images if they are large
LEAST_SAMPLE = 200  # images, if there are so many
CHUNK_PIXELS = 2**21  # that are measured at once
CLOSER = 0.997  # share of the training images that are closer than the limit
DIFFERENT = 32  # levels of 255 by which a pixel differs from the border
# The smallest step of each feature that counts as a difference.
STEPS = {
    "brightness": 4.0,
    "contrast": 4.0,
    "ground": 4.0,
    "ground_spread": 4.0,
    "covered": 0.02,
    "edges_across": 2.0,
    "edges_down": 2.0,
    "roughness": 0.05,
    "middle_down": 0.02,
    "middle_across": 0.02,
    "height": 0.03,
    "width": 0.03,
}


@dataclass(frozen=True)
class Likeness:
    """The distance of an image from the training images, in terms of measured features.

    Nearly all training images have at most the distance `limit`.

    `feature` is the name of the feature that differs most. `value` is the feature of the image, and
    `usual` is the mean of the feature over the training images.
    """

    distance: float
    limit: float
    feature: str
    value: float
    usual: float

    @property
    def is_unlike(self) -> bool:
        """Whether the image has a larger distance than nearly all training images."""
        return self.distance > self.limit

    @property
    def sentence(self) -> str:
        """A sentence that says, with numbers, how the image differs from the training images."""
        words = self.feature.replace("_", " ")
        return (
            f"looks unlike the training images: distance {self.distance:.4g}, and {CLOSER:.1%} of "
            f"them are within {self.limit:.4g}; most unusual: {words} {self.value:.4g}, in the "
            f"training images {self.usual:.4g}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab predict --json` prints."""
        return {"unlike": self.is_unlike, **asdict(self)}


def measure_look(images: np.ndarray | StoredImages) -> ImageLook:
    """Measure the features of a sample of training images, uint8 (n, height, width, channels).

    The sample has evenly spaced images: at most 4,000, and fewer if the images are large.
    """
    each = math.prod(images.shape[1:])
    size = min(len(images), SAMPLE, max(LEAST_SAMPLE, SAMPLE_PIXELS // each))
    places = np.linspace(0, len(images) - 1, size).astype(int)
    chunk = max(1, CHUNK_PIXELS // each)
    parts = [places[start : start + chunk] for start in range(0, size, chunk)]
    features = np.concatenate([_measure_features(images[part]) for part in parts])
    means = features.mean(axis=0)
    deviations = np.maximum(features.std(axis=0), list(STEPS.values()))
    distances = np.sqrt(np.square((features - means) / deviations).sum(axis=1))
    # A small sample says less about rare images.
    limit = float(np.quantile(distances, CLOSER)) * (1 + 20 / size)
    named = {
        name: Feature(mean=_round(mean), deviation=_round(deviation))
        for name, mean, deviation in zip(STEPS, means, deviations, strict=True)
    }
    return ImageLook(
        images=size,
        ground=measure_plain_ground(images[part] for part in parts),
        features=LookFeatures(**named),
        limit=_round(max(limit, 1.0)),
    )


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def measure_likeness(image: np.ndarray, look: ImageLook) -> Likeness:
    """Measure the distance of an image, uint8 (height, width, channels), from training images."""
    [values] = _measure_features(image[None])
    usual = [getattr(look.features, name) for name in STEPS]
    steps = [(value - one.mean) / one.deviation for value, one in zip(values, usual, strict=True)]
    most = int(np.argmax(np.abs(steps)))
    return Likeness(
        distance=_round(float(np.linalg.norm(steps))),
        limit=look.limit,
        feature=list(STEPS)[most],
        value=_round(float(values[most])),
        usual=usual[most].mean,
    )


def _measure_features(images: np.ndarray) -> np.ndarray:
    """Measure 12 features of each image: uint8 (n, height, width, channels) → float32 (n, 12)."""
    levels = images.mean(axis=3, dtype=np.float32)
    sides = (levels[:, 0], levels[:, -1], levels[:, :, 0], levels[:, :, -1])
    low, ground, high = np.percentile(np.concatenate(sides, axis=1), [25, 50, 75], axis=1)
    difference = np.abs(levels - ground[:, None, None])
    covered = difference > DIFFERENT
    across, down = (_measure_slope(levels, axis) for axis in (2, 1))
    bends = sum(_measure_slope(np.diff(levels, axis=axis), axis) for axis in (2, 1))
    total = difference.sum(axis=(1, 2)) + 1
    rows, columns = (np.linspace(0, 1, side, dtype=np.float32) for side in levels.shape[1:])
    features = [
        levels.mean(axis=(1, 2)),
        levels.std(axis=(1, 2)),
        ground,
        high - low,
        covered.mean(axis=(1, 2)),
        across,
        down,
        bends / (across + down + 1),
        (difference.sum(axis=2) * rows).sum(axis=1) / total,
        (difference.sum(axis=1) * columns).sum(axis=1) / total,
        covered.any(axis=2).mean(axis=1),
        covered.any(axis=1).mean(axis=1),
    ]
    return np.stack(features, axis=1).astype(np.float64)


def _measure_slope(levels: np.ndarray, axis: int) -> np.ndarray:
    """Compute the mean difference of neighbouring pixels along an axis; 0 for a single pixel."""
    if levels.shape[axis] < 2:
        return np.zeros(len(levels), np.float32)
    return np.asarray(np.abs(np.diff(levels, axis=axis)).mean(axis=(1, 2)))
