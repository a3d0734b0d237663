"""Measure how a prediction changes when a square covers the image at each of many positions.

Source: M. D. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks",
ECCV 2014, section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlab.explain.network_outputs import NetworkOutputs
from cnnlab.quiet_tensorflow import tf

MOST_PLACES = 32  # in each direction; an image up to 32 × 32 has a place at each pixel
_COVERED_NUMBERS = 2**23  # float32 values in one batch of covered copies: 32 MiB


@dataclass(frozen=True)
class Occlusion:
    """The effect of a covering square on one class, for each position of the square.

    `rows` and `columns` are the pixel coordinates of the square's centre. `size` is the side of the
    square in pixels, and `colour` is the colour of the square (0 to 255, per channel).
    `logit_drop`, float32 (rows, columns), has for each position the drop of the class's logit.
    `covered_probability` has for each position the probability of the class with the square.
    """

    label: int
    size: int
    colour: tuple[float, ...]
    rows: np.ndarray
    columns: np.ndarray
    probability: float  # of the class in the uncovered image
    logit_drop: np.ndarray
    covered_probability: np.ndarray

    @property
    def worst_place(self) -> tuple[int, int]:
        """The row and the column of the square's centre at the largest drop of the logit."""
        place = np.unravel_index(self.logit_drop.argmax(), self.logit_drop.shape)
        return int(self.rows[place[0]]), int(self.columns[place[1]])


def choose_size(image: np.ndarray) -> int:
    """Choose the side of the square: an odd number near a quarter of the image's shorter side."""
    return int(2 * (min(image.shape[:2]) // 8) + 1)


def compute_occlusion(
    network: NetworkOutputs, image: np.ndarray, label: int, size: int | None = None
) -> Occlusion:
    """Classify copies of an image, each with a square of the mean colour at another position.

    The function builds the copies batch by batch, to save memory.

    Args:
        image: uint8 (height, width, channels).
        size: the side of the square, an odd number of pixels; None calls `choose_size`.
    """
    size = choose_size(image) if size is None else size
    rows, columns = (_place_centres(length) for length in image.shape[:2])
    # Round the colour, so that the caption names exactly the colour that was used.
    colour = np.rint(image.mean(axis=(0, 1)))
    inputs, fill = (network.scale(part) for part in (image, colour))
    places = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    # The first place is outside of the image, so that its copy is not covered.
    everywhere = np.concatenate([[[-size, -size]], places]).astype(np.int32)
    batch = max(1, min(256, _COVERED_NUMBERS // image.size))
    copies = (
        _cover(inputs, fill, everywhere[start : start + batch], size // 2)
        for start in range(0, len(everywhere), batch)
    )
    outputs = {"logits": network.logits, "probabilities": network.probabilities}
    answers = network.compute(outputs, copies)
    logits, shares = (answers[name][:, label] for name in ("logits", "probabilities"))
    shape = (len(rows), len(columns))
    return Occlusion(
        label=label,
        size=size,
        colour=tuple(map(float, colour)),
        rows=rows,
        columns=columns,
        probability=float(shares[0]),
        logit_drop=(logits[0] - logits[1:]).reshape(shape),
        covered_probability=shares[1:].reshape(shape),
    )


def correlate_with_evidence(occlusion: Occlusion, evidence: np.ndarray) -> float | None:
    """Compute Spearman's rank correlation of logit drop and evidence; None if one is constant.

    Args:
        evidence: (height, width), a number for each pixel of the image.
    """
    from scipy.stats import spearmanr

    drop, other = (
        occlusion.logit_drop.ravel(),
        evidence[np.ix_(occlusion.rows, occlusion.columns)].ravel(),
    )
    if np.ptp(drop) == 0 or np.ptp(other) == 0:
        return None
    return float(spearmanr(drop, other).statistic)


def _place_centres(length: int) -> np.ndarray:
    """Choose the square's centres along an axis: each pixel, or evenly spaced pixels."""
    step = -(-length // MOST_PLACES)
    return np.arange((length - 1) % step // 2, length, step)


def _cover(image: np.ndarray, fill: np.ndarray, centres: np.ndarray, reach: int) -> tf.Tensor:
    """Copy a scaled image for each centre, and draw a square of the colour `fill` around it."""
    sides = [
        tf.abs(tf.range(length)[tf.newaxis] - centres[:, axis, tf.newaxis]) <= reach
        for axis, length in enumerate(image.shape[:2])
    ]
    square = sides[0][:, :, tf.newaxis, tf.newaxis] & sides[1][:, tf.newaxis, :, tf.newaxis]
    return tf.where(square, tf.constant(fill), tf.constant(image))
