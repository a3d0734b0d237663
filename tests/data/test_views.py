"""Shifts and mirror images of whole uint8 batches, compared with NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from cnnlab.cli.evaluate import evaluate
from cnnlab.data.test_time_augmentation import VIEWS

IMAGES = np.random.default_rng(0).integers(1, 256, (5, 4, 6, 3), dtype=np.uint8)


def shift_images(images, down, right):
    """Shift by at most one pixel, with a slow loop."""
    moved = np.zeros_like(images)
    height, width = images.shape[1:3]
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                moved[:, row, column] = images[:, row - down, column - right]
    return moved


def test_shifts_are_the_image_and_one_pixel_in_the_four_directions():
    found = [view(tf.constant(IMAGES)).numpy() for view in VIEWS["shift"]]
    expected = [IMAGES, *(shift_images(IMAGES, *by) for by in ((-1, 0), (1, 0), (0, -1), (0, 1)))]
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == np.uint8
        np.testing.assert_array_equal(one, other)


def test_flips_are_the_image_and_its_mirror_image():
    found = [view(tf.constant(IMAGES)).numpy() for view in VIEWS["flip"]]
    np.testing.assert_array_equal(found[0], IMAGES)
    np.testing.assert_array_equal(found[1], IMAGES[:, :, ::-1])
    assert len(found) == 2


def test_an_image_of_one_pixel_moves_out_of_sight():
    found = [view(tf.constant([[[[9]]]], tf.uint8)).numpy().item() for view in VIEWS["shift"]]
    assert found == [9, 0, 0, 0, 0]


@pytest.mark.parametrize("size", [1, 5])
def test_views_keep_the_shape_inside_a_pipeline(size):
    for view in (*VIEWS["shift"], *VIEWS["flip"]):
        batches = tf.data.Dataset.from_tensor_slices(IMAGES).batch(size).map(view)
        assert np.concatenate([*batches.as_numpy_iterator()]).shape == IMAGES.shape


def test_the_command_offers_exactly_these():
    [option] = [one for one in evaluate.params if one.name == "tta"]
    assert list(option.type.choices) == list(VIEWS)
