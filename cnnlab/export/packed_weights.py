"""Pack weights into short texts, for the HTML file of a network.

The trained weights keep all bits, because their answers must be those of `predict`. The weights of
an untrained network are random numbers: 8 bits for each weight show the same pictures, in a quarter
of the space.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import numpy as np

_LEVELS = 255  # the steps between the smallest and the largest weight of an array in 8 bits


def pack_exactly(weights: np.ndarray) -> dict[str, Any]:
    """Pack float32 weights without any loss.

    The four bytes of the numbers are grouped by their place: all last bytes, then the bytes before
    them, and so on. The bytes of the exponents are similar, so that zlib shortens them.
    """
    columns = weights.astype("<f4").view(np.uint8).reshape(-1, 4).T
    return {"form": "float32", "data": _compress(columns.tobytes())}


def pack_coarsely(weights: np.ndarray, arrays: Iterable[tuple[int, int]]) -> dict[str, Any]:
    """Pack float32 weights with 8 bits each.

    Args:
        arrays: (offset, length) of each array; its smallest and its largest weight stay exact.
    """
    levels = np.zeros(len(weights), np.uint8)
    scales = []
    for offset, length in arrays:
        part = weights[offset : offset + length].astype(np.float64)
        low, step = part.min(), (part.max() - part.min()) / _LEVELS
        if step > 0:
            levels[offset : offset + length] = np.rint((part - low) / step)
        scales.append([offset, length, float(low), float(step)])
    return {"form": "uint8", "arrays": scales, "data": _compress(levels.tobytes())}


def _compress(data: bytes) -> str:
    return b64encode(zlib.compress(data, 9)).decode()
