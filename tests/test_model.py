"""The table agrees with Keras: shapes and counts of every kind and of random stacks."""

from collections import Counter

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_stacks import compare, layers, output_shape

from cnnlab import model
from cnnlab.spec.convolutions_and_pools import AvgPool, Conv, DepthwiseConv, MaxPool, SeparableConv
from cnnlab.spec.layer_interface import ShapeFault
from cnnlab.spec.layers import (
    LAYERS,
    ActivationLayer,
    AlphaDropout,
    BatchNorm,
    Crop,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    LayerNorm,
    PRelu,
    Rescale,
    Reshape,
    Resize,
    SpatialDropout,
    UnitNorm,
    Upsample,
    ZeroPad,
)
from cnnlab.spec.normalization_layers import Normalize

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
    *(cls(keepdims=keep) for cls in (GlobalAvgPool, GlobalMaxPool) for keep in (True, False)),
    Flatten(),
    *(Dense(units=units, use_bias=bias) for units in (1, 7) for bias in (True, False)),
    Dense(units=3, activation="softmax"),
    *(Dropout(rate=rate) for rate in (0.0, 0.5)),
    *(SpatialDropout(rate=rate) for rate in (0.0, 0.5)),
    *(BatchNorm(center=center, scale=scale) for center in (True, False) for scale in (True, False)),
    *(LayerNorm(center=center, scale=scale) for center in (True, False) for scale in (True, False)),
    *(ActivationLayer(function=word) for word in ("relu", "softmax", "leaky_relu", "elu")),
    *(ZeroPad(padding=padding) for padding in (0, 1, (2, 0), ((0, 1), (2, 3)))),
    *(Crop(cropping=cropping) for cropping in (0, 1, (2, 0), ((0, 1), (2, 3)))),
    *(Upsample(size=size) for size in (1, 2, (1, 3))),
    *(Upsample(interpolation=word) for word in ("bilinear", "bicubic", "lanczos3", "lanczos5")),
    *(Resize(size=size) for size in (4, (12, 5))),
    Resize(size=5, interpolation="bicubic", antialias=True),
    *(Resize(size=6, **{f"{word}_to_aspect_ratio": True}) for word in ("crop", "pad")),
    *(Reshape(target_shape=shape) for shape in ((288,), (8, 9, 4), (1, 1, 288))),
    *(GroupNorm(groups=2, center=center, scale=not center) for center in (True, False)),
    GroupNorm(groups=4),
    UnitNorm(),
    *(PRelu(shared_axes=axes) for axes in ((), (1, 2), (3,), (1, 2, 3))),
    Rescale(scale=0.5, offset=-1.0),
    Rescale(scale=(1.0, 2.0, 3.0, 4.0), offset=(0.0, 0.0, 1.0, 1.0)),
    *(AlphaDropout(rate=rate) for rate in (0.0, 0.5)),
    *(GaussianNoise(stddev=stddev) for stddev in (0.0, 0.1)),
]


def describe_layer(layer):
    changed = layer.model_dump(exclude_defaults=True)
    return f"{layer.kind} {changed}" if changed else layer.kind


def refused_by_keras(layer, shape):
    """Whether Keras or TensorFlow cannot build or run `layer` on an input of `shape`."""
    try:
        made = model.build_layers(layer, model.LayerPlace(1, layer.kind, 1, "float32"))
        network = keras.Sequential([keras.Input(shape), *made])
        output = network(np.zeros((1, *shape), np.float32))
    except (ValueError, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
        return True
    # Numbers for three channels turn one channel into three in Keras; cnnlab refuses that.
    return isinstance(layer, Rescale) and output.shape[1:] != shape


@pytest.mark.parametrize("layer", PARITY, ids=describe_layer)
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
        AlphaDropout(rate=0.2),
        GroupNorm(groups=4),
        UnitNorm(),
        PRelu(),
        PRelu(shared_axes=(1,)),
        Rescale(scale=2.0),
        Reshape(target_shape=(2, 9, 16)),
    ],
    ids=describe_layer,
)
def test_the_table_is_right_for_a_layer_on_a_vector(layer):
    compare((Flatten(), layer), IMAGE)


def test_every_kind_has_a_parity_case_and_a_builder():
    assert {type(layer) for layer in PARITY} == set(LAYERS)
    unknown = model.build_layers.dispatch(object)
    assert [cls for cls in LAYERS if model.build_layers.dispatch(cls) is unknown] == []
    assert set(model.build_layers.registry) == {object, *LAYERS, Normalize}


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


@pytest.mark.slow
def test_the_table_is_right_for_random_stacks(stack_count):
    seen = Counter()

    @settings(
        max_examples=stack_count,
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
    assert seen["valid"] >= 0.75 * stack_count
    assert seen["refused"] >= 0.025 * stack_count
