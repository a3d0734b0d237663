"""Choose random test images for `predict`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnlab.counts import format_count
from cnnlab.data.datasets import Images, select_images
from cnnlab.data.image_preparation import PreparedImage
from cnnlab.data.run_splits import read_split
from cnnlab.errors import UsageError
from cnnlab.seeds import derive_seed
from cnnlab.spec.experiment import Spec


def choose_test_images(spec: Spec, count: int, root_seed: int) -> list[PreparedImage]:
    """Choose `count` random test images, and return them in the order of the test set.

    The same `root_seed` always chooses the same images.

    Raises:
        UsageError: the test set has fewer than `count` images.
        DataError: the data is missing, or is not the data that the network was trained on.
    """
    images = read_split(spec, "test")
    if count > len(images.labels):
        size = format_count(len(images.labels), "image")
        message = f"the test set has {size}; choose a number up to {len(images.labels):,}"
        raise UsageError(f"--random {count}: {message}")
    random = np.random.default_rng(derive_seed(root_seed, "images to predict"))
    chosen_images = select_images(images, np.sort(random.permutation(len(images.labels))[:count]))
    return [
        _prepare_test_image(chosen_images, place, spec.inputs.class_names) for place in range(count)
    ]


def _prepare_test_image(images: Images, place: int, class_names: Sequence[str]) -> PreparedImage:
    truth = class_names[images.labels[place]]
    return PreparedImage(f"test #{images.indices[place]}", images.images[place], truth=truth)
