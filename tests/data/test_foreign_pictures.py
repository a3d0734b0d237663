"""Pictures for foreign networks become the same images as by Keras's own functions."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ExifTags, Image

from cnnlab.data.foreign_pictures import (
    ChoiceCollector,
    OpenChoices,
    pad_image,
    prepare_foreign_picture,
    resize_image,
)
from cnnlab.data.image_files import Picture, read_picture
from cnnlab.errors import UsageError
from cnnlab.quiet_tensorflow import tf
from cnnlab.spec.foreign_preparation import PicturePreparation

SIZES = [(54, 103), (103, 54), (1, 1), (1, 200), (200, 1), (48, 48), (7, 300), (640, 480), (50, 48)]
TARGETS = [(48, 48), (64, 32), (1, 5), (224, 224), (31, 77)]


def draw_noise(height, width):
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("target", TARGETS)
def test_stretching_is_that_of_keras_to_half_a_level(size, target):
    image = draw_noise(*size)
    theirs = tf.image.resize(image, target, method="bilinear").numpy()
    assert np.abs(resize_image(image, *target) - theirs).max() <= 0.501


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("target", TARGETS)
def test_padding_is_that_of_keras_to_half_a_level(size, target):
    image = draw_noise(*size)
    height, width = target
    longest = max(size[0] / height, size[1] / width)
    if min(size) < longest:  # TensorFlow refuses a side of less than one pixel
        assert pad_image(image, height, width).shape == (height, width, 3)
        return
    theirs = tf.image.resize_with_pad(image, height, width, method="bilinear").numpy()
    assert np.abs(pad_image(image, height, width) - theirs).max() <= 0.501


def test_padding_keeps_the_places_of_keras_for_many_sizes():
    random = np.random.default_rng(3)
    for _ in range(60):
        size, target = random.integers(30, 400, 2), random.integers(20, 120, 2)
        image = np.full((*size, 3), 255, np.uint8)
        theirs = tf.image.resize_with_pad(image, *target).numpy()
        assert np.array_equal(pad_image(image, *map(int, target)), theirs.astype(np.uint8))


def test_gray_is_that_of_keras_to_one_level(tmp_path):
    image = draw_noise(30, 40)
    path = tmp_path / "a.png"
    Image.fromarray(image).save(path)
    decoded = tf.image.decode_image(path.read_bytes(), channels=1, expand_animations=False)
    theirs = tf.image.resize(decoded, (16, 20)).numpy()
    options = PicturePreparation(resize="stretch")
    ours = prepare_foreign_picture(read_picture(str(path)), (16, 20, 1), options)
    assert np.abs(ours - theirs).max() <= 1.51


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA"])
def test_transparent_pixels_keep_their_stored_colour_as_in_keras(tmp_path, mode):
    image = np.dstack([draw_noise(20, 20), draw_noise(20, 20)[..., 0]])
    path = tmp_path / "a.png"
    picture = Image.fromarray(image)
    palette = picture.convert("RGB").quantize(16)
    picture = palette if mode == "P" else picture.convert(mode)
    picture.save(path, transparency=3) if mode == "P" else picture.save(path)
    theirs = tf.image.decode_image(path.read_bytes(), channels=3, expand_animations=False)
    assert np.array_equal(read_picture(str(path), ground=None).upright, theirs.numpy())
    assert not np.array_equal(read_picture(str(path)).upright, theirs.numpy())


@pytest.fixture
def sideways(tmp_path):
    """A photo of 60 × 40 pixels that a camera held sideways has stored as 40 × 60."""
    stored = np.zeros((40, 60, 3), np.uint8)
    stored[:] = np.linspace(0, 200, 40)[:, None, None]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    path = tmp_path / "sideways.jpg"
    Image.fromarray(stored).save(path, exif=exif, quality=95)
    return path


def test_exif_ignore_keeps_the_pixels_as_keras_reads_them(sideways):
    picture = read_picture(str(sideways))
    assert (picture.upright.shape, picture.pixels_in_file.shape) == ((60, 40, 3), (40, 60, 3))
    decoded = tf.image.decode_image(sideways.read_bytes(), channels=3, expand_animations=False)
    theirs = tf.image.resize(decoded, (24, 24)).numpy()
    ours = prepare_foreign_picture(
        picture, (24, 24, 3), PicturePreparation(resize="stretch", exif="ignore")
    )
    assert np.abs(ours - theirs).max() < 4  # TensorFlow decodes JPEG with a faster transform
    turned = prepare_foreign_picture(
        picture, (24, 24, 3), PicturePreparation(resize="stretch", exif="turn")
    )
    assert np.abs(turned.astype(int) - np.rot90(ours, -1)).max() <= 1


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((30, 20, 3), PicturePreparation(), OpenChoices((40, 60), True)),
        ((30, 20, 3), PicturePreparation(resize="pad"), OpenChoices(None, True)),
        ((30, 20, 3), PicturePreparation(exif="ignore"), OpenChoices((40, 60), False)),
        ((24, 24, 3), PicturePreparation(exif="turn"), OpenChoices((60, 40), False)),
    ],
)
def test_what_the_user_has_not_said_stays_open(sideways, shape, options, expected):
    assert prepare_foreign_picture(read_picture(str(sideways)), shape, options) == expected


def test_nothing_is_open_where_it_does_not_matter(sideways):
    turned = PicturePreparation(exif="turn")
    image = prepare_foreign_picture(read_picture(str(sideways)), (30, 20, 3), turned)
    assert image.shape == (30, 20, 3)
    square = Picture(draw_noise(90, 90), None)
    one, two, three = (
        prepare_foreign_picture(square, (30, 30, 3), PicturePreparation(resize=resize))
        for resize in (None, "stretch", "pad")
    )
    assert np.array_equal(one, two)
    assert np.array_equal(one, three)


def test_everything_open_is_asked_at_once_with_the_first_picture():
    collector = ChoiceCollector((48, 64, 3))
    collector.require_complete()
    collector.add("a/1.png", OpenChoices((54, 103), False))
    collector.add("a/\x1b[2J2.jpg", OpenChoices((40, 60), True))
    with pytest.raises(UsageError) as error:
        collector.require_complete()
    unknown = (
        "cnnlab did not write the .keras file, and cannot know how the program that trained the "
        "network prepared pictures; add one of"
    )
    assert str(error.value) == (
        "2 pictures have other proportions than the 48 × 64 pixels of the network (the first is "
        f"a/1.png (54 × 103)); {unknown}\n"
        "  --resize stretch  change the proportions, as "
        "keras.utils.image_dataset_from_directory does\n"
        "  --resize pad      keep the proportions and fill the rest with black "
        "(pad_to_aspect_ratio=True)\n"
        f"1 picture has an EXIF orientation (a/ [2J2.jpg); {unknown}\n"
        "  --exif ignore     leave the pixels as they are stored, as Keras does\n"
        "  --exif turn       turn the pictures upright, as PIL.ImageOps.exif_transpose does"
    )
