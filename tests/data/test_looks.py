"""What training images look like, and pictures that are turned towards them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from cnnlab.data.datasets import read_test_images, read_training_images
from cnnlab.data.ground_matching import match_ground
from cnnlab.data.image_look import measure_likeness, measure_look
from cnnlab.data.image_preparation import fit_image
from cnnlab.spec.experiment import Data
from cnnlab.spec.inputs import ImageLook

SHAPE = (28, 28, 1)
TURNED = "turned the light background into a dark one"
CUT = "cut the object out, and gave it the usual size and position"


@pytest.fixture(scope="module")
def clothes():
    data = Data(dataset="fashion_mnist")
    return measure_look(read_training_images(data).images), read_test_images(data).images


@pytest.fixture(scope="module")
def digits():
    data = Data(dataset="mnist")
    return measure_look(read_training_images(data).images), read_test_images(data).images


def enlarge(image, side=280):
    large = Image.fromarray(image.squeeze()).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(large.convert("RGB"))


def prepare(picture, look, shape=SHAPE):
    changed, notes = match_ground(picture, look.ground, shape)
    return fit_image(changed, shape), notes


def test_the_look_of_digits_is_measured(digits):
    look, _ = digits
    ground = look.ground
    assert look.images == 4000
    assert ground.level == (0.0,)
    assert (ground.polarity, ground.centring) == ("light", "mass")
    assert ground.typical_size == pytest.approx(20 / 28, abs=0.001)
    assert ground.covered[0] < 0.1 < 0.2 < ground.covered[1]


def test_the_look_of_clothes_has_a_plain_ground_though_they_touch_the_border(clothes):
    look, _ = clothes
    assert look.ground.level == (0.0,)
    assert look.ground.typical_size == 1
    assert look.features.brightness.mean == pytest.approx(73, abs=2)


def test_the_look_is_the_same_each_time_and_survives_json(digits):
    look, images = digits
    assert measure_look(images) == measure_look(images)
    assert ImageLook.model_validate_json(look.model_dump_json()) == look


def test_photos_share_no_ground():
    random = np.random.default_rng(0)
    levels = random.integers(0, 256, (50, 1, 1, 3))
    photos = np.clip(levels + random.normal(0, 20, (50, 12, 10, 3)), 0, 255).astype(np.uint8)
    assert measure_look(photos).ground is None


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 1, 5, 3), (2, 7, 1, 1), (5, 40, 30, 3)])
def test_images_of_any_number_and_shape_have_a_look(shape):
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    look = measure_look(images)
    assert look.images == len(images)
    assert all(np.isfinite(measure_likeness(image, look).distance) for image in images)
    measure_look(np.zeros(shape, np.uint8))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["clothes", "digits"])
def test_one_test_image_in_a_hundred_at_most_is_called_unlike(name, request):
    look, images = request.getfixturevalue(name)
    unlike = [measure_likeness(image, look).is_unlike for image in images[::10]]
    assert np.mean(unlike) < 0.01


def test_other_images_are_called_unlike(digits, clothes):
    look, images = digits
    strange = {
        "inverted": 255 - images[:50],
        "noise": np.random.default_rng(0).integers(0, 256, (50, *SHAPE)),
        "clothes": clothes[1][:50],
        "blank": np.zeros((1, *SHAPE)),
    }
    for kind, others in strange.items():
        unlike = [measure_likeness(other.astype(np.uint8), look).is_unlike for other in others]
        assert np.mean(unlike) > 0.95, kind


def test_the_sentence_has_the_figures(digits):
    look, images = digits
    likeness = measure_likeness(255 - images[0], look)
    assert likeness.sentence == (
        f"looks unlike the training images: distance {likeness.distance:.4g}, and 99.7% of them "
        f"are within {look.limit:.4g}; most unusual: ground 255, in the training images 0"
    )
    assert likeness.to_dict()["unlike"] is True


def test_an_image_as_in_training_stays_as_it_is(clothes, digits):
    for look, images in (clothes, digits):
        for image in images[:25]:
            picture = enlarge(image)
            changed, notes = match_ground(picture, look.ground, SHAPE)
            assert notes == []
            assert changed is picture


def test_clothes_on_white_become_those_on_black(clothes):
    look, images = clothes
    for image in images[:10]:
        pixels, notes = prepare(255 - enlarge(image), look)
        assert notes[0] == TURNED
        expected = fit_image(enlarge(image), SHAPE).astype(int)
        assert np.abs(pixels - expected).mean() < 2


RAMP = np.linspace(0, 1, 280)
LIGHTS = {  # the share of the light that is missing at each pixel
    "from above": np.repeat(0.3 * RAMP[:, None], 280, axis=1),
    "from a corner": 0.2 * (RAMP[:, None] + RAMP[None, :]),
    "a lamp": 0.5 * np.hypot(RAMP[:, None] - 0.3, RAMP[None, :] - 0.3) ** 2,
}


@pytest.mark.parametrize("shade", LIGHTS)
def test_gray_paper_in_uneven_light_becomes_black(digits, shade):
    look, images = digits
    light = 1 - LIGHTS[shade][..., None]
    for image in images[:10]:
        pixels, notes = prepare(
            np.rint((230 - 0.8 * enlarge(image)) * light).astype(np.uint8), look
        )
        assert notes == [TURNED]
        assert np.median(pixels) < 8
        assert np.abs(pixels.astype(int) - fit_image(enlarge(image), SHAPE)).mean() < 12


def test_a_small_object_in_a_corner_gets_the_usual_size_and_place(digits):
    look, images = digits
    unlike = 0
    for image in images[:10]:
        page = np.full((500, 700, 3), 255, np.uint8)
        page[300:440, 500:640] = 255 - enlarge(image, 140)
        pixels, notes = prepare(page, look)
        assert notes == [TURNED, CUT]
        rows, columns = np.nonzero(pixels[..., 0] > 32)
        assert 17 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
        unlike += measure_likeness(pixels, look).is_unlike
    assert unlike <= 2


def test_colours_keep_their_hue_when_light_and_dark_are_exchanged():
    training = np.zeros((60, 30, 30, 3), np.uint8)
    training[:, 8:22, 8:22] = np.random.default_rng(0).integers(100, 256, (60, 1, 1, 3))
    look = measure_look(training)
    page = np.full((60, 60, 3), 255, np.uint8)
    page[16:44, 16:44] = (150, 0, 0)
    pixels, notes = prepare(page, look, (30, 30, 3))
    assert notes == [TURNED]
    assert pixels[0, 0].tolist() == [0, 0, 0]
    red, green, blue = pixels[15, 15].tolist()
    assert red == 255
    assert green == blue < 120


def test_a_picture_without_a_plain_ground_is_kept_and_named(digits):
    look, _ = digits
    noise = np.random.default_rng(0).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    changed, notes = match_ground(noise, look.ground, SHAPE)
    assert notes == [
        "found no plain background as in the training images, and kept the whole picture"
    ]
    assert changed is noise


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (2, 2, 3), (900, 2, 3)])
def test_pictures_of_any_shape_are_prepared(digits, shape):
    for level in (0, 255):
        pixels, _ = prepare(np.full(shape, level, np.uint8), digits[0])
        assert pixels.shape == SHAPE
