"""Small images for pages: one pixel for each number, and nothing where there is none."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cnnlab.plots.image_grids import SEQUENTIAL, choose_scale
from cnnlab.plots.page_images import (
    MAX_SIDE,
    NEGATIVE,
    POSITIVE,
    encode_image,
    encode_numbers,
    reduce_maps,
)


def decode(png):
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_keeps_its_pixels(channels):
    image = np.random.default_rng(0).integers(0, 256, (9, 7, channels), np.uint8)
    assert (decode(encode_image(image)).reshape(image.shape) == image).all()


def test_a_large_image_is_reduced_in_its_shape():
    assert decode(encode_image(np.zeros((400, 200, 3), np.uint8))).shape == (MAX_SIDE, 80, 3)


def test_numbers_of_both_signs_are_blue_and_red_and_zero_has_the_colour_of_the_page():
    numbers = np.array([[-2.0, -1.0, 0.0], [1.0, 2.0, np.nan]])
    pixels = decode(encode_numbers(numbers, choose_scale(np.array([-2.0, 1.0]))))
    assert pixels[0, 0].tolist() == [*NEGATIVE, 255]
    assert pixels[0, 1].tolist() == [*NEGATIVE, 128]
    assert pixels[1, 0].tolist() == [*POSITIVE, 128]
    assert pixels[1, 1].tolist() == [*POSITIVE, 255]
    assert (pixels[0, 2, 3], pixels[1, 2, 3]) == (0, 0)


def test_numbers_from_zero_up_have_the_colours_of_the_other_pictures():
    numbers = np.array([[0.0, 1.0], [2.0, np.nan]])
    pixels = decode(encode_numbers(numbers, choose_scale(np.array([0.0, 2.0]))))
    expected = [SEQUENTIAL(share, bytes=True) for share in (0.0, 0.5, 1.0)]
    assert [tuple(pixels[at]) for at in ((0, 0), (0, 1), (1, 0))] == expected
    assert pixels[1, 1, 3] == 0


@pytest.mark.parametrize(
    ("shape", "expected"), [((64, 9, 2), (64, 9, 2)), ((65, 9, 2), (33, 5, 2))]
)
def test_maps_lose_rows_and_columns_where_they_are_too_large(shape, expected):
    assert reduce_maps(np.zeros(shape), 64).shape == expected
