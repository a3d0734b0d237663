"""The layouts of public data sets are read as the same images in cnnlab's own layout."""

import gzip

import numpy as np
import pytest
from layout_builders import IDX_NAMES, LAYOUTS, build_arrays, to_csv, to_idx, write_idx, write_own

from cnnlab.data import datasets
from cnnlab.spec.experiment import Data

ARRAYS = build_arrays()
DIGITS = tuple("0123456789")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_has_the_pixels_and_labels_of_the_own_layout(layout, tmp_path):
    write, options = LAYOUTS[layout]
    data = Data(dataset=str(write(tmp_path, ARRAYS)), **options)
    training, test = datasets.read_training_images(data), datasets.read_test_images(data)
    for found, part in ((training, "train"), (test, "test")):
        assert found.images.dtype == np.uint8
        assert found.labels.dtype == np.int32
        assert np.array_equal(found.images[..., 0], ARRAYS[f"x_{part}"])
        assert np.array_equal(found.labels, ARRAYS[f"y_{part}"])
        assert found.indices.tolist() == list(range(len(found.labels)))
    info = datasets.describe_dataset(data)
    assert info.image_shape == (28, 28, 1)
    assert info.training_images + info.validation_images == 200
    assert info.test_images == 60
    assert info.validation_images == (50 if layout == "MedMNIST" else 0)
    names = (*"123456789", "10") if layout == "EMNIST" else DIGITS
    assert info.class_names == names


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_has_the_fingerprints_of_the_own_layout(layout, tmp_path):
    write, options = LAYOUTS[layout]
    data = Data(dataset=str(write(tmp_path, ARRAYS)), **options)
    (tmp_path / "same").mkdir()
    own = Data(dataset=str(write_own(tmp_path / "same", ARRAYS)))
    for read in (datasets.read_training_images, datasets.read_test_images):
        assert datasets.compute_fingerprint(read(data)) == datasets.compute_fingerprint(read(own))
    assert datasets.compute_test_fingerprint(data) == datasets.compute_test_fingerprint(own)


@pytest.mark.parametrize("name", [IDX_NAMES[0], IDX_NAMES[1], IDX_NAMES[2], ""])
def test_any_of_the_four_files_and_their_folder_name_the_data_set(name, tmp_path):
    write_idx(tmp_path, ARRAYS)
    data = Data(dataset=f"{tmp_path}/{name}")
    assert datasets.describe_dataset(data).training_images == 200


def test_beside_a_copy_in_gzip_a_folder_means_the_plain_file(tmp_path):
    write_idx(tmp_path, ARRAYS)
    for name in IDX_NAMES:
        (tmp_path / f"{name}.gz").write_bytes(b"damaged")
    assert datasets.describe_dataset(Data(dataset=f"{tmp_path}/")).training_images == 200


def test_colour_images_with_the_channels_first_are_turned(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (12, 3, 8, 9), np.uint8)
    labels = np.arange(12) % 2
    path = write_own(
        tmp_path, {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    )
    data = Data(dataset=str(path))
    assert datasets.describe_dataset(data).image_shape == (8, 9, 3)
    read = datasets.read_training_images(data).images
    assert np.array_equal(read, images.transpose(0, 2, 3, 1))


def test_transpose_exchanges_rows_and_columns_of_any_file(save, arrays):
    data = save(arrays, transpose=True)
    assert datasets.describe_dataset(data).image_shape == (5, 4, 1)
    images = datasets.read_training_images(data).images[..., 0]
    assert np.array_equal(images, arrays["x_train"].swapaxes(1, 2))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4"])
def test_floats_of_every_width_give_back_all_256_gray_levels(dtype, save, arrays):
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16).repeat(12, axis=0)
    exact = {"x_train": levels, "x_test": levels[:6]}
    floats = {name: (images / 255).astype(dtype) for name, images in exact.items()}
    data = save(arrays | floats)
    assert (datasets.read_training_images(data).images[..., 0] == levels).all()


def test_whole_floats_from_0_to_255_are_gray_levels_as_they_are(save, arrays):
    data = save(arrays | {"x_train": arrays["x_train"].astype(np.float32)})
    assert (datasets.read_training_images(data).images[..., 0] == arrays["x_train"]).all()


def test_floats_in_fortran_order_are_read(save, arrays):
    data = save(arrays | {"x_train": np.asfortranarray(arrays["x_train"] / 255)})
    assert (datasets.read_training_images(data).images[..., 0] == arrays["x_train"]).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["uint8", "bool", "float32"])
def test_one_hot_labels_of_every_type_are_read(order, dtype, save, arrays):
    one_hot = np.eye(3, dtype=dtype)[arrays["y_train"]].copy(order)
    data = save(arrays | {"y_train": one_hot})
    assert datasets.read_training_images(data).labels.tolist() == [0, 1, 2] * 4


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ((1, 2, 3), ("1", "2", "3")),
        ((-1, 1, 1), ("-1", "1")),
        ((0, 1, 4), ("0", "1", "4")),
        ((7, 1000, 2**40), ("7", "1000", str(2**40))),
        ((True, False, True), ("0", "1")),
    ],
)
def test_labels_that_do_not_count_from_0_become_class_names(values, names, save, arrays):
    labels = np.array(values)
    some = {name: labels[arrays[name]] for name in ("y_train", "y_test")}
    data = save(arrays | some)
    info = datasets.describe_dataset(data)
    assert info.class_names == names
    expected = [names.index(str(int(label))) for label in some["y_train"]]
    assert datasets.read_training_images(data).labels.tolist() == expected


def test_check_says_that_labels_became_class_names(save, arrays):
    some = {name: arrays[name] * 2 for name in ("y_train", "y_test")}
    assert datasets.describe_dataset(save(arrays | some)).notes == (
        "the labels are 0, 2, 4, not 0 to 2, so each label is the name of a class",
    )


OFFER = (
    "looks like EMNIST, whose files store each image with rows and columns exchanged; "
    "`transpose: true` below `data:` turns the letters upright, and `transpose: false` keeps the "
    "images as they are"
)


def test_the_transposition_of_emnist_is_offered_until_the_config_decides(tmp_path):
    write, _ = LAYOUTS["EMNIST"]
    path = write(tmp_path, ARRAYS)
    for named in (path, tmp_path):
        notes = datasets.describe_dataset(Data(dataset=str(named))).notes
        assert notes[1:] == (f"{path.name} {OFFER}",)
    for decided in (True, False):
        assert len(datasets.describe_dataset(Data(dataset=str(path), transpose=decided)).notes) == 1


def test_26_classes_of_28_by_28_pixels_look_like_emnist_under_any_name(tmp_path):
    images, labels = np.zeros((52, 28, 28), np.uint8), np.arange(52) % 26 + 1
    path = write_own(
        tmp_path, {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    )
    assert datasets.describe_dataset(Data(dataset=str(path))).notes[1:] == (f"own.npz {OFFER}",)


def test_a_share_of_each_class_is_the_test_set_of_a_single_file(tmp_path):
    images, labels = ARRAYS["x_train"], ARRAYS["y_train"]
    (tmp_path / "train.csv").write_bytes(to_csv(images, labels))
    data = Data(dataset=str(tmp_path / "train.csv"), test=0.2)
    training, test = datasets.read_training_images(data), datasets.read_test_images(data)
    assert np.bincount(test.labels).tolist() == [round(n * 0.2) for n in np.bincount(labels)]
    both = np.concatenate([training.images, test.images])[..., 0]
    assert sorted(image.tobytes() for image in both) == sorted(image.tobytes() for image in images)
    again = datasets.read_test_images(data.model_copy(update={"validation_seed": 5}))
    assert np.array_equal(again.images, test.images)


def test_a_test_file_without_labels_is_named_and_left_out(tmp_path):
    """Kaggle's test.csv has no labels."""
    images, labels = ARRAYS["x_train"], ARRAYS["y_train"]
    (tmp_path / "train.csv").write_bytes(to_csv(images, labels))
    lines = to_csv(images[:9], labels[:9]).split(b"\n")
    (tmp_path / "test.csv").write_bytes(b"\n".join(line.partition(b",")[2] for line in lines))
    info = datasets.describe_dataset(Data(dataset=str(tmp_path / "train.csv"), test=0.2))
    assert info.notes == ("test.csv has no labels, so cnnlab does not use it",)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b",", b", "),
        lambda text: text.rstrip(b"\n"),
        lambda text: text + b"\n\n",
        lambda text: text.replace(b"label", b'"Label"'),
        lambda text: b"\n".join(
            line.partition(b",")[2] + b"," + line.partition(b",")[0]
            for line in text.strip().split(b"\n")
        ),
    ],
)
def test_csv_files_of_other_programs_are_read(change, tmp_path):
    text = to_csv(ARRAYS["x_train"], ARRAYS["y_train"])
    (tmp_path / "digits.csv").write_bytes(change(text))
    data = Data(dataset=str(tmp_path / "digits.csv"), test=0.5)
    (tmp_path / "same").mkdir()
    (tmp_path / "same/digits.csv").write_bytes(text)
    same = Data(dataset=str(tmp_path / "same/digits.csv"), test=0.5)
    found, expected = datasets.read_training_images(data), datasets.read_training_images(same)
    assert np.array_equal(found.images, expected.images)
    assert np.array_equal(found.labels, expected.labels)


def test_a_csv_file_of_decimal_numbers_is_read_as_floats(tmp_path):
    images, labels = ARRAYS["x_train"], ARRAYS["y_train"]
    rows = np.column_stack([labels, images.reshape(len(images), -1) / 255])
    np.savetxt(tmp_path / "digits.csv", rows, "%.6f", ",")
    data = Data(dataset=str(tmp_path / "digits.csv"), test=0.1, validation=0.0)
    training, test = datasets.read_training_images(data), datasets.read_test_images(data)
    both = np.concatenate([training.images, test.images])[..., 0]
    assert sorted(image.tobytes() for image in both) == sorted(image.tobytes() for image in images)


def test_idx_files_of_other_number_types_are_read(tmp_path):
    write_idx(tmp_path, ARRAYS)
    header = to_idx(ARRAYS["x_train"])[:16]
    wide = header[:2] + b"\x0c" + header[3:] + ARRAYS["x_train"].astype(">i4").tobytes()
    (tmp_path / IDX_NAMES[0]).write_bytes(gzip.compress(wide))
    data = Data(dataset=f"{tmp_path}/")
    assert np.array_equal(datasets.read_training_images(data).images[..., 0], ARRAYS["x_train"])
