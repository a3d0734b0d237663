"""Compute statistics over all pixels of a data set, in chunks of images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from cnnlab.data.image_store import StoredImages

_CHUNK = 1024  # images that a computation reads at once


def iterate_chunks(images: np.ndarray | StoredImages) -> Iterator[np.ndarray]:
    """Yield the images in order in chunks of 1,024, so that computations need little memory."""
    for start in range(0, len(images), _CHUNK):
        yield images[start : start + _CHUNK]


def compute_moments(images: np.ndarray | StoredImages) -> list[tuple[float, float]]:
    """Compute the mean and standard deviation of each image channel, from exact integer sums."""
    import numpy as np

    totals, squares = ([0] * images.shape[3] for _ in range(2))
    for chunk in iterate_chunks(images):
        for channel in range(images.shape[3]):
            values = chunk[..., channel]
            totals[channel] += int(values.sum(dtype=np.uint64))
            squares[channel] += int(np.square(values, dtype=np.uint16).sum(dtype=np.uint64))
    count = math.prod(images.shape[:3])
    return [
        (total / count, math.sqrt(count * square - total**2) / count)
        for total, square in zip(totals, squares, strict=True)
    ]
