"""Make pictures smaller, so that cnnlab finds objects in the pictures faster."""

from __future__ import annotations

import numpy as np
from PIL import Image


def reduce_picture(picture: np.ndarray, longest: int) -> np.ndarray:
    """Make a picture smaller by a whole factor, so that no side has more than `longest` pixels."""
    factor = -(-max(picture.shape) // longest)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture
