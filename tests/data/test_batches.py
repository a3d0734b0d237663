"""Batches: which images, in which order, of which size."""

import numpy as np
import pytest

from cnnlab.data.batches import (
    EVALUATION_BATCH,
    Epochs,
    batch_in_order,
    scale_images,
    unscale_images,
)
from cnnlab.data.datasets import Images
from cnnlab.spec.augmentation import PRESETS, Brightness, Cutmix, Mixup
from cnnlab.spec.inputs import Inputs

COUNT = 23


@pytest.fixture
def images():
    """23 images of 2 × 1 pixels; the first pixel of each is its place."""
    pixels = np.zeros((COUNT, 2, 1, 1), np.uint8)
    pixels[:, 0, 0, 0] = np.arange(COUNT)
    pixels[:, 1, 0, 0] = 255
    return Images(pixels, np.arange(COUNT, dtype=np.int32) % 3, np.arange(COUNT))


def inputs(mean=(0.0,), deviation=(1.0,), class_weights=()):
    return Inputs(
        image_shape=(2, 1, 1),
        class_names=("a", "b", "c"),
        mean=mean,
        deviation=deviation,
        class_weights=class_weights,
        fingerprint="",
    )


def order(epochs, epoch):
    """The places of the images of one epoch, in order."""
    epochs.epoch.assign(epoch)
    batches = [pixels.numpy()[:, 0, 0, 0] for pixels, _ in epochs.dataset]
    return np.concatenate(batches).astype(int).tolist()


def test_each_epoch_covers_every_image_once(images):
    epochs = Epochs(images, inputs(), batch_size=4, root_seed=1)
    for epoch in (1, 2, 3):
        assert sorted(order(epochs, epoch)) == list(range(COUNT))


def test_epochs_have_different_orders(images):
    epochs = Epochs(images, inputs(), batch_size=4, root_seed=1)
    orders = {tuple(order(epochs, epoch)) for epoch in range(1, 6)}
    assert len(orders | {tuple(range(COUNT))}) == 6


def test_epoch_3_alone_is_epoch_3_after_1_and_2(images):
    epochs = Epochs(images, inputs(), batch_size=4, root_seed=1)
    after = [order(epochs, epoch) for epoch in (1, 2, 3)]
    assert order(Epochs(images, inputs(), batch_size=4, root_seed=1), 3) == after[2]


def test_images_stay_as_they_are_after_the_augmented_epochs(images):
    brighter = Brightness(factor=0.5)
    epochs = Epochs(images, inputs(), 4, root_seed=1, augment=[brighter], augmented_epochs=2)
    for epoch, is_augmented in ((1, True), (2, True), (3, False), (4, False)):
        epochs.epoch.assign(epoch)
        pairs = zip(epochs.originals, epochs.dataset, strict=True)
        equal = [np.array_equal(before[0], after[0]) for before, after in pairs]
        assert equal == [not is_augmented] * len(equal)


def test_the_order_does_not_depend_on_the_batch_size(images):
    one = Epochs(images, inputs(), batch_size=1, root_seed=1)
    many = Epochs(images, inputs(), batch_size=100, root_seed=1)
    assert order(one, 2) == order(many, 2)


def test_another_seed_gives_another_order(images):
    orders = [order(Epochs(images, inputs(), 4, root_seed=seed), 1) for seed in (1, 2)]
    assert orders[0] != orders[1]


def test_an_epoch_may_be_read_twice(images):
    epochs = Epochs(images, inputs(), batch_size=4, root_seed=1)
    assert order(epochs, 2) == order(epochs, 2)


def test_the_last_batch_is_short(images):
    epochs = Epochs(images, inputs(), batch_size=5, root_seed=1)
    assert [len(labels) for _, labels in epochs.dataset] == [5, 5, 5, 5, 3]  # 4 · 5 + 3 = 23
    assert (epochs.steps, epochs.count) == (5, 23)
    assert int(epochs.dataset.cardinality()) == 5


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 23), (22, 2), (23, 1), (24, 1), (65_536, 1)])
def test_steps_are_counted_up(images, batch_size, steps):
    epochs = Epochs(images, inputs(), batch_size, root_seed=1)
    assert epochs.steps == steps == len(list(epochs.dataset))


def test_labels_are_one_hot_and_stay_with_their_images(images):
    for pixels, labels in Epochs(images, inputs(), batch_size=4, root_seed=1).dataset:
        assert labels.dtype == "float32"
        places = pixels.numpy()[:, 0, 0, 0].astype(int)
        assert (labels.numpy() == np.eye(3)[places % 3]).all()


def test_images_are_scaled_when_they_are_gathered(images):
    scaled = inputs(mean=(10.0,), deviation=(2.0,))
    [(pixels, _)] = list(batch_in_order(images, scaled))
    assert pixels.dtype == "float32"
    expected = (images.images.astype(np.float32) - 10) / 2  # 0 → −5, 255 → 122.5
    assert (pixels.numpy() == expected).all()
    assert images.images.dtype == np.uint8


def test_unit_scaling_reaches_exactly_0_and_1(images):
    [(pixels, _)] = list(batch_in_order(images, inputs(deviation=(255.0,))))
    assert (pixels.numpy().min(), pixels.numpy().max()) == (0.0, 1.0)


def test_each_channel_has_its_own_scale():
    pixels = np.full((1, 1, 1, 3), 100, np.uint8)
    colour = Images(pixels, np.zeros(1, np.int32), np.zeros(1, np.int64))
    of_channels = Inputs(
        image_shape=(1, 1, 3),
        class_names=("a", "b"),
        mean=(0.0, 50.0, 100.0),
        deviation=(100.0, 25.0, 1.0),
        fingerprint="",
    )
    [(found, _)] = list(batch_in_order(colour, of_channels))
    assert found.numpy().tolist() == [[[[1.0, 2.0, 0.0]]]]


def test_images_stay_uint8_until_they_are_gathered(images):
    epochs = Epochs(images, inputs(), batch_size=4, root_seed=1)
    mapped = epochs.dataset
    while not hasattr(mapped, "_map_func"):
        mapped = mapped._input_dataset
    captured = mapped._map_func.function.captured_inputs
    held = [tensor.dtype.name for tensor in captured if tensor.shape == images.images.shape]
    assert held == ["uint8"]


def test_in_order_keeps_the_order():
    count = EVALUATION_BATCH + 44
    pixels = np.zeros((count, 1, 1, 1), np.uint8)
    labels = np.arange(count, dtype=np.int32) % 7 % 3
    batches = list(batch_in_order(Images(pixels, labels, np.arange(count)), inputs()))
    assert [len(found) for _, found in batches] == [256, 44]
    answers = np.concatenate([found.numpy().argmax(axis=1) for _, found in batches])
    assert (answers == labels).all()


AUGMENT = (*PRESETS["digits"], Brightness(factor=0.2), Mixup(), Cutmix())


def test_nothing_is_autotuned(images, squares):
    """With autotuning, the end of an epoch sometimes waits for seconds: see `prefetch`."""
    alone = Epochs(images, inputs(), batch_size=4, root_seed=1)
    augmented = Epochs(squares, inputs(), batch_size=4, root_seed=1, augment=PRESETS["digits"])
    every = [
        batch_in_order(images, inputs()),
        alone.dataset,
        augmented.dataset,
        augmented.originals,
    ]
    assert [one.options().autotune.enabled for one in every] == [False] * 4


@pytest.fixture
def squares():
    """23 noisy images of 9 × 9 pixels."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (COUNT, 9, 9, 1), dtype=np.uint8)
    return Images(pixels, np.arange(COUNT, dtype=np.int32) % 3, np.arange(COUNT))


def batches(epochs, epoch):
    """All batches of one epoch, as bytes."""
    epochs.epoch.assign(epoch)
    return [
        pixels.numpy().tobytes() + labels.numpy().tobytes() for pixels, labels in epochs.dataset
    ]


def test_augmented_epoch_3_alone_is_epoch_3_after_1_and_2(squares):
    epochs = Epochs(squares, inputs(), 5, 1, AUGMENT)
    after = [batches(epochs, epoch) for epoch in (1, 2, 3)]
    assert batches(Epochs(squares, inputs(), 5, 1, AUGMENT), 3) == after[2]
    assert batches(epochs, 3) == after[2]


def test_after_the_augmented_epochs_the_images_are_left_as_they_are(squares):
    always, part = (Epochs(squares, inputs(), 5, 1, AUGMENT, last) for last in (None, 2))
    plain = Epochs(squares, inputs(), 5, 1)
    assert [batches(part, epoch) for epoch in (1, 2, 3, 4)] == [
        *(batches(always, epoch) for epoch in (1, 2)),
        *(batches(plain, epoch) for epoch in (3, 4)),
    ]


def test_each_batch_of_each_epoch_is_augmented_anew():
    """Each of 20 equal images is changed differently in each epoch."""
    pixels = np.full((20, 9, 9, 1), 100, np.uint8)
    alike = Images(pixels, np.zeros(20, np.int32), np.arange(20))
    epochs = Epochs(alike, inputs(), 5, 1, (Brightness(factor=0.2),))
    seen = []
    for epoch in (1, 2, 3):
        epochs.epoch.assign(epoch)
        seen += [float(image[0, 0, 0]) for pixels, _ in epochs.dataset for image in pixels.numpy()]
    assert len(set(seen)) == 60


def test_another_seed_augments_otherwise(squares):
    found = [batches(Epochs(squares, inputs(), COUNT, seed, AUGMENT), 1) for seed in (1, 2)]
    assert found[0] != found[1]


def test_augmentation_keeps_order_steps_and_the_short_batch(squares):
    plain, augmented = (Epochs(squares, inputs(), 5, 1, kinds) for kinds in ((), AUGMENT[:4]))
    assert augmented.steps == int(augmented.dataset.cardinality()) == 5
    pairs = list(zip(plain.dataset, augmented.dataset, strict=True))
    assert [len(labels) for _, (_, labels) in pairs] == [5, 5, 5, 5, 3]
    assert all((one[1].numpy() == other[1].numpy()).all() for one, other in pairs)
    assert plain.dataset.element_spec[0].shape == augmented.dataset.element_spec[0].shape


def test_originals_are_the_same_batches_before(squares):
    plain, augmented = (Epochs(squares, inputs(), 5, 1, kinds) for kinds in ((), AUGMENT))
    for one, other in zip(plain.dataset, augmented.originals, strict=True):
        assert (one[0].numpy() == other[0].numpy()).all()


def test_images_are_augmented_before_they_are_scaled(squares):
    """Brightness is clipped at 0 and 255, for every scaling."""
    epochs = Epochs(
        squares, inputs(mean=(55.0,), deviation=(2.0,)), COUNT, 1, (Brightness(factor=1),)
    )
    [(pixels, _)] = list(epochs.dataset)
    assert (pixels.numpy().min(), pixels.numpy().max()) == (-27.5, 100)  # (0 − 55)/2, (255 − 55)/2


@pytest.mark.parametrize("scale", [{}, {"mean": (33.3,), "deviation": (78.6,)}])
def test_scaled_images_can_be_converted_back(images, scale):
    [(pixels, _)] = list(batch_in_order(images, inputs(**scale)))
    shown = unscale_images(pixels, inputs(**scale))
    assert shown.dtype == np.uint8
    assert (shown == images.images).all()


def test_images_without_a_pipeline_are_scaled_as_in_it(images):
    spec = inputs(mean=(10.0,), deviation=(4.0,))
    [(piped, _)] = batch_in_order(images, spec)
    found = scale_images(images.images, spec)
    assert found.dtype == np.float32
    assert np.array_equal(found, piped)


def test_with_class_weights_each_image_has_the_weight_of_its_class(images):
    weighted = inputs(class_weights=(0.5, 1.0, 4.0))
    for batches in (
        Epochs(images, weighted, batch_size=8, root_seed=1).dataset,
        batch_in_order(images, weighted),
    ):
        for pixels, labels, weights in batches:
            places = pixels.numpy()[:, 0, 0, 0].astype(int)
            expected = np.array([0.5, 1.0, 4.0])[images.labels[places]]
            assert weights.numpy().tolist() == expected.tolist()
            assert labels.numpy().argmax(axis=1).tolist() == images.labels[places].tolist()


def test_a_mixed_image_has_the_mean_weight_of_its_classes_by_their_shares(images):
    weighted = inputs(class_weights=(0.5, 1.0, 4.0))
    mixed = Epochs(images, weighted, 8, 1, augment=(Mixup(alpha=0.4),)).dataset
    between = 0
    for _, labels, weights in mixed:
        expected = labels.numpy() @ np.array([0.5, 1.0, 4.0], np.float32)
        np.testing.assert_allclose(weights.numpy(), expected, rtol=1e-6)
        between += int((labels.numpy().max(axis=1) < 1).sum())
    assert between > 0  # some labels are mixed
