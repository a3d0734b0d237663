"""Pictures for networks of other data are resized and padded, nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.data.image_preparation import fit_image


def one_colour(height, width, colour):
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.parametrize("shape", [(100, 50), (50, 100), (7, 7), (1, 5000), (5000, 1), (1, 1)])
def test_what_is_free_gets_the_colour_of_the_border(shape):
    picture = one_colour(*shape, (200, 100, 50))
    assert np.array_equal(fit_image(picture, (28, 28, 3)), one_colour(28, 28, (200, 100, 50)))


def test_the_whole_picture_is_fitted_its_proportions_kept():
    picture = one_colour(280, 560, 255)
    picture[20:-20, 20:-20] = 0  # 240 × 520, and a twentieth of it: 12 × 26
    dark = np.argwhere(fit_image(picture, (28, 28, 1))[..., 0] < 128)
    assert dark.min(axis=0).tolist() == [8, 1]
    assert dark.max(axis=0).tolist() == [19, 26]


def test_gray_networks_get_gray_and_colours_stay_for_others():
    picture = one_colour(40, 30, (255, 0, 0))
    gray = fit_image(picture, (20, 20, 1))
    assert gray.shape == (20, 20, 1)
    assert np.unique(gray).tolist() == [76]  # 0.299 · 255: the lightness of red, ITU-R 601
    assert fit_image(picture, (20, 20, 3)).shape == (20, 20, 3)


def test_light_stays_light():
    """cnnlab knows the polarity of digits only; a shoe may be light or dark."""
    assert fit_image(one_colour(50, 50, 255), (28, 28, 1)).min() == 255
    assert fit_image(one_colour(50, 50, 0), (28, 28, 1)).max() == 0
