"""The data section of a config against its data set: missing fields, and fields without effect."""

import pytest
from folder_builders import mnist, write_images

from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import ConfigError
from cnnlab.spec.config_reader import parse_config

MODEL = "\nmodel: [flatten, dense: {units: 10, activation: softmax}]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("data")
    for part in ("train", "test"):
        write_images(place / "photos" / part, *mnist(part, 150))
    return place


def read(folder, data):
    return parse_config(folder / "c.yaml", f"data: {{{data}}}{MODEL}".encode(), describe_dataset)


def list_faults(folder, data):
    with pytest.raises(ConfigError) as caught:
        read(folder, data)
    return [(one.path, one.message, one.expected, one.hint) for one in caught.value.faults]


def test_a_folder_of_images_needs_a_size(folder):
    assert list_faults(folder, "dataset: photos/") == [
        (
            "data.dataset",
            "a folder of images needs `image_size`",
            "one size for all images",
            "write `image_size: 64`, or `[48, 64]` for height and width",
        )
    ]


def test_a_folder_of_images_is_in_colour_unless_the_config_says_otherwise(folder):
    assert read(folder, "dataset: photos/, image_size: 8").experiment.data.color_mode == "rgb"
    assert read(folder, "dataset: mnist").experiment.data.color_mode is None


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        ("dataset: mnist, image_size: 8", "image_size", "a folder of images as `dataset`"),
        ("dataset: mnist, color_mode: rgb", "color_mode", "a folder of images as `dataset`"),
        ("dataset: mnist, test: 0.2", "test", "data of your own"),
        ("dataset: mnist, transpose: true", "transpose", "data of your own"),
    ],
)
def test_a_field_without_effect_is_refused(folder, data, name, expected):
    message = f"`{name}` has no effect on mnist"
    assert list_faults(folder, data) == [(f"data.{name}", message, expected, f"leave `{name}` out")]


def test_a_folder_of_images_is_not_transposed(folder):
    assert list_faults(folder, "dataset: photos/, image_size: 8, transpose: true") == [
        (
            "data.transpose",
            f"`transpose` has no effect on {folder}/photos",
            "a file of images as `dataset`",
            "leave `transpose` out",
        )
    ]


def test_a_share_that_leaves_a_split_without_a_class_is_refused(folder):
    [(path, message, expected, _)] = list_faults(
        folder, "dataset: photos/, image_size: 8, validation: 0.05"
    )
    assert (path, message, expected) == (
        "data.validation",
        "`validation: 0.05` is 8 of 150 images",
        "at least 10 images, one per class, for validation and for training",
    )
