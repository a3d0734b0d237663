"""Make pictures smaller, so that a search in them is quick."""

from __future__ import annotations

import numpy as np
from PIL import Image


def reduce_picture(picture: np.ndarray, longest: int) -> np.ndarray:
    """Reduce a picture by a whole factor, so that its longer side has at most `longest` pixels."""
    factor = -(-max(picture.shape) // longest)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture
