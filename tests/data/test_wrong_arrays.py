"""Unusable arrays of an .npz file get error messages, all at once."""

import zipfile

import numpy as np
import pytest
from dataset_faults import list_file_faults as faults

from cnnlab.data import datasets
from cnnlab.data.array_values import IMAGE_NUMBERS, IMAGE_SHAPES
from cnnlab.data.other_files import KNOWN_LAYOUTS
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data

BOTH = "the training images and the training labels"


def find_value_fault(data):
    """The error of an array whose numbers are read only with the images."""
    datasets.describe_dataset(data)
    with pytest.raises(DataError) as caught:
        datasets.read_training_images(data)
    return str(caught.value).removeprefix(f"{data.dataset}: ")


def test_an_unknown_layout_names_what_is_there_and_every_known_layout_once(save):
    there = "the file has images_a (3,) float64, b (2, 2) uint8"
    arrays = {"images_a": np.zeros(3), "b": np.zeros((2, 2), np.uint8)}
    assert faults(save(arrays)) == [f"{there}; cnnlab does not find {BOTH}\n{KNOWN_LAYOUTS}"]


def test_an_empty_archive_has_no_arrays(tmp_path):
    path = tmp_path / "own.npz"
    zipfile.ZipFile(path, "w").close()
    assert faults(Data(dataset=str(path))) == [
        f"the file has no arrays; cnnlab does not find {BOTH}\n{KNOWN_LAYOUTS}"
    ]


def test_all_missing_arrays_are_reported_at_once(arrays, save):
    del arrays["y_train"], arrays["x_test"]
    assert faults(save(arrays)) == [
        "the file has x_train (12, 4, 5) uint8, y_test (6,) int64; cnnlab does not find the test "
        f"images and the training labels\n{KNOWN_LAYOUTS}"
    ]


def test_two_arrays_for_one_purpose_are_refused(arrays, save):
    arrays["train_images"] = arrays["x_train"]
    assert faults(save(arrays)) == [
        "x_train and train_images can both be the images of the train split; remove one of them"
    ]


def test_without_test_images_the_share_to_write_is_said(arrays, save):
    del arrays["x_test"], arrays["y_test"]
    assert faults(save(arrays)) == [
        "it has no test images; write `test: 0.2` below `data:` to use this share of each class "
        "for the test"
    ]


def test_a_share_for_the_test_is_refused_beside_test_images(arrays, save):
    assert faults(save(arrays, test=0.2)) == [
        "it has test images, so cnnlab needs no share of images for the test; remove `test`"
    ]


def test_names_in_a_file_bring_no_escape_codes_to_the_terminal(save):
    [fault] = faults(save({"\x1b[31mred": np.zeros(1)}))
    assert fault.startswith("the file has  [31mred (1,) float64; cnnlab does not find")


@pytest.mark.parametrize("dtype", ["bool", "complex64", "<U3", "datetime64[s]"])
def test_images_of_other_types_are_refused(arrays, save, dtype):
    arrays["x_train"] = np.zeros((12, 4, 5), dtype)
    assert faults(save(arrays)) == [f"x_train is {dtype}; images must be {IMAGE_NUMBERS}"]


@pytest.mark.parametrize(
    ("dtype", "number", "shown"),
    [
        ("int64", 256, "256"),
        ("int8", -1, "-1"),
        ("uint16", 65535, "65535"),
        ("float32", -0.5, "-0.5"),
        ("float64", np.nan, "nan"),
        ("float64", np.inf, "inf"),
        ("float64", 300.0, "300"),
    ],
)
def test_pixels_out_of_range_are_refused_when_images_are_read(arrays, save, dtype, number, shown):
    arrays["x_train"] = np.ones((12, 4, 5), dtype)
    arrays["x_train"][7, 1, 1] = number
    told = f"x_train has the number {shown}; images must be {IMAGE_NUMBERS}"
    assert find_value_fault(save(arrays)) == told


def test_floats_over_1_that_are_not_whole_are_refused(arrays, save):
    arrays["x_train"] = arrays["x_train"] * 0.5
    arrays["x_train"][0, 0, :2] = 0.25, 127
    told = f"x_train has the number 0.25 and numbers over 1; images must be {IMAGE_NUMBERS}"
    assert find_value_fault(save(arrays)) == told


@pytest.mark.parametrize(
    "shape", [(), (12,), (12, 20), (12, 4, 5, 2), (12, 4, 5, 4), (12, 4, 5, 1, 1), (12, 0, 5)]
)
def test_images_of_the_wrong_form_are_refused(arrays, save, shape):
    arrays["x_train"] = np.zeros(shape, np.uint8)
    told = f"x_train has the shape {shape}; expected {IMAGE_SHAPES}, each at least 1"
    assert faults(save(arrays)) == [told]


@pytest.mark.parametrize("shape", [(12, 1, 28, 1), (12, 3, 28, 3), (12, 3, 28, 1)])
def test_channels_that_could_be_first_or_last_are_refused(arrays, save, shape):
    arrays["x_train"] = np.zeros(shape, np.uint8)
    assert faults(save(arrays)) == [
        f"x_train has the shape {shape}: its channels may be the second or the last axis; if the "
        "images have one channel, store them as (images, height, width)"
    ]


def test_no_images_at_all_are_refused(arrays, save):
    arrays["x_test"], arrays["y_test"] = arrays["x_test"][:0], arrays["y_test"][:0]
    told = f"x_test has the shape (0, 4, 5); expected {IMAGE_SHAPES}, each at least 1"
    assert faults(save(arrays)) == [told]


def test_as_many_labels_as_images_are_needed(arrays, save):
    arrays["y_train"], arrays["y_test"] = arrays["y_train"][:-1], np.zeros(2_000, int)
    assert faults(save(arrays)) == [
        "x_train has 12 images, but y_train has 11 labels",
        "x_test has 6 images, but y_test has 2,000 labels",
    ]


def test_training_and_test_images_must_have_one_shape(arrays, save):
    arrays["x_test"] = np.zeros((6, 5, 4), np.uint8)
    message = "x_train and x_test have images of different shapes: (4, 5) and (5, 4)"
    assert faults(save(arrays)) == [message]


@pytest.mark.parametrize("dtype", ["complex64", "<U3", "datetime64[s]"])
def test_labels_that_are_not_numbers_are_refused(arrays, save, dtype):
    arrays["y_train"] = arrays["y_train"].astype(dtype)
    assert faults(save(arrays)) == [f"y_train is {dtype}; labels must be whole numbers"]


@pytest.mark.parametrize(("number", "shown"), [(0.5, "0.5"), (np.nan, "nan"), (1e300, "1e+300")])
def test_labels_that_are_not_whole_are_refused(arrays, save, number, shown):
    arrays["y_train"] = arrays["y_train"].astype(float)
    arrays["y_train"][5] = number
    told = f"y_train has the label {shown}; labels must be whole numbers"
    assert faults(save(arrays)) == [told]


@pytest.mark.parametrize("shape", [(), (12, 0), (12, 1, 1)])
def test_labels_of_the_wrong_form_are_refused(arrays, save, shape):
    arrays["y_train"] = np.zeros(shape, int)
    assert faults(save(arrays)) == [
        f"y_train has the shape {shape}; expected (images,), or (images, classes) for one-hot"
    ]


@pytest.mark.parametrize(
    ("row", "shown"),
    [([1, 1, 0], "1, 1, 0"), ([0, 0, 0], "0, 0, 0"), ([0.2, 0.8, 0], "0.2, 0.8, 0")],
)
def test_labels_of_several_classes_or_shares_are_refused(arrays, save, row, shown):
    arrays["y_train"] = np.eye(3)[arrays["y_train"]]
    arrays["y_train"][8] = row
    assert faults(save(arrays)) == [
        f"y_train has the shape (12, 3), but row 8 is [{shown}]; one-hot labels have a single 1 in "
        "each row, and otherwise 0"
    ]


@pytest.mark.parametrize(
    ("name", "label", "told"),
    [
        ("y_train", -1, "y_train has the label -1; labels must be 0 or more, or -1 and 1"),
        (
            "y_test",
            -5,
            "y_test has the label -5, which y_train does not have: its labels are 0, 1, 2",
        ),
        ("y_train", 2**62, f"y_train has the label {2**62:.6g}; labels must be whole numbers"),
        (
            "y_test",
            3,
            "y_test has the label 3, which y_train does not have: its labels are 0, 1, 2",
        ),
    ],
)
def test_labels_out_of_range_are_refused(arrays, save, name, label, told):
    arrays[name][0] = label
    assert faults(save(arrays)) == [told]


def test_a_single_image_of_a_class_is_too_few_for_a_validation_split(arrays, save):
    arrays["y_train"][0] = 9
    assert faults(save(arrays)) == [
        "y_train has a single image of class 9; a validation split needs two or more of each "
        "class: add images, or write `validation: 0`"
    ]


def test_more_classes_than_a_network_can_have_are_refused(arrays, save):
    arrays["x_train"], arrays["y_train"] = np.zeros((1001, 4, 5), np.uint8), np.arange(1001)
    told = "y_train has 1,001 different labels; cnnlab reads at most 1,000"
    assert faults(save(arrays)) == [told]


def test_one_class_alone_is_refused(arrays, save):
    arrays["y_train"][:] = arrays["y_test"][:] = 0
    assert faults(save(arrays)) == ["y_train has one class; a classifier needs two or more"]
