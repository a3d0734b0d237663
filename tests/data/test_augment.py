"""Each kind of augmentation does what its description says, to each image separately."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnlab.data.augmentation import BatchSeeds, build_augmentation
from cnnlab.spec import augmentation as kinds
from cnnlab.spec.augmentation import AUGMENTATIONS, PRESETS

SEED = tf.constant([1, 2])
COUNT, SIDE, CENTRE = 200, 41, 20
EVERY = {
    cls.kind: [cls(**{name: 0.3 for name, f in cls.model_fields.items() if f.is_required()})]
    for cls in AUGMENTATIONS
}
EVERY |= PRESETS | {"all": [kind for one in EVERY.values() for kind in one]}


def augment_images(augment, images, labels=None, seed=SEED):
    """Augment images with a list of kinds: images and labels as arrays."""
    labels = np.eye(len(images), dtype=np.float32) if labels is None else labels
    found = build_augmentation(augment)(tf.constant(images, tf.float32), tf.constant(labels), seed)
    return found[0].numpy(), found[1].numpy()


def noise(count, height=8, width=9, channels=1):
    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, height, width, channels)).astype(np.float32)


def dots(*places):
    """200 black images of 41 × 41 with a soft dot at each place (row, column)."""
    y, x = np.mgrid[:SIDE, :SIDE]
    image = sum(250 * np.exp(-((y - i) ** 2 + (x - j) ** 2) / 8) for i, j in places)
    return np.repeat(image[np.newaxis, ..., np.newaxis], COUNT, axis=0)


def offsets(images):
    """The distance of each image's centre of brightness from its middle: (down, across)."""
    y, x = np.mgrid[:SIDE, :SIDE] - CENTRE
    weights = images[..., 0] / images[..., 0].sum(axis=(1, 2), keepdims=True)
    return np.stack([(weights * y).sum(axis=(1, 2)), (weights * x).sum(axis=(1, 2))], axis=1)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 1, 1, 3), (5, 4, 7, 3), (2, 28, 28, 1)])
@pytest.mark.parametrize("augment", EVERY.values(), ids=EVERY)
def test_every_kind_takes_images_of_any_size(augment, shape):
    images, labels = augment_images(augment, noise(*shape))
    assert images.shape == shape
    assert images.dtype == labels.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 255  # false of NaN too
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("augment", EVERY.values(), ids=EVERY)
def test_the_seed_alone_decides(augment):
    images = noise(16)
    once, again = augment_images(augment, images), augment_images(augment, images)
    other, _ = augment_images(augment, images, seed=tf.constant([1, 3]))
    assert all((a == b).all() for a, b in zip(once, again, strict=True))
    assert (once[0] != other).any()


@pytest.mark.parametrize("augment", EVERY.values(), ids=EVERY)
def test_in_a_graph_it_is_the_same_for_a_batch_of_unknown_size(augment):
    images, labels = noise(16), np.eye(16, dtype=np.float32)
    signature = [tf.TensorSpec([None, *shape]) for shape in (images.shape[1:], (16,))]
    apply = tf.function(
        build_augmentation(augment), input_signature=[*signature, tf.TensorSpec([2], tf.int32)]
    )
    found, _ = apply(images, labels, SEED)
    np.testing.assert_allclose(found.numpy(), augment_images(augment, images)[0], atol=0.01)
    assert apply.get_concrete_function().output_shapes[0].as_list() == [None, 8, 9, 1]


@pytest.mark.parametrize(
    ("ours", "theirs", "factors"),
    [
        (kinds.RandomTranslation(height_factor=0.2), "RandomTranslation", (0.2, 0.2)),
        (
            kinds.RandomTranslation(height_factor=0.3, width_factor=0.1),
            "RandomTranslation",
            (0.3, 0.1),
        ),
        (kinds.RandomRotation(degrees=36), "RandomRotation", (0.1,)),
        (kinds.RandomZoom(height_factor=0.4), "RandomZoom", (0.4,)),
        (kinds.RandomZoom(height_factor=0.4, width_factor=0.2), "RandomZoom", (0.4, 0.2)),
    ],
    ids=str,
)
def test_a_geometric_kind_alone_is_keras_own_layer(ours, theirs, factors):
    images = dots((5, 12), (30, 25))
    layer = getattr(keras.layers, theirs)(*factors, fill_mode="constant")
    drawn = layer.get_random_transformation(images, training=True, seed=BatchSeeds(SEED, 0))
    expected = layer.transform_images(images, drawn, training=True).numpy()
    np.testing.assert_allclose(augment_images([ours], images)[0], expected, atol=0.05)
    assert abs(expected - images).max() > 100


def test_translation_stays_within_its_shares_and_fills_with_0():
    kind = kinds.RandomTranslation(height_factor=0.2, width_factor=0.1)
    moved = offsets(augment_images([kind], dots((CENTRE, CENTRE)))[0])
    assert abs(moved).max(axis=0) == pytest.approx([8.2, 4.1], abs=0.2)  # 0.2 · 41, 0.1 · 41
    assert abs(moved.mean(axis=0)).max() < 0.5
    white = np.full((COUNT, 8, 8, 1), 255.0)
    assert augment_images([kind], white)[0].min() == 0


def test_rotation_is_in_degrees_about_the_centre():
    down, across = offsets(augment_images([kinds.RandomRotation(degrees=30)], dots((20, 32)))[0]).T
    assert np.hypot(down, across) == pytest.approx(12, abs=0.05)
    angles = np.degrees(np.arctan2(down, across))
    assert (angles.min(), angles.max()) == pytest.approx((-30, 30), abs=1)


def test_zoom_without_a_width_keeps_proportions():
    image = dots((20, 32)), dots((32, 20))
    zoom = [kinds.RandomZoom(height_factor=0.2)]
    across, down = (offsets(augment_images(zoom, one)[0]) for one in image)
    assert across[:, 1] == pytest.approx(down[:, 0], abs=0.01)
    assert (across[:, 1].min(), across[:, 1].max()) == pytest.approx((10, 15), abs=0.3)  # 12/1.2, …


def test_shear_slants_about_the_centre():
    middle, above = (
        offsets(augment_images([kinds.RandomShear(x_factor=0.5)], dots(place))[0])
        for place in ((20, 20), (10, 20))
    )
    assert abs(middle).max() < 0.05
    assert abs(above[:, 0] + 10).max() < 0.05  # rows stay rows
    assert (above[:, 1].min(), above[:, 1].max()) == pytest.approx((-5, 5), abs=0.2)  # 0.5 · 10


@pytest.mark.parametrize(
    ("mode", "axes"),
    [
        ("horizontal", [(), 2]),
        ("vertical", [(), 1]),
        ("horizontal_and_vertical", [(), 1, 2, (1, 2)]),
    ],
)
def test_a_flip_is_exact_and_each_way_is_equally_likely(mode, axes):
    images = noise(COUNT)
    found, _ = augment_images([kinds.RandomFlip(mode=mode)], images)
    same = np.stack([(found == np.flip(images, axis)).all(axis=(1, 2, 3)) for axis in axes])
    assert (same.sum(axis=0) == 1).all()
    expected = COUNT / len(axes)
    assert abs(same.sum(axis=1) - expected).max() < 4 * np.sqrt(expected)


def test_geometric_neighbours_are_applied_in_their_order():
    move, zoom = kinds.RandomTranslation(height_factor=0.1), kinds.RandomZoom(height_factor=0.5)
    image = dots((CENTRE, CENTRE))
    farthest = [
        abs(offsets(augment_images(order, image)[0])).max()
        for order in ([zoom, move], [move, zoom])
    ]
    assert farthest[0] <= 4.15  # 0.1 · 41: what is at the centre is moved, wherever zoom goes
    assert 6 < farthest[1] <= 8.3  # and up to 4.1 / 0.5 if it was moved first


def test_geometric_neighbours_blur_only_once():
    images = 40 * noise(64, 28, 28) % 256
    turn = kinds.RandomRotation(degrees=10)

    def contrast(augment):
        return abs(np.diff(augment_images(augment, images)[0][:, 8:20, 8:20], axis=1)).mean()

    assert contrast([turn, turn, turn]) == pytest.approx(contrast([turn]), rel=0.05)


def test_erasing_covers_its_share_of_images_with_rectangles_up_to_its_scale():
    images = np.full((COUNT, 20, 20, 3), 255, np.float32)
    kind = kinds.RandomErasing(factor=0.4, scale=0.25, fill_value=7)
    found, _ = augment_images([kind], images)
    assert set(np.unique(found)) == {7, 255}
    areas = (found == 7).mean(axis=(1, 2, 3))
    assert (areas > 0).mean() == pytest.approx(0.4, abs=0.1)
    assert 0.15 < areas.max() <= 121 / 400  # sides up to √0.25 · 20 = 10, over 11 pixels at most
    assert (found.min(axis=-1) == found.max(axis=-1)).all()


def test_erasing_fills_with_noise_if_no_value_is_given():
    found, _ = augment_images([kinds.RandomErasing(scale=1)], np.full((COUNT, 20, 20, 1), 255.0))
    assert len(np.unique(found)) > 1000


def test_elastic_fields_are_those_of_the_paper():
    """After the deformation, images of 5 · x and 5 · y show where each pixel came from."""
    y, x = np.mgrid[:50, :50].astype(np.float32)
    fields = []
    for coordinate in (y, x):
        images = np.repeat(5 * coordinate[np.newaxis, ..., np.newaxis], 100, axis=0)
        bent, _ = augment_images([kinds.RandomElastic(alpha=34, sigma=4)], images)
        fields.append((bent[..., 0] / 5 - coordinate)[:, 10:40, 10:40])
    down, across = fields
    # √(1/3) for uniform numbers, 1/(2·√π·σ) after smoothing: 34 · 0.577 / 14.18 = 1.38
    assert (down.std(), across.std()) == pytest.approx((1.38, 1.38), abs=0.08)
    assert abs(np.corrcoef(down.ravel(), across.ravel())[0, 1]) < 0.1
    # of a field smoothed by σ, the numbers d pixels apart correlate as exp(−d²/4σ²)
    for distance in (1, 4):
        pairs = down[:, distance:].ravel(), down[:, :-distance].ravel()
        expected = np.exp(-(distance**2) / 64)
        assert np.corrcoef(*pairs)[0, 1] == pytest.approx(expected, abs=0.03)


def test_elastic_fills_with_0_from_outside():
    bent, _ = augment_images([kinds.RandomElastic(alpha=500)], np.full((COUNT, 8, 8, 1), 255.0))
    assert bent.min() == 0
    assert bent.max() == 255


def test_brightness_adds_one_number_to_each_image():
    images = noise(COUNT) / 2 + 64  # 64 to 191: nothing is clipped
    added = augment_images([kinds.Brightness(factor=0.2)], images)[0] - images
    assert np.ptp(added, axis=(1, 2, 3)).max() < 1e-3
    assert (added.min(), added.max()) == pytest.approx((-51, 51), abs=2)  # 0.2 · 255


def test_contrast_grows_and_shrinks_about_the_mean():
    images = noise(COUNT) / 2 + 64
    found, _ = augment_images([kinds.Contrast(factor=0.3)], images)
    assert found.mean(axis=(1, 2)) == pytest.approx(images.mean(axis=(1, 2)), abs=1e-3)
    grown = found.std(axis=(1, 2)) / images.std(axis=(1, 2))
    assert (grown.min(), grown.max()) == pytest.approx((0.7, 1.3), abs=0.02)


@pytest.mark.parametrize("kind", [kinds.Mixup(alpha=0.5), kinds.Cutmix()], ids=str)
@pytest.mark.parametrize("side", [1, 3, 28])
def test_labels_are_mixed_as_images_are(kind, side):
    """Image i has the value i everywhere, so the mean of a mixture shows its parts."""
    values = np.arange(COUNT, dtype=np.float32)
    images = np.tile(values[:, np.newaxis, np.newaxis, np.newaxis], (1, side, side, 3))
    found, labels = augment_images([kind], images)
    assert found.mean(axis=(1, 2, 3)) == pytest.approx(labels @ values, abs=0.01)
    assert (labels >= 0).all()
    if side > 1 or kind.kind == "mixup":
        assert ((labels > 0.01).sum(axis=1) == 2).any()


@pytest.mark.parametrize("kind", [kinds.Mixup(), kinds.Cutmix()], ids=str)
def test_an_image_that_is_alone_in_its_batch_stays_as_it_is(kind):
    images = noise(1)
    found, labels = augment_images([kind], images)
    np.testing.assert_allclose(found, images, rtol=1e-5)
    np.testing.assert_allclose(labels, [[1]], rtol=1e-6)


@pytest.mark.parametrize("alpha", [0.05, 1, 10])
def test_mixing_shares_are_from_beta(alpha):
    _, labels = augment_images([kinds.Mixup(alpha=alpha)], noise(2000, 1, 1))
    own = np.diag(labels)
    assert own.mean() == pytest.approx(0.5, abs=0.05)
    assert own.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)  # of Beta(α, α)


def test_every_draw_has_its_own_seed():
    seeds = [
        tuple(draws.next().numpy().tolist())
        for place in range(3)
        for draws in [BatchSeeds(SEED, place)]
        for _ in range(3)
    ]
    assert len(set(seeds)) == 9


def test_nothing_is_drawn_from_states_that_others_share():
    images = noise(16)
    before = augment_images(EVERY["all"], images)[0]
    keras.utils.set_random_seed(99)
    keras.random.uniform((3,))
    assert (augment_images(EVERY["all"], images)[0] == before).all()
