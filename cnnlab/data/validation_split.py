"""Split images into training images and validation images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.data.datasets import Images, select_images
from cnnlab.spec.experiment import FROM_DATASET, Data

if TYPE_CHECKING:
    import numpy as np


def split_training_images(
    images: Images, data: Data, training_images: int, seed: int
) -> tuple[Images, Images]:
    """Split what `read_training_images` returns into training and validation images.

    Args:
        training_images: the number of training images in the data set. All images after these
            training images are the validation images of the data set.
        seed: the seed that chooses the validation images if they are a share of the training
            images.
    """
    import numpy as np

    if data.validation != FROM_DATASET:
        return split_off_validation(images, float(data.validation), seed)
    places = np.arange(len(images.labels))
    return (
        select_images(images, places[:training_images]),
        select_images(images, places[training_images:]),
    )


def split_off_validation(images: Images, validation: float, seed: int) -> tuple[Images, Images]:
    """Split images at random into training and validation images.

    `validation` is the share of images that become validation images, equal in all classes.
    """
    import numpy as np

    if not validation:
        return images, select_images(images, np.array([], dtype=np.int64))
    count = round(len(images.labels) * validation)
    is_held_out = np.zeros(len(images.labels), bool)
    is_held_out[draw_stratified(images.labels, count, seed)] = True
    return (
        select_images(images, images.indices[~is_held_out]),
        select_images(images, images.indices[is_held_out]),
    )


def draw_stratified(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Draw `count` places of `labels` at random, the same share of each class.

    The places are those that `train_test_split(..., stratify=labels)` of scikit-learn draws: runs
    of older versions of cnnlab, which called it, have these validation images. Its import would
    take half a second of each training. Each class needs two images, and each part one of each.
    """
    import numpy as np

    random = np.random.RandomState(seed)
    _, classes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    kept = _share_out(len(labels) - count, sizes, random)
    _share_out(count, sizes - kept, random)  # all that is left; it draws random numbers too
    drawn = []
    for number, size in enumerate(sizes):
        places = np.flatnonzero(classes == number)
        drawn.append(places[random.permutation(size)[kept[number] :]])
    return np.concatenate(drawn)


def _share_out(count: int, sizes: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Share `count` images out among classes of the given sizes, in proportion to the sizes.

    Each class gets its part rounded down. The images that are left go to the classes with the
    largest remainders; among equal remainders, chance decides.
    """
    import numpy as np

    parts = sizes / sizes.sum() * count
    shares: np.ndarray = np.floor(parts).astype(np.int64)
    remainders = parts - shares
    for remainder in np.unique(remainders)[::-1]:
        left = count - int(shares.sum())
        if left <= 0:
            break
        equal = np.flatnonzero(remainders == remainder)
        shares[random.choice(equal, min(len(equal), left), replace=False)] += 1
    return shares
