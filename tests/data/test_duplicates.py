"""Exact and near duplicates are found, and nothing else is taken for one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from folder_builders import mnist
from PIL import Image

from cnnlab.data.duplicates import (
    describe_shared_images,
    describe_small_classes,
    digest_images,
    find_duplicates,
)
from cnnlab.data.similar_images import find_near_pairs


def encode(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file))


def brighten(image):
    return np.clip(image * 1.1 + 10, 0, 255).astype(np.uint8)


COPIES = {
    "shifted": lambda image: np.roll(image, (1, -2), axis=(0, 1)),
    "brighter": brighten,
    "darker": lambda image: (image * 0.6).astype(np.uint8),
    "encoded again": encode,
    "noisy": lambda image: np.clip(
        image + np.random.default_rng(0).normal(0, 4, image.shape), 0, 255
    ).astype(np.uint8),
    "shifted and brighter": lambda image: brighten(np.roll(image, -1, axis=0)),
}


@pytest.fixture(scope="module")
def digits():
    return mnist("train", 4000)[0]


def look(images, splits=None):
    splits = np.zeros(len(images), int) if splits is None else splits
    found, is_complete = find_duplicates(images, digest_images([images]), splits)
    assert is_complete
    return [(one.image, one.other, one.shared is None) for one in found]


def test_four_thousand_digits_have_no_duplicates(digits):
    assert look(digits[..., None]) == []


@pytest.mark.parametrize("kind", COPIES)
def test_near_duplicates_are_found_and_nothing_else(kind, digits):
    places = np.arange(0, 4000, 200)
    copies = np.stack([COPIES[kind](digits[place]) for place in places])
    images = np.concatenate([digits, copies])[..., None]
    assert look(images) == [(4000 + k, place, False) for k, place in enumerate(places.tolist())]


def test_exact_duplicates_name_the_first_and_a_training_image_before_others(digits):
    images = np.concatenate([digits[:50], digits[[7, 7]], brighten(digits[[7]])])[..., None]
    splits = np.array([0] * 50 + [1, 1, 1])
    assert look(images, splits) == [(50, 7, True), (51, 7, True), (52, 7, False)]


def test_what_is_no_near_duplicate(digits):
    image = digits[0]
    turned = np.rot90(image, 2)
    far = np.roll(image, 5, axis=1)
    negative = 255 - image
    other_colours = (
        np.stack([image, image * 0, image * 0], axis=2),
        np.roll(np.stack([image, image * 0, image * 0], axis=2), 1, axis=2),
    )
    assert look(np.stack([image, turned, far, negative])[..., None]) == []
    assert look(np.stack(other_colours)) == []


def test_images_of_one_colour_are_only_exact_duplicates():
    plain = np.stack([np.full((8, 8, 3), shade, np.uint8) for shade in (0, 9, 200, 9)])
    assert look(plain) == [(3, 1, True)]
    assert look(plain[:1]) == []
    assert len(find_near_pairs(plain[:0]).first) == 0


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 1), (2, 3, 3), (5, 4, 1), (32, 20, 3)])
def test_images_of_every_shape_are_compared(shape):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (6, *shape), np.uint8)
    images[5] = images[2]
    assert (5, 2, True) in look(images)


def test_images_in_several_splits_get_one_sentence():
    sentence = (
        "1 of 3 validation images and 2 of 4 test images: the same image is in another split too, "
        "so the accuracy looks higher than it is; `cnnlab data` names these images"
    )
    validation, test = np.array([3, 20, 21]), np.array([1, 20, 30, 31])
    assert [*describe_shared_images(np.arange(10), validation, test)] == [sentence]
    assert [*describe_shared_images(np.arange(10), validation[1:], test[2:])] == []


def test_small_classes_get_one_sentence():
    names = tuple("abcdefgh")
    labels = np.repeat(np.arange(8), [10, 9, 1, 8, 7, 6, 5, 4])
    assert [*describe_small_classes(names, labels)] == [
        "7 classes have fewer than 10 training images: c (1), h (4), g (5), f (6), e (7) and 2 more"
    ]
    assert [*describe_small_classes(names[:2], np.repeat([0, 1], [10, 9]))] == [
        "1 class has fewer than 10 training images: b (9)"
    ]
    assert [*describe_small_classes(names[:1], np.zeros(10, int))] == []
