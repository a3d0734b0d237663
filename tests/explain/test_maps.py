"""Feature maps, compared with arithmetic and with stock Keras on the same files."""

import numpy as np
import pytest
from network_builders import open_network, spec_of
from stock_keras import run_stock_keras

from cnnlab import checkpoint, model
from cnnlab.data.datasets import Images, read_test_images
from cnnlab.explain import network_outputs
from cnnlab.explain.feature_maps import compute_feature_maps, find_silent_maps
from cnnlab.explain.layers_with_maps import list_map_layers
from cnnlab.run_folder import RunFolder
from cnnlab.spec.convolutions_and_pools import Conv, MaxPool
from cnnlab.spec.layer_groups import Parallel, Residual
from cnnlab.spec.layers import ActivationLayer, BatchNorm, Dense, Flatten

pytestmark = pytest.mark.slow

TOY = np.arange(1, 10, dtype=np.uint8).reshape(3, 3, 1)
HEAD = (Flatten(), Dense(units=2, activation="softmax"))


def maps_of(network, image):
    return compute_feature_maps(network, list_map_layers(network.spec), image)


def images(*found):
    pixels = np.stack(found).astype(np.uint8)
    return Images(pixels, np.zeros(len(found), np.int32), np.arange(len(found)))


def test_a_kernel_that_is_1_in_its_middle_returns_the_image():
    identity = np.zeros((3, 3, 1, 1))
    identity[1, 1] = 1
    stack = (Conv(filters=1, kernel_size=3, padding="same"), *HEAD)
    image = np.random.default_rng(0).integers(0, 256, (28, 28, 1), dtype=np.uint8)
    network = open_network(stack, image.shape, {"conv_1": [identity]})
    assert np.array_equal(maps_of(network, image)["conv_1"], image)


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        ("valid", [[12, 16], [24, 28]]),  # 1 + 2 + 4 + 5, 2 + 3 + 5 + 6, …
        ("same", [[12, 16, 9], [24, 28, 15], [15, 17, 9]]),  # zeros right and below
    ],
)
def test_a_kernel_of_ones_adds_up_its_window(padding, expected):
    stack = (Conv(filters=1, kernel_size=2, padding=padding), *HEAD)
    network = open_network(stack, TOY.shape, {"conv_1": [np.ones((2, 2, 1, 1))]})
    assert maps_of(network, TOY)["conv_1"][..., 0].tolist() == expected


def test_maps_are_taken_after_the_activation():
    stack = (Conv(filters=2, kernel_size=1), ActivationLayer(function="relu"), MaxPool(), *HEAD)
    network = open_network(stack, (2, 2, 1), {"conv_1": [[[[[1, -1]]]], [-2, 3]]})
    found = maps_of(network, np.array([[[1], [2]], [[3], [4]]], np.uint8))
    assert found["conv_1"].tolist() == [[[0, 2], [0, 1]], [[1, 0], [2, 0]]]
    assert found["max_pool_3"].tolist() == [[[2, 2]]]


def test_images_reach_the_network_scaled():
    stack = (Conv(filters=1, kernel_size=1), *HEAD)
    network = open_network(stack, (1, 2, 1), {"conv_1": [[[[[1]]]]]}, deviation=255.0)
    assert maps_of(network, np.array([[[51], [255]]], np.uint8))["conv_1"].tolist() == [
        [[np.float32(51) / np.float32(255)], [1]]
    ]


def test_maps_that_never_fire_are_counted_and_named():
    weights = {"conv_1": [[[[[1, -1, 0, 0, 1]]]], [0, 0, 0, 1, -200]]}
    stack = (Conv(filters=5, kernel_size=1, activation="relu"), MaxPool(), *HEAD)
    network = open_network(stack, (2, 2, 1), weights)
    dark, bright = np.full((2, 2, 2, 1), 3), np.full((2, 2, 1), 201)

    def find_silent(*some):
        return [(one.layer, one.maps) for one in find_silent_maps(network, there, images(*some))]

    there = list_map_layers(network.spec)
    assert find_silent(*dark) == [("conv_1", (2, 3, 5)), ("max_pool_2", (2, 3, 5))]
    # One image is enough, wherever it stands: 300 are more than one batch.
    assert find_silent(*[dark[0]] * 299, bright) == [("conv_1", (2, 3)), ("max_pool_2", (2, 3))]
    strongest = find_silent_maps(network, there, images(dark[0], bright))[0].strongest
    assert strongest.tolist() == [201, 0, 0, 1, 1]


def test_without_a_rectifier_no_map_is_called_silent():
    stack = (Conv(filters=1, kernel_size=1, activation="tanh"), *HEAD)
    network = open_network(stack, (2, 2, 1), {"conv_1": [[[[[-1]]]]]})
    [found] = find_silent_maps(network, list_map_layers(network.spec), images(np.ones((2, 2, 1))))
    assert (found.maps, found.strongest[0] < 0) == (None, True)


ALONE = """\
for name in sys.argv[1:]:
    opened = keras.saving.load_model(name + ".keras")
    asked = numpy.load(name + ".npz")
    outputs = {layer: opened.get_layer(layer).output for layer in asked["layers"]}
    found = keras.Model(opened.inputs, outputs).predict(asked["images"], verbose=0)
    numpy.savez(name + "-maps.npz", **{k: v.astype("float32") for k, v in found.items()})
"""
NORMAL = (Conv(filters=6, padding="same"), BatchNorm(), ActivationLayer(function="relu"))
BRANCHED = (
    *NORMAL,
    Residual(layers=(*NORMAL, Conv(filters=8, padding="same", activation="leaky_relu"))),
    Parallel(branches=((), (Conv(filters=3, kernel_size=1, activation="relu"),))),
    MaxPool(),
    *HEAD,
)


@pytest.fixture(scope="module")
def map_pairs(trained_run, tmp_path_factory):
    """(our maps, stock Keras's) of three checkpoints, by their names."""
    folder = tmp_path_factory.mktemp("stock")
    spec = RunFolder(trained_run.path).read_spec()
    image = read_test_images(spec.experiment.data).images[5]
    specs = {"trained": spec}
    (folder / "trained.keras").write_bytes(
        (trained_run.path / "checkpoints/best.keras").read_bytes()
    )
    for precision in ("float32", "mixed_bfloat16"):
        specs[precision] = spec_of(BRANCHED, (28, 28, 1), precision=precision, deviation=255.0)
        network = model.build_network(BRANCHED, (28, 28, 1), 3, precision)
        (folder / f"{precision}.keras").write_bytes(checkpoint.to_bytes(network, specs[precision]))
    ours = {}
    for name, spec in specs.items():
        network = network_outputs.open_checkpoint(spec, folder / f"{name}.keras")
        there = list_map_layers(spec)
        ours[name] = compute_feature_maps(network, there, image)
        asked = {"layers": [s.shown for s in there], "images": network.scale(image[np.newaxis])}
        np.savez(folder / f"{name}.npz", **asked)
        ours[name] = {s.shown: ours[name][s.name] for s in there}
    run_stock_keras(ALONE, *(folder / name for name in specs))
    theirs = {name: dict(np.load(folder / f"{name}-maps.npz")) for name in specs}
    return ours, theirs


@pytest.mark.parametrize(
    ("name", "layers"), [("trained", 4), ("float32", 8), ("mixed_bfloat16", 8)]
)
def test_maps_are_those_that_stock_keras_alone_computes(map_pairs, name, layers):
    ours, theirs = (found[name] for found in map_pairs)
    assert len(ours) == layers
    assert ours.keys() == theirs.keys()
    for layer, maps in ours.items():
        assert maps.std() > 0, layer
        assert np.abs(maps - theirs[layer][0]).max() <= 1e-6, layer
