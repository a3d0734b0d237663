"""Split images into training images and validation images."""

from __future__ import annotations

from cnnlab.data.datasets import Images, select_images
from cnnlab.spec.experiment import FROM_DATASET, Data


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
    from sklearn.model_selection import train_test_split

    training, held_out = train_test_split(
        images.indices,
        test_size=round(len(images.labels) * validation),
        random_state=seed,
        stratify=images.labels,
    )
    return select_images(images, np.sort(training)), select_images(images, np.sort(held_out))
