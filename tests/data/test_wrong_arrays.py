"""Unusable arrays of an .npz file get error messages, all at once."""

import zipfile

import numpy as np
import pytest
from dataset_faults import list_file_faults as faults

from cnnlab.spec.experiment import Data

NEEDED = "expected x_train, y_train, x_test, y_test"
SHAPES = "expected (images, height, width) or (images, height, width, 1 or 3), each at least 1"


def test_all_missing_arrays_are_reported_at_once(save):
    there = "the file has images"
    assert faults(save({"images": np.zeros(3)})) == [
        f"no array {name}; {NEEDED}, {there}" for name in ("x_train", "y_train", "x_test", "y_test")
    ]


def test_an_empty_archive_has_none_of_them(tmp_path):
    path = tmp_path / "own.npz"
    zipfile.ZipFile(path, "w").close()
    assert faults(Data(dataset=str(path)))[0] == f"no array x_train; {NEEDED}, the file has none"


def test_faults_of_other_arrays_are_reported_with_a_missing_one(arrays, save):
    del arrays["x_test"]
    arrays["x_train"] = arrays["x_train"].astype(np.float32)
    arrays["y_test"] = arrays["y_test"] / 2
    assert faults(save(arrays)) == [
        f"no array x_test; {NEEDED}, the file has x_train, y_train, y_test",
        "x_train is float32; images must be uint8, 0 to 255",
        "y_test is float64; labels must be whole numbers, from 0",
    ]


def test_names_in_a_file_bring_no_escape_codes_to_the_terminal(arrays, save):
    assert faults(save({"\x1b[31mred": np.zeros(1)}))[0].endswith("the file has  [31mred")


@pytest.mark.parametrize("dtype", ["float32", "int64", "int8", "bool", "uint16"])
def test_images_that_are_not_uint8_are_refused(arrays, save, dtype):
    arrays["x_train"] = arrays["x_train"].astype(dtype)
    assert faults(save(arrays)) == [f"x_train is {dtype}; images must be uint8, 0 to 255"]


@pytest.mark.parametrize(
    "shape", [(), (12,), (12, 20), (12, 4, 5, 2), (12, 4, 5, 4), (12, 4, 5, 1, 1), (12, 0, 5)]
)
def test_images_of_the_wrong_form_are_refused(arrays, save, shape):
    arrays["x_train"] = np.zeros(shape, np.uint8)
    assert faults(save(arrays)) == [f"x_train has the shape {shape}; {SHAPES}"]


def test_no_images_at_all_are_refused(arrays, save):
    arrays["x_test"], arrays["y_test"] = arrays["x_test"][:0], arrays["y_test"][:0]
    assert faults(save(arrays)) == [f"x_test has the shape (0, 4, 5); {SHAPES}"]


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


@pytest.mark.parametrize("dtype", ["float64", "bool", "complex64", "<U3", "datetime64[s]"])
def test_labels_that_are_not_whole_numbers_are_refused(arrays, save, dtype):
    arrays["y_train"] = arrays["y_train"].astype(dtype)
    assert faults(save(arrays)) == [f"y_train is {dtype}; labels must be whole numbers, from 0"]


@pytest.mark.parametrize("shape", [(), (12, 2), (12, 1, 1)])
def test_labels_of_the_wrong_form_are_refused(arrays, save, shape):
    arrays["y_train"] = np.zeros(shape, int)
    assert faults(save(arrays)) == [f"y_train has the shape {shape}; expected (images,)"]


def test_one_hot_labels_are_refused(arrays, save):
    arrays["y_train"] = np.eye(3, dtype=int)[arrays["y_train"]]
    assert faults(save(arrays)) == ["y_train has the shape (12, 3); expected (images,)"]


@pytest.mark.parametrize(
    ("name", "label", "told"),
    [
        ("y_train", -1, "y_train has labels from -1 to 2; expected 0 to 999"),
        ("y_test", -5, "y_test has labels from -5 to 2; expected 0 to 999"),
        ("y_train", 1000, "y_train has labels from 0 to 1000; expected 0 to 999"),
        ("y_train", 2**62, f"y_train has labels from 0 to {2**62}; expected 0 to 999"),
        (
            "y_test",
            3,
            "y_test has the label 3, which y_train does not have: its largest label is 2",
        ),
    ],
)
def test_labels_out_of_range_are_refused(arrays, save, name, label, told):
    arrays[name][0] = label
    assert faults(save(arrays)) == [told]


def test_a_gap_in_the_labels_is_refused(arrays, save):
    arrays["y_train"][arrays["y_train"] == 1] = 4
    told = "y_train has no image of class 1, 3; labels must run from 0 without gaps"
    assert faults(save(arrays)) == [told]


def test_of_many_gaps_the_first_ten_are_named(arrays, save):
    arrays["y_train"][arrays["y_train"] == 2] = 40
    told = "y_train has no image of class 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …"
    assert faults(save(arrays))[0].startswith(told)


def test_one_class_alone_is_refused(arrays, save):
    arrays["y_train"][:] = arrays["y_test"][:] = 0
    assert faults(save(arrays)) == ["y_train has one class; a classifier needs two or more"]
