"""Read sample images of each class of a data set, which a plot shows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnlab.data import image_files
from cnnlab.data.surveyed_images import read_array_splits

if TYPE_CHECKING:
    from cnnlab.data.survey import Survey

_SIDE = 96  # pixels of the longer side of a picture from a file
SHOWN_CLASSES = 20


def read_samples(survey: Survey) -> tuple[list[list[np.ndarray]], list[int]]:
    """Read up to ten training images of each of the first 20 classes, and count their images.

    Returns a list of images for each class, uint8 (height, width, 1 or 3), and the number of
    training images of each class.
    """
    places = survey.choose_samples()[:SHOWN_CLASSES]
    counts = survey.counts[0].tolist()[:SHOWN_CLASSES]
    images = survey.images
    if images.files:
        names = [[images.files[place] for place in row] for row in places]
        return [[_read_file(survey.dataset, name) for name in row] for row in names], counts
    (_, training, _), *_ = read_array_splits(survey.data)
    return [[training[int(images.indices[place])] for place in row] for row in places], counts


def _read_file(root: str, name: str) -> np.ndarray:
    image = Image.fromarray(image_files.read_image(os.path.join(root, name)))
    image.thumbnail((_SIDE, _SIDE))
    return np.array(image)
