"""Occlusion: how the answer changes as a square is moved over the image.

Source: M. D. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks",
ECCV 2014, section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from cnnlab.explain.inside import Inside

MOST_PLACES = 32  # down and across: an image of up to 32 × 32 is covered around each of its pixels
_COVERED_NUMBERS = 2**23  # of one batch of covered copies: 32 MiB


@dataclass(frozen=True)
class Occlusion:
    """What covering does to a class.

    `rows` and `columns` are the pixels that the square was centred on, `size` is its side,
    `colour` what it was filled with (0 to 255, per channel). `fall`, float32 (rows, columns), is
    how much smaller the class's logit became; `left` is the probability that was left.
    """

    label: int
    size: int
    colour: tuple[float, ...]
    rows: np.ndarray
    columns: np.ndarray
    probability: float  # with nothing covered
    fall: np.ndarray
    left: np.ndarray

    @property
    def worst(self) -> tuple[int, int]:
        """The row and column of the pixel around which covering takes most from the logit."""
        place = np.unravel_index(self.fall.argmax(), self.fall.shape)
        return int(self.rows[place[0]]), int(self.columns[place[1]])


def size_for(image: np.ndarray) -> int:
    """The side of a square that suits an image: a quarter of its shorter side, made odd."""
    return int(2 * (min(image.shape[:2]) // 8) + 1)


def occlusion(network: Inside, image: np.ndarray, label: int, size: int | None = None) -> Occlusion:
    """Cover each place of an image with a square of the image's mean colour, and ask again.

    The covered copies are made in the pipeline, in batches.

    Args:
        image: uint8 (height, width, channels).
        size: odd; None for a quarter of the image's shorter side.
    """
    size = size_for(image) if size is None else size
    rows, columns = (_centres(length) for length in image.shape[:2])
    # As whole colours: what is described is what was done.
    colour = np.rint(image.mean(axis=(0, 1)))
    seen, fill = (network.seen(part) for part in (image, colour))
    places = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    everywhere = np.concatenate([[[-size, -size]], places]).astype(np.int32)  # the first: nowhere
    batch = max(1, min(256, _COVERED_NUMBERS // image.size))
    copies = (
        _covered(seen, fill, everywhere[start : start + batch], size // 2)
        for start in range(0, len(everywhere), batch)
    )
    asked = {"logits": network.logits, "probabilities": network.probabilities}
    answers = network.answers(asked, copies)
    logits, shares = (answers[name][:, label] for name in ("logits", "probabilities"))
    shape = (len(rows), len(columns))
    return Occlusion(
        label=label,
        size=size,
        colour=tuple(map(float, colour)),
        rows=rows,
        columns=columns,
        probability=float(shares[0]),
        fall=(logits[0] - logits[1:]).reshape(shape),
        left=shares[1:].reshape(shape),
    )


def agreement(found: Occlusion, evidence: np.ndarray) -> float | None:
    """Spearman's rank correlation of the fall with other evidence, None where one is constant.

    Args:
        evidence: (height, width), a number for each pixel of the image.
    """
    from scipy.stats import spearmanr

    fall, other = found.fall.ravel(), evidence[np.ix_(found.rows, found.columns)].ravel()
    if np.ptp(fall) == 0 or np.ptp(other) == 0:
        return None
    return float(spearmanr(fall, other).statistic)


def _centres(length: int) -> np.ndarray:
    """Pixels to centre a square on, evenly apart: all, or at most MOST_PLACES."""
    step = -(-length // MOST_PLACES)
    return np.arange((length - 1) % step // 2, length, step)


def _covered(image: np.ndarray, fill: np.ndarray, centres: np.ndarray, reach: int) -> tf.Tensor:
    """Copies of a scaled image, each with a square around its centre."""
    sides = [
        tf.abs(tf.range(length)[tf.newaxis] - centres[:, axis, tf.newaxis]) <= reach
        for axis, length in enumerate(image.shape[:2])
    ]
    square = sides[0][:, :, tf.newaxis, tf.newaxis] & sides[1][:, tf.newaxis, :, tf.newaxis]
    return tf.where(square, tf.constant(fill), tf.constant(image))
