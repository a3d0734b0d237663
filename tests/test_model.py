"""The table's arithmetic is Keras's own: shapes and counts of every kind and of random stacks."""

import re
from collections import Counter

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlab import model
from cnnlab.spec.convolutions import AvgPool, Conv, DepthwiseConv, MaxPool, SeparableConv
from cnnlab.spec.experiment import DatasetInfo, Experiment
from cnnlab.spec.layer import ShapeFault
from cnnlab.spec.layers import (
    LAYERS,
    ActivationLayer,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAvgPool,
    GlobalMaxPool,
    LayerNorm,
    SpatialDropout,
    ZeroPad,
)
from cnnlab.spec.table import table

IMAGE = (9, 8, 4)
PARITY = [
    *(Conv(filters=3, kernel_size=kernel) for kernel in (1, 2, 3, (1, 4), (5, 2))),
    *(Conv(filters=3, padding=padding, strides=2) for padding in ("same", "valid", 0, 1, 3)),
    *(Conv(filters=6, padding=padding, dilation_rate=(2, 3)) for padding in ("same", "valid", 2)),
    Conv(filters=2, kernel_size=1, strides=(3, 2)),
    Conv(filters=6, groups=2, use_bias=False),
    Conv(filters=4, groups=4, activation="leaky_relu", padding="same"),
    *(DepthwiseConv(kernel_size=kernel) for kernel in (1, 3, (2, 5))),
    *(DepthwiseConv(padding=padding, strides=3) for padding in ("same", "valid", 0, 2)),
    DepthwiseConv(depth_multiplier=3, use_bias=False, activation="relu"),
    DepthwiseConv(dilation_rate=2, padding="same", depth_multiplier=2),
    *(SeparableConv(filters=5, kernel_size=kernel) for kernel in (1, 3, (4, 2))),
    *(SeparableConv(filters=5, padding=padding, strides=2) for padding in ("same", "valid", 1)),
    SeparableConv(filters=7, depth_multiplier=2, use_bias=False),
    SeparableConv(filters=2, dilation_rate=(2, 1), activation={"elu": {"alpha": 0.5}}),
    *(MaxPool(pool_size=size) for size in (1, 2, 3, (9, 8), (1, 3))),
    *(MaxPool(padding=padding, strides=(2, 3)) for padding in ("same", "valid", 0, 1, 4)),
    *(AvgPool(pool_size=size) for size in (1, 2, 3, (9, 8), (3, 1))),
    *(AvgPool(pool_size=3, padding=padding, strides=1) for padding in ("same", "valid", 1)),
    GlobalAvgPool(),
    GlobalMaxPool(),
    Flatten(),
    *(Dense(units=units, use_bias=bias) for units in (1, 7) for bias in (True, False)),
    Dense(units=3, activation="softmax"),
    *(Dropout(rate=rate) for rate in (0.0, 0.5)),
    *(SpatialDropout(rate=rate) for rate in (0.0, 0.5)),
    *(BatchNorm(center=center, scale=scale) for center in (True, False) for scale in (True, False)),
    *(LayerNorm(center=center, scale=scale) for center in (True, False) for scale in (True, False)),
    *(ActivationLayer(function=word) for word in ("relu", "softmax", "leaky_relu", "elu")),
    *(ZeroPad(padding=padding) for padding in (0, 1, (2, 0))),
    *(GaussianNoise(stddev=stddev) for stddev in (0.0, 0.1)),
]


def short(layer):
    changed = layer.model_dump(exclude_defaults=True)
    return f"{layer.kind} {changed}" if changed else layer.kind


def numbers(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


def row_number(name):
    """The row of the table that a Keras layer belongs to: 3 for conv_3, conv_3_pad, …"""
    return int(re.fullmatch(r"[a-z_]+_(\d+)(_pad|_activation)?", name)[1])


def compare(stack, image):
    """Hold every row and the totals of the table to the Keras model, and return it."""
    found = table(Experiment(name="parity", model=stack), DatasetInfo(image, ("a", "b"), 10, 10))
    network = model.build(stack, image, root_seed=1)
    assert type(network) is keras.Sequential
    parts = {row.number: [] for row in found.rows}
    for layer in network.layers:
        parts[row_number(layer.name)].append(layer)
    for row in found.rows:
        assert parts[row.number][-1].output.shape == (None, *row.output), row
        assert sum(part.count_params() for part in parts[row.number]) == row.parameters, row
    assert network.count_params() == found.parameters
    assert numbers(network.trainable_weights) == found.trainable
    assert numbers(network.non_trainable_weights) == found.non_trainable
    return network


def output_shape(network, image):
    """The shape that the network really computes."""
    return network(np.zeros((1, *image), np.float32)).shape[1:]


def refused_by_keras(layer, shape):
    """Whether Keras or TensorFlow cannot make or run `layer` on an input of `shape`."""
    try:
        model.build([layer], shape, root_seed=1)(np.zeros((1, *shape), np.float32))
    except (ValueError, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
        return True
    return False


@pytest.mark.parametrize("layer", PARITY, ids=short)
def test_the_table_is_right_for_one_layer(layer):
    network = compare((layer,), IMAGE)
    assert output_shape(network, IMAGE) == layer.output_shape(IMAGE)


@pytest.mark.parametrize(
    "layer",
    [
        Dense(units=3),
        Flatten(),
        BatchNorm(),
        LayerNorm(),
        Dropout(rate=0.2),
        GaussianNoise(stddev=1),
    ],
    ids=short,
)
def test_the_table_is_right_for_a_layer_on_a_vector(layer):
    compare((Flatten(), layer), IMAGE)


def test_every_kind_has_a_parity_case_and_a_builder():
    assert {type(layer) for layer in PARITY} == set(LAYERS)
    unknown = model.keras_layers.dispatch(object)
    assert [cls for cls in LAYERS if model.keras_layers.dispatch(cls) is unknown] == []
    assert set(model.keras_layers.registry) == {object, *LAYERS}


def one_or_two(low, high):
    number = st.integers(low, high)
    return number | st.tuples(number, number)


mostly_1 = st.sampled_from([1, 1, 1, 2, 3, (1, 2), (2, 1)])
paddings = st.sampled_from(["same", "valid"]) | st.integers(0, 3)
words = st.sampled_from(["linear", "relu", "gelu", "tanh", "leaky_relu", "elu"])
window = {"padding": paddings, "activation": words, "use_bias": st.booleans()}
moves = {"strides": mostly_1, "dilation_rate": mostly_1}
filters = st.integers(1, 6)
yes_or_no = {"center": st.booleans(), "scale": st.booleans()}
pool = {
    "pool_size": one_or_two(1, 4),
    "strides": st.none() | one_or_two(1, 3),
    "padding": paddings,
}
kernel = {"kernel_size": one_or_two(1, 5)}
layers = st.one_of(
    st.builds(
        Conv, filters=filters, groups=st.sampled_from([1, 1, 2, 3]), **kernel, **window, **moves
    ),
    st.builds(DepthwiseConv, depth_multiplier=st.integers(1, 3), **kernel, **window, **moves),
    st.builds(
        SeparableConv,
        filters=filters,
        depth_multiplier=st.integers(1, 3),
        **kernel,
        **window,
        **moves,
    ),
    st.builds(MaxPool, **pool),
    st.builds(AvgPool, **pool),
    st.builds(ZeroPad, padding=one_or_two(0, 3)),
    st.builds(Dense, units=filters, activation=words, use_bias=st.booleans()),
    st.builds(BatchNorm, **yes_or_no),
    st.builds(LayerNorm, **yes_or_no),
    st.builds(ActivationLayer, function=words),
    st.builds(Dropout, rate=st.just(0.5)),
    st.builds(SpatialDropout, rate=st.just(0.5)),
    st.builds(GaussianNoise, stddev=st.just(0.1)),
    st.sampled_from([Flatten(), GlobalAvgPool(), GlobalMaxPool()]),
)


@st.composite
def stacks(draw):
    """An image's shape and up to six layers; a layer that does not fit ends the stack, or is left
    out, nine times in ten."""
    image = draw(st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 6)))
    stack, shape = [], image
    for layer in draw(st.lists(layers, min_size=1, max_size=6)):
        try:
            shape = layer.output_shape(shape)
        except ShapeFault:
            if draw(st.integers(0, 9)):
                continue
            return image, stack, shape, layer
        stack.append(layer)
    return image, stack, shape, None


def test_the_table_is_right_for_2000_random_stacks():
    seen = Counter()

    @settings(
        max_examples=2000,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(stacks())
    def hold(drawn):
        image, stack, shape, refused = drawn
        if sum(seen.values()) % 100 == 0:
            keras.backend.clear_session()
        if stack:
            network = compare(tuple(stack), image)
            if sum(seen.values()) % 5 == 0:  # to compute costs more than to build
                assert output_shape(network, image) == shape
        if refused is not None:
            assert refused_by_keras(refused, shape), (refused, shape)
        seen["refused" if refused else "valid" if stack else "empty"] += 1

    hold()
    assert seen["valid"] >= 1500
    assert seen["refused"] >= 50
