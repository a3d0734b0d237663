"""Data sets: their description, reading, split and scaling."""

import re
import zipfile

import numpy as np
import pytest

from cnnlab.data import datasets
from cnnlab.data.datasets import Images
from cnnlab.data.validation_split import draw_stratified, split_off_validation
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data, DatasetInfo

CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@pytest.mark.parametrize(
    ("name", "classes"), [("mnist", tuple("0123456789")), ("fashion_mnist", CLOTHES)]
)
def test_an_embedded_data_set_is_described(name, classes):
    expected = DatasetInfo((28, 28, 1), classes, 60_000, 10_000)
    assert datasets.describe_dataset(Data(dataset=name)) == expected


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_description_of_an_embedded_data_set_agrees_with_its_file(name):
    data = Data(dataset=name)
    training, test = datasets.read_training_images(data), datasets.read_test_images(data)
    assert training.images.shape == (60_000, 28, 28, 1)
    assert test.images.shape == (10_000, 28, 28, 1)
    assert training.images.dtype == test.images.dtype == np.uint8
    assert training.labels.dtype == test.labels.dtype == np.int32
    assert set(training.labels) == set(test.labels) == set(range(10))


@pytest.mark.parametrize(("axis", "channels"), [((), 1), ((1,), 1), ((3,), 3)])
@pytest.mark.parametrize("label_axis", [(), (1,)])
def test_an_npz_file_of_ones_own_is_described(arrays, save, axis, channels, label_axis):
    for name in ("x_train", "x_test"):
        shape = arrays[name].shape + axis
        arrays[name] = np.resize(arrays[name], shape)
    for name in ("y_train", "y_test"):
        arrays[name] = arrays[name].reshape(-1, *label_axis)
    data = save(arrays)
    assert datasets.describe_dataset(data) == DatasetInfo((4, 5, channels), ("0", "1", "2"), 12, 6)

    training, test = datasets.read_training_images(data), datasets.read_test_images(data)
    assert (training.images == arrays["x_train"].reshape(12, 4, 5, channels)).all()
    assert (test.images == arrays["x_test"].reshape(6, 4, 5, channels)).all()
    assert training.labels.tolist() == [0, 1, 2] * 4
    assert training.indices.tolist() == list(range(12))


@pytest.mark.parametrize("dtype", ["u1", "i1", ">i2", "<u4", "i8", "u8"])
def test_labels_may_be_whole_numbers_of_any_kind(arrays, save, dtype):
    arrays["y_train"] = arrays["y_train"].astype(dtype)
    data = save(arrays)
    assert datasets.describe_dataset(data).classes == 3
    assert datasets.read_training_images(data).labels.tolist() == [0, 1, 2] * 4


def test_a_file_stored_without_compression_or_in_fortran_order_is_read(arrays, tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, **{name: np.asfortranarray(array) for name, array in arrays.items()})
    images = datasets.read_training_images(Data(dataset=str(path)))
    assert (images.images[..., 0] == arrays["x_train"]).all()


def test_a_member_without_npy_in_its_name_does_not_take_an_arrays_place(arrays, save):
    data = save(arrays)
    with zipfile.ZipFile(data.dataset, "a") as archive:
        archive.writestr("y_train", b"not an array")
        archive.writestr("README.txt", b"nor is this")
    assert datasets.describe_dataset(data).classes == 3


def images(labels):
    labels = np.asarray(labels, dtype=np.int32)
    pixels = np.arange(len(labels) * 6, dtype=np.uint8).reshape(-1, 2, 3, 1)
    return Images(pixels, labels, np.arange(len(labels)))


LABELS = np.repeat([0, 1, 2], [50, 30, 20])  # 100 images


def test_a_split_is_disjoint_and_covers_all_images():
    kept, hold_out = split_off_validation(images(LABELS), 0.2, seed=1)
    both = np.concatenate([kept.indices, hold_out.indices])
    assert sorted(both.tolist()) == list(range(100))
    assert (len(kept.labels), len(hold_out.labels)) == (80, 20)


def test_a_split_takes_the_same_share_of_each_class():
    _, hold_out = split_off_validation(images(LABELS), 0.2, seed=1)
    assert np.bincount(hold_out.labels).tolist() == [10, 6, 4]  # 0.2 · 50, 30, 20


def test_a_split_moves_images_with_their_labels_and_places():
    everything = images(LABELS)
    for part in split_off_validation(everything, 0.3, seed=5):
        assert (part.images == everything.images[part.indices]).all()
        assert (part.labels == everything.labels[part.indices]).all()
        assert (np.diff(part.indices) > 0).all()


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(100, 0.2, 20), (100, 0.015 + 0.02, 4), (60, 1 / 7, 9), (99, 0.5, 50), (97, 0.9, 87)],
)
def test_a_split_holds_out_the_nearest_whole_number_of_images(count, share, expected):
    kept, held = split_off_validation(images(np.arange(count) % 3), share, seed=0)
    assert (len(kept.labels), len(held.labels)) == (count - expected, expected)


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    def hold_out(seed):
        return split_off_validation(images(LABELS), 0.2, seed)[1].indices.tolist()

    assert hold_out(7) == hold_out(7)
    assert hold_out(7) != hold_out(8)


@pytest.mark.parametrize("seed", range(40))
def test_a_split_draws_the_images_that_scikit_learn_draws(seed):
    from sklearn.model_selection import train_test_split

    random = np.random.default_rng(seed)
    sizes = random.integers(2, 60, random.integers(1, 12)) if seed % 3 else np.full(5, 8 + seed)
    labels = random.permutation(np.repeat(np.arange(len(sizes)), sizes)).astype(np.int32)
    count = int(random.integers(len(sizes), len(labels) - len(sizes) + 1))
    _, expected = train_test_split(
        np.arange(len(labels)), test_size=count, random_state=seed, stratify=labels
    )
    assert sorted(draw_stratified(labels, count, seed)) == sorted(expected)


def test_a_split_of_0_keeps_every_image():
    kept, hold_out = split_off_validation(images(LABELS), 0, seed=0)
    assert (len(kept.labels), len(hold_out.labels)) == (100, 0)
    assert hold_out.images.shape == (0, 2, 3, 1)


INFO = DatasetInfo((2, 3, 1), ("a", "b", "c"), 100, 10)


def test_unit_scaling_divides_by_255():
    found = datasets.build_inputs(Data(scaling="unit"), INFO, images(LABELS), images(LABELS))
    assert (found.mean, found.deviation) == ((0.0,), (255.0,))
    assert (found.image_shape, found.class_names) == ((2, 3, 1), ("a", "b", "c"))


def test_standard_scaling_takes_mean_and_deviation_of_each_channel_of_the_kept_images():
    random = np.random.default_rng(3)
    pixels = random.integers(0, 256, (9, 4, 5, 3), dtype=np.uint8)
    everything = Images(pixels, np.arange(9, dtype=np.int32) % 3, np.arange(9))
    kept = datasets.select_images(everything, np.arange(6))
    info = DatasetInfo((4, 5, 3), ("a", "b", "c"), 9, 1)
    found = datasets.build_inputs(Data(scaling="standard"), info, everything, kept)
    exact = pixels[:6].astype(np.float64)
    assert found.mean == pytest.approx(exact.mean(axis=(0, 1, 2)), rel=1e-12)
    assert found.deviation == pytest.approx(exact.std(axis=(0, 1, 2)), rel=1e-12)
    assert found.fingerprint == datasets.compute_fingerprint(everything)


def test_a_channel_of_one_single_value_is_scaled_to_0():
    flat = Images(np.full((4, 2, 3, 1), 7, np.uint8), np.zeros(4, np.int32), np.arange(4))
    found = datasets.build_inputs(Data(scaling="standard"), INFO, flat, flat)
    assert (found.mean, found.deviation) == ((7.0,), (1.0,))


def test_the_fingerprint_changes_with_a_pixel_a_label_and_a_shape():
    everything = images(LABELS)
    found = {datasets.compute_fingerprint(everything)}
    pixels = everything.images.copy()
    pixels[99, 1, 2, 0] ^= 1
    found.add(datasets.compute_fingerprint(Images(pixels, everything.labels, everything.indices)))
    labels = everything.labels.copy()
    labels[0] = 1
    found.add(datasets.compute_fingerprint(Images(everything.images, labels, everything.indices)))
    turned = everything.images.reshape(100, 3, 2, 1)
    found.add(datasets.compute_fingerprint(Images(turned, everything.labels, everything.indices)))
    assert len(found) == 4
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in found)


def test_the_fingerprint_does_not_change_with_the_order_in_memory():
    everything = images(LABELS)
    turned = np.asfortranarray(everything.images)
    again = Images(turned, everything.labels.astype(">i4"), everything.indices)
    assert datasets.compute_fingerprint(again) == datasets.compute_fingerprint(everything)


def test_a_class_with_a_single_image_is_welcome_where_nothing_is_held_out(arrays, save):
    arrays["y_train"] = np.array([0, 1, 2] + [0] * 9)
    assert datasets.describe_dataset(save(arrays, validation=0.0)).classes == 3
    with pytest.raises(DataError, match="a single image of class 1, 2; a validation split needs"):
        datasets.describe_dataset(save(arrays, validation=0.5))
