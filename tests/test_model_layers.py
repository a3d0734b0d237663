"""What the layers compute: activations, initializers, seeds, precision, one training step."""

import keras
import numpy as np
import pytest

from cnnlab import model
from cnnlab.seeds import derive_seed
from cnnlab.spec.convolutions_and_pools import AvgPool, Conv, DepthwiseConv, MaxPool, SeparableConv
from cnnlab.spec.layer_options import ACTIVATIONS, INITIALIZERS, REGULARIZERS, Constant
from cnnlab.spec.layers import (
    ActivationLayer,
    AlphaDropout,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    GroupNorm,
    LayerNorm,
    PRelu,
    Resize,
    SpatialDropout,
    Upsample,
)

VECTOR = np.array([[-7.0, -3.0, -1.0, -0.3, 0.0, 0.4, 1.0, 2.9, 3.5, 6.5, 8.0]], np.float32)
SIZE = VECTOR.shape[1]


# With the default of its field, as Keras 3 has it: negative_slope 0.2, alpha 1.
@pytest.mark.parametrize("cls", ACTIVATIONS, ids=lambda cls: cls.kind)
def test_an_activation_is_keras_own_inside_a_layer_and_as_one(cls):
    expected = getattr(keras.activations, cls.kind)(VECTOR)
    alone = model.build_network([ActivationLayer(function=cls())], (SIZE,), 0)
    assert np.array_equal(alone(VECTOR), expected)
    identity = np.eye(SIZE, dtype=np.float32)
    dense = model.build_network([Dense(units=SIZE, activation=cls(), use_bias=False)], (SIZE,), 0)
    dense.set_weights([identity])
    assert np.allclose(dense(VECTOR), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ({"leaky_relu": {"negative_slope": 0.1}}, np.where(VECTOR > 0, VECTOR, 0.1 * VECTOR)),
        ({"elu": {"alpha": 2.0}}, np.where(VECTOR > 0, VECTOR, 2 * np.expm1(VECTOR))),
    ],
)
def test_the_fields_of_an_activation_reach_keras(activation, expected):
    network = model.build_network([ActivationLayer(function=activation)], (SIZE,), 0)
    assert np.allclose(network(VECTOR), expected, rtol=1e-5)


@pytest.mark.parametrize("cls", INITIALIZERS, ids=lambda cls: cls.kind)
def test_an_initializer_is_keras_own_with_the_layers_seed(cls):
    word = "".join(part.capitalize() for part in cls.kind.split("_"))
    options = cls().model_dump()
    if cls.kind not in ("zeros", "ones", "constant"):
        options["seed"] = derive_seed(1, "kernel_initializer", 1)  # root seed, purpose, layer
    expected = getattr(keras.initializers, word)(**options)((SIZE, 5))
    network = model.build_network([Dense(units=5, kernel_initializer=cls())], (SIZE,), 1)
    kernel, bias = network.get_weights()
    assert np.array_equal(kernel, expected)
    assert not bias.any()


def test_the_fields_of_an_initializer_reach_keras():
    layer = Dense(units=5, bias_initializer=Constant(value=2.5))
    assert (model.build_network([layer], (SIZE,), 1).get_weights()[1] == 2.5).all()


@pytest.mark.parametrize(
    ("regularizer", "penalty"),
    [
        ({"l1": {"l1": 0.5}}, 0.5 * 6),  # Σ|w| = 2 · 3 ones
        ({"l2": {"l2": 0.25}}, 0.25 * 6),
        ({"l1_l2": {"l1": 0.5, "l2": 0.25}}, 0.75 * 6),
    ],
)
def test_a_regularizer_adds_its_penalty_to_the_loss(regularizer, penalty):
    layer = Dense(units=3, kernel_initializer="ones", kernel_regularizer=regularizer)
    network = model.build_network([layer], (2,), 0)
    network(np.ones((1, 2), np.float32))
    assert float(sum(network.losses)) == pytest.approx(penalty)
    assert next(iter(regularizer)) in [cls.kind for cls in REGULARIZERS]


STACK = (
    Conv(filters=2, padding="same", activation="relu"),
    Conv(filters=2, padding="same"),
    DepthwiseConv(kernel_size=3),
    SeparableConv(filters=2, kernel_size=1),
    BatchNorm(),
    LayerNorm(),
    Flatten(),
    Dropout(rate=0.5),
    Dense(units=2, activation="softmax"),
)
SHAPE = (6, 5, 2)


def test_the_same_seed_gives_the_same_weights():
    one, two = (model.build_network(STACK, SHAPE, 7).get_weights() for _ in range(2))
    assert all(map(np.array_equal, one, two))


def test_another_seed_gives_another_kernel_to_every_layer():
    one, two = (model.build_network(STACK, SHAPE, root) for root in (7, 8))
    kernels = [w for w in one.trainable_weights if "kernel" in w.name]
    assert len(kernels) == 6  # conv, conv, depthwise_conv, separable_conv twice, dense
    for mine, other in zip(one.trainable_weights, two.trainable_weights, strict=True):
        assert np.array_equal(mine, other) == ("kernel" not in mine.name)


def test_two_layers_with_the_same_initializer_get_different_numbers():
    network = model.build_network(STACK, SHAPE, 7)
    first, second = network.layers[0].kernel, network.layers[1].kernel
    assert first.shape == second.shape
    assert not np.isclose(first, second).any()


def test_two_kernels_of_one_layer_get_different_numbers():
    layer = SeparableConv(filters=1, kernel_size=1, depth_multiplier=1)
    depthwise, pointwise, _ = model.build_network([layer], (3, 3, 1), 7).get_weights()
    assert depthwise.shape == pointwise.shape == (1, 1, 1, 1)
    assert depthwise != pointwise


def test_layers_are_named_by_kind_and_row():
    stack = (Conv(filters=1, padding=1, activation="elu"), Flatten(), Dense(units=2))
    names = [layer.name for layer in model.build_network(stack, SHAPE, 0).layers]
    assert names == ["conv_1_pad", "conv_1", "conv_1_activation", "flatten_2", "dense_3"]


ONES = np.ones((2, 4, 4, 32), np.float32)


def draw_output(layer, root, epoch, before=0):
    """What a random layer makes of ones in the first call of an epoch, `before` calls after
    another epoch began."""
    network = model.build_network([layer], ONES.shape[1:], root)
    model.set_epoch_seeds(network, root, 99)
    for _ in range(before):
        network(ONES, training=True)
    model.set_epoch_seeds(network, root, epoch)
    return network(ONES, training=True).numpy()


@pytest.mark.parametrize(
    "layer",
    [
        Dropout(rate=0.5),
        SpatialDropout(rate=0.5),
        AlphaDropout(rate=0.5),
        GaussianNoise(stddev=1.0),
    ],
    ids=lambda layer: layer.kind,
)
def test_what_is_random_depends_on_seed_layer_and_epoch_alone(layer):
    assert np.array_equal(draw_output(layer, 1, 2), draw_output(layer, 1, 2, before=3))
    assert not np.array_equal(draw_output(layer, 1, 2), draw_output(layer, 1, 3))
    assert not np.array_equal(draw_output(layer, 1, 2), draw_output(layer, 2, 2))


def test_two_dropouts_of_one_network_have_different_masks():
    network = model.build_network([Dropout(rate=0.5), Dropout(rate=0.5)], (1000,), 1)
    model.set_epoch_seeds(network, 1, 1)
    masks = [layer(np.ones((1, 1000), np.float32), training=True) for layer in network.layers]
    assert not np.array_equal(*masks)


def test_nothing_is_random_outside_of_training():
    network = model.build_network([Dropout(rate=0.5), GaussianNoise(stddev=1.0)], (10,), 1)
    ones = np.ones((1, 10), np.float32)
    assert np.array_equal(network(ones), ones)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_in_mixed_precision_weights_and_outputs_are_float32(precision):
    network = model.build_network(STACK, SHAPE, 1, precision)
    assert {weight.dtype for weight in network.weights} == {"float32"}
    outputs = network(np.ones((3, *SHAPE), np.float32))
    assert outputs.dtype == "float32"
    assert network.layers[0].compute_dtype == precision.removeprefix("mixed_")
    assert network.layers[-1].compute_dtype == "float32"
    assert outputs.numpy().sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-6)


def test_softmax_after_global_pooling_and_as_a_layer_is_float32_too():
    stack = (Flatten(), Dense(units=3), ActivationLayer(function="softmax"))
    network = model.build_network(stack, SHAPE, 1, "mixed_bfloat16")
    kinds = [layer.compute_dtype for layer in network.layers]
    assert kinds == ["bfloat16", "bfloat16", "float32"]


@pytest.mark.parametrize(
    "layer",
    [
        Conv(filters=4, groups=2),
        Conv(filters=4, groups=2, strides=2, padding="same"),
        Conv(filters=2, dilation_rate=2),
        Conv(filters=2, dilation_rate=(1, 2), padding="same"),
        Conv(filters=2, padding=2, strides=(2, 1)),
        DepthwiseConv(strides=2),
        DepthwiseConv(dilation_rate=2, depth_multiplier=2),
        SeparableConv(filters=3, padding=1),
        SeparableConv(filters=3, dilation_rate=2),
        AvgPool(padding=1),
        MaxPool(padding="same"),
        GroupNorm(groups=2),
        PRelu(shared_axes=(1, 2), alpha_initializer={"constant": 0.25}),
        Upsample(interpolation="bilinear"),
        Resize(size=6),
    ],
    ids=lambda layer: f"{layer.kind} {layer.model_dump(exclude_defaults=True)}",
)
def test_a_layer_takes_a_training_step_on_a_cpu(layer):
    network = model.build_network([Conv(filters=4), layer, Flatten(), Dense(units=2)], (9, 8, 2), 1)
    network.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    before = network.get_weights()
    random = np.random.default_rng(0)
    images = random.normal(size=(4, 9, 8, 2)).astype(np.float32)
    assert np.isfinite(network.train_on_batch(images, np.eye(2)[[0, 1, 0, 1]]))
    kernels = [
        (old, new) for old, new in zip(before, network.get_weights(), strict=True) if old.any()
    ]
    assert [old.shape for old, new in kernels if np.array_equal(old, new)] == []


@pytest.mark.parametrize(("cls", "reduce"), [(MaxPool, np.max), (AvgPool, np.mean)])
@pytest.mark.parametrize(("size", "stride", "padding"), [(2, 2, 1), (3, 1, 2), (3, 2, 1)])
def test_a_pool_with_padding_in_numbers_pools_over_zeros(cls, reduce, size, stride, padding):
    images = np.random.default_rng(0).normal(size=(2, 6, 5, 3)).astype(np.float32) - 2
    layer = cls(pool_size=size, strides=stride, padding=padding)
    found = model.build_network([layer], (6, 5, 3), 0)(images).numpy()
    sides = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(images, sides), (size, size), (1, 2))
    expected = reduce(windows[:, ::stride, ::stride], axis=(-2, -1))
    assert np.allclose(found, expected, atol=1e-6)
