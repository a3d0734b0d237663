"""Photos and drawings of digits, centred as in MNIST."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from drawn_digits import STYLES, Style, invert, photograph
from PIL import Image
from scipy import ndimage

from cnnlab.data import datasets, mnist_preparation
from cnnlab.data.mnist_preparation import prepare_digits
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data

pytestmark = pytest.mark.slow

BY_NAME = {style.name: style for style in STYLES}
SAME = 10  # levels of 255: a crop's edge falls between other pixels; two digits differ by 17
MARKER = BY_NAME["marker on a board"]


def prepare_picture(picture):
    """Prepare the only digit of a picture; the picture needs no other change."""
    [digit], notes = prepare_digits(np.asarray(picture))
    assert notes == []
    return digit


@cache
def prepare_drawing(style, digit):
    """Prepare a drawn digit, once for all tests."""
    return prepare_picture(style.draw(digit))


def difference(one, other):
    """Mean difference of a pixel, in levels of 255."""
    return np.abs(one.astype(int) - other.astype(int)).mean()


def nearest(one, other):
    """The same for the best shift by a pixel, as rounding decides where the centre falls."""
    return min(
        difference(one, np.roll(other, (down, right), (0, 1)))
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    )


def extent(image):
    """Height and width of the part that is not black."""
    return [np.ptp(places) + 1 for places in np.nonzero(image[..., 0])]


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_digit_is_20_pixels_long_and_its_mass_in_the_middle(style):
    for digit in range(10):
        image = prepare_drawing(style, digit)
        assert image.shape == (28, 28, 1)
        assert image.dtype == np.uint8
        assert 19 <= max(extent(image)) <= 20
        # Moved by whole pixels, as MNIST's are: half a pixel off at most.
        assert ndimage.center_of_mass(image[..., 0]) == pytest.approx((14, 14), abs=0.51)


def test_proportions_are_kept():
    tall = Image.new("RGB", (300, 300), "white")
    tall.paste("black", (100, 50, 140, 250))  # 40 × 200: 4 × 20
    assert extent(prepare_picture(tall)) == [20, 4]
    wide = tall.transpose(Image.Transpose.ROTATE_90)
    assert extent(prepare_picture(wide)) == [4, 20]


def test_edges_are_gray_and_strokes_white():
    image = prepare_picture(MARKER.draw(3))
    gray = (image > 0) & (image < 250)
    assert image.max() == 255
    assert 0.3 < gray.sum() / (image > 0).sum() < 0.8  # of MNIST's pixels, 0.61


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_light_on_dark_is_seen_as_dark_on_light(style):
    for digit in (1, 4, 8):
        inverse = prepare_picture(invert(style.draw(digit)))
        assert nearest(prepare_drawing(style, digit), inverse) < 1


def test_size_place_and_colour_change_little():
    """All pens have the first one's ratio of width to height, 22 of 200 pixels."""
    others = (
        Style("large", size=(1200, 900), height=750, pen=82.5, place=(0.4, 0.55)),
        Style("small", size=(300, 200), height=60, pen=6.6, place=(0.2, 0.3)),
        Style("colours", pen=22, ink=(190, 40, 40), ground=(60, 140, 60)),
        Style("as light", pen=22, ink=(200, 60, 60), ground=(60, 135, 60)),
    )
    for digit in range(10):
        for style in others:
            assert nearest(prepare_drawing(MARKER, digit), prepare_drawing(style, digit)) < SAME


@pytest.mark.parametrize("style", STYLES[:-1], ids=lambda style: style.name)
def test_a_photo_of_a_drawing_is_seen_as_the_drawing(style):
    for digit in (1, 4, 8):
        photo = prepare_picture(photograph(style.draw(digit)))
        assert nearest(prepare_drawing(style, digit), photo) < SAME


def test_strokes_are_made_as_wide_as_mnist_s():
    """Strokes of 4 and 90 pixels on a digit of 300 are 0.3 and 4.6 of 20."""
    fine = Style("fine", size=(500, 500), height=300, pen=4).draw(5)
    blunt = Style("blunt", size=(500, 500), height=300, pen=90).draw(5)
    widths = [
        mnist_preparation._measure_stroke_width(
            mnist_preparation._crop(prepare_picture(drawing)[..., 0] / np.float32(255))
        )
        for drawing in (fine, blunt)
    ]
    assert widths == pytest.approx(
        [mnist_preparation.THINNEST, mnist_preparation.THICKEST], abs=0.4
    )


def test_dirt_is_removed():
    clean = MARKER.draw(7)
    dirty = clean.copy()
    for place in ((5, 5), (270, 200), (20, 150)):
        dirty.paste("black", (*place, place[0] + 6, place[1] + 6))
    assert difference(prepare_picture(clean), prepare_picture(dirty)) == 0


def test_a_separate_part_of_a_digit_is_kept():
    """A 5 whose bar does not touch it: without the bar its size would differ."""
    drawing = MARKER.draw(5)
    drawing.paste("white", (80, 60, 280, 66))
    drawing.paste("black", (100, 30, 220, 50))
    assert prepare_picture(drawing)[4:7].max() > 200


@pytest.mark.parametrize("inverse", [False, True])
def test_images_of_mnist_stay_as_they_are(inverse):
    """Prepared like photos, MNIST's images stay almost unchanged: the method is MNIST's."""
    images = datasets.read_test_images(Data(dataset="mnist")).images[:200]
    pictures = np.repeat(255 - images if inverse else images, 3, axis=-1)
    found = np.array([prepare_picture(picture) for picture in pictures])
    assert difference(found, images) < 3
    masses = [ndimage.center_of_mass(image[..., 0]) for image in images]
    assert np.mean(masses, axis=0) == pytest.approx((14, 14), abs=0.05)


@pytest.mark.parametrize(
    "picture",
    [
        np.full((28, 28, 3), 255, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.full((2, 900, 3), 90, np.uint8),
        np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8),
        np.repeat(np.linspace(0, 255, 300).astype(np.uint8), 900).reshape(300, 300, 3),
    ],
    ids=["white", "one pixel", "narrow", "noise", "slope"],
)
def test_a_picture_of_nothing_is_reported(picture):
    with pytest.raises(
        DataError, match=r"^no digit found: nothing stands out from the background$"
    ):
        prepare_digits(picture)


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (1, 500), (500, 1), (3, 3), (2000, 3)])
def test_any_shape_is_answered(shape):
    random = np.random.default_rng(1)
    for _ in range(5):
        picture = random.choice([0, 0, 0, 255], (*shape, 1)).astype(np.uint8).repeat(3, axis=2)
        try:
            found, _ = prepare_digits(picture)
        except DataError:
            assert np.ptp(picture) == 0 or min(shape) < 4
        else:
            assert all(digit.max() > 0 for digit in found)
