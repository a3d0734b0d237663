"""Requests for an explanation, and the whole message where one is impossible."""

import numpy as np
import pytest
from network_builders import spec_of
from PIL import Image

from cnnlab.data.datasets import Images
from cnnlab.errors import DataError, UsageError
from cnnlab.explain.explained_image import ImageChoice, choose_image
from cnnlab.explain.request import PARTS, build_request, select_parts
from cnnlab.spec.convolutions_and_pools import Conv, MaxPool
from cnnlab.spec.layers import Dense, Flatten

IMAGE = (8, 8, 1)
HEAD = (Flatten(), Dense(units=4, activation="softmax"))
CONV = Conv(filters=4, kernel_size=3, padding="same", activation="relu")
NETWORK = spec_of((CONV, MaxPool(), CONV, *HEAD), IMAGE, classes=4)
DENSE = spec_of(HEAD, IMAGE, classes=4)
POOLED = spec_of((MaxPool(), *HEAD), IMAGE, classes=4)


def refusal(call, *arguments, error=UsageError, **options):
    with pytest.raises(error) as caught:
        call(*arguments, **options)
    return str(caught.value)


def test_parts_are_drawn_in_their_own_order_and_once():
    assert select_parts(["occlusion", "maps", "maps"], False) == ("maps", "occlusion")
    assert select_parts([], True) == PARTS


def test_all_unknown_parts_are_reported_at_once():
    there = "expected kernels, maps, grad-cam, occlusion"
    assert refusal(select_parts, ["kernel", "maps", "x", "feature-maps"], True) == (
        f"`kernel`: cnnlab cannot draw this; {there}; did you mean `kernels`?\n"
        f"`x`: cnnlab cannot draw this; {there}\n"
        f"`feature-maps`: cnnlab cannot draw this; {there}; did you mean `maps`?\n"
        "--all already draws all pictures; leave out --all, or the other words"
    )


def test_without_a_name_the_choices_are_listed():
    expected = "say what to draw: kernels, maps, grad-cam, occlusion, or --all"
    assert refusal(select_parts, [], False) == expected


def test_layers_are_the_first_convolution_and_the_last_unless_named():
    def list_layers(*parts, layer=None):
        found = build_request(NETWORK, parts, layer=layer)
        return found.kernels.name, found.grad_cam.name

    assert list_layers("kernels", "grad-cam") == ("conv_1", "conv_3")
    assert list_layers("kernels", "grad-cam", layer="3") == ("conv_3", "conv_3")
    assert list_layers("kernels", layer="conv_3") == ("conv_3", "conv_3")
    assert list_layers("grad-cam", layer="max_pool_2") == ("conv_1", "max_pool_2")


@pytest.mark.parametrize(
    ("parts", "layer", "expected"),
    [
        (["kernels"], "max_pool_2", "conv_1, conv_3"),
        (["kernels"], "2", "conv_1, conv_3"),
        (["grad-cam"], "4", "conv_1, max_pool_2, conv_3"),
        (PARTS, "4", "conv_1, conv_3"),
    ],
)
def test_a_missing_layer_is_reported_once_with_the_existing_ones(parts, layer, expected):
    told = refusal(build_request, NETWORK, parts, layer=layer)
    assert told == f"--layer {layer}: cnnlab cannot use this layer; expected {expected}"


def test_options_that_change_nothing_are_reported_all_at_once():
    found = {"layer": "1", "class_name": "z", "untrained": True}
    assert refusal(build_request, NETWORK, ["occlusion"], **found) == (
        "--layer has no effect on occlusion, only on kernels, grad-cam\n"
        "--untrained has no effect on occlusion, only on maps\n"
        "--class z: no such class; expected a, b, c, d"
    )
    assert refusal(build_request, NETWORK, ["kernels"], class_name="a", image_named=True) == (
        "--class has no effect on kernels, only on grad-cam, occlusion\n"
        "an image has no effect on kernels, only on maps, grad-cam, occlusion"
    )


def test_a_class_is_named_by_its_name_or_its_label():
    for word, expected in (("c", "c"), ("2", "c"), ("predicted", "predicted"), ("true", "true")):
        assert build_request(NETWORK, ["grad-cam"], class_name=word).class_name == expected
    for word in ("4", "-1", "", "²"):
        told = refusal(build_request, NETWORK, ["grad-cam"], class_name=word)
        assert told == f"--class {word}: no such class; expected a, b, c, d"


def test_without_a_convolution_some_parts_are_not_there():
    assert refusal(build_request, DENSE, ["kernels", "maps", "occlusion"]) == (
        "kernels, maps: the network has no convolution"
    )
    assert refusal(build_request, POOLED, ["maps", "grad-cam"]) == (
        "grad-cam: the network has no convolution"
    )
    assert build_request(POOLED, ["maps"]).parts == ("maps",)


def test_of_everything_what_is_there_is_drawn():
    assert build_request(NETWORK, PARTS).parts == PARTS
    assert build_request(POOLED, PARTS).parts == ("maps", "occlusion")
    found = build_request(DENSE, PARTS)
    assert (found.parts, found.kernels, found.grad_cam) == (("occlusion",), None, None)


TEST = Images(
    np.arange(5 * 64, dtype=np.uint16).astype(np.uint8).reshape(5, 8, 8, 1),
    np.array([3, 1, 3, 0, 1], np.int32),
    np.arange(5),
)


@pytest.mark.parametrize(
    ("choice", "index"),
    [
        (ImageChoice(), 0),
        (ImageChoice(index=0), 0),
        (ImageChoice(index=4), 4),
        (ImageChoice(label="a"), 3),
        (ImageChoice(label="1"), 1),
    ],
)
def test_a_test_image_is_chosen_by_its_place_or_its_class(choice, index):
    found = choose_image(NETWORK, choice, TEST)
    assert (found.index, found.label) == (index, TEST.labels[index])
    assert (found.name, found.folder) == (f"test image {index}", f"test-{index}")
    assert np.array_equal(found.image, TEST.images[index])


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (ImageChoice(index=5), "--index 5: the test set has 5 images, from 0 to 4"),
        (ImageChoice(index=-1), "--index -1: the test set has 5 images, from 0 to 4"),
        (ImageChoice(label="c"), "--label c: the test set has no image of the class c"),
        (ImageChoice(label="x"), "--label x: no such class; expected a, b, c, d"),
        (
            ImageChoice(index=1, label="a"),
            "--index and --label each choose an image; use one",
        ),
    ],
)
def test_a_missing_image_is_reported(choice, told):
    assert refusal(choose_image, NETWORK, choice, TEST) == told


def test_a_file_becomes_an_image_of_the_network_s_shape(tmp_path):
    path = tmp_path / "my seven.png"
    Image.new("RGB", (16, 16), (0, 255, 0)).save(path)
    found = choose_image(NETWORK, ImageChoice(image=path), None)
    assert (found.image.shape, found.image.dtype) == ((8, 8, 1), np.uint8)
    assert set(found.image.ravel().tolist()) == {150}  # 0.587 · 255, the luma of green
    assert (found.name, found.folder) == ("my seven.png", "image-my seven")
    assert (found.index, found.label) == (None, None)
    colour = spec_of(HEAD, (4, 6, 3), classes=4)
    assert (
        choose_image(colour, ImageChoice(image=path), None).image.tolist()
        == [[[0, 255, 0]] * 6] * 4
    )


def test_a_file_that_is_no_image_is_reported(tmp_path):
    path = tmp_path / "a.png"
    choice = ImageChoice(image=path)
    assert refusal(choose_image, NETWORK, choice, None, error=DataError) == (
        f"{path}: there is no such file"
    )
    path.write_text("hello")
    told = refusal(choose_image, NETWORK, choice, None, error=DataError)
    assert told == f"{path}: not a PNG, JPEG, WebP, BMP, GIF or TIFF image; save it as one of these"
