"""Random layers, and the comparison of a stack's table with the Keras model of it."""

import re

import keras
import numpy as np
from hypothesis import strategies as st

from cnnlab import model
from cnnlab.spec.convolutions_and_pools import AvgPool, Conv, DepthwiseConv, MaxPool, SeparableConv
from cnnlab.spec.experiment import DatasetInfo, Experiment
from cnnlab.spec.layer_groups import Block, Parallel, Repeat, Residual
from cnnlab.spec.layer_interface import ShapeFault
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.layers import (
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

MERGES = tuple(
    getattr(keras.layers, name)
    for name in ("Add", "Average", "Concatenate", "Multiply", "Subtract", "Maximum", "Minimum")
)


def numbers(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


def row_number(name):
    """The row of the table that a Keras layer belongs to: 3 for conv_3, conv_3_pad, …"""
    return int(re.fullmatch(r"[a-z_]+_(\d+)(_pad|_activation)?", name)[1])


def compare(stack, image):
    """Compare every row and the totals of the table with the Keras model, and return the model."""
    found = build_table(
        Experiment(name="parity", model=stack), DatasetInfo(image, ("a", "b"), 10, 10)
    )
    network = model.build_network(stack, image, root_seed=1)
    merges = [layer for layer in network.layers if isinstance(layer, MERGES)]
    assert isinstance(network, keras.Sequential) == (not merges)
    parts = {row.number: [] for row in found.rows if row.number}
    for layer in network.layers:
        if layer not in merges and not isinstance(layer, keras.layers.InputLayer):
            parts[row_number(layer.name)].append(layer)
    for row in (row for row in found.rows if row.number):
        assert parts[row.number][-1].output.shape == (None, *row.output), row
        assert sum(part.count_params() for part in parts[row.number]) == row.parameters, row
    heads = [row.output for row in found.rows if row.kind.startswith(("residual", "parallel"))]
    assert sorted(heads) == sorted(layer.output.shape[1:] for layer in merges)
    assert network.count_params() == found.parameters
    assert numbers(network.trainable_weights) == found.trainable
    assert numbers(network.non_trainable_weights) == found.non_trainable
    return network


def output_shape(network, image):
    """The shape that the network computes."""
    return network(np.zeros((1, *image), np.float32)).shape[1:]


def one_or_two(low, high):
    number = st.integers(low, high)
    return number | st.tuples(number, number)


mostly_1 = st.sampled_from([1, 1, 1, 2, 3, (1, 2), (2, 1)])
paddings = st.sampled_from(["same", "valid"]) | st.integers(0, 3)
words = st.sampled_from(["linear", "relu", "gelu", "tanh", "leaky_relu", "elu"])
window = {"padding": paddings, "activation": words, "use_bias": st.booleans()}
moves = {"strides": mostly_1, "dilation_rate": mostly_1}
equal_moves = moves | {"strides": st.sampled_from([1, 1, 1, 2, 3])}
filters = st.integers(1, 6)
yes_or_no = {"center": st.booleans(), "scale": st.booleans()}
pool = {
    "pool_size": one_or_two(1, 4),
    "strides": st.none() | one_or_two(1, 3),
    "padding": paddings,
}
interpolations = st.sampled_from(["nearest", "bilinear"])
side = st.integers(0, 3)
sides = one_or_two(0, 3) | st.tuples(st.tuples(side, side), st.tuples(side, side))
kernel = {"kernel_size": one_or_two(1, 5)}
layers = st.one_of(
    st.builds(
        Conv, filters=filters, groups=st.sampled_from([1, 1, 2, 3]), **kernel, **window, **moves
    ),
    st.builds(DepthwiseConv, depth_multiplier=st.integers(1, 3), **kernel, **window, **equal_moves),
    st.builds(
        SeparableConv,
        filters=filters,
        depth_multiplier=st.integers(1, 3),
        **kernel,
        **window,
        **equal_moves,
    ),
    st.builds(MaxPool, **pool),
    st.builds(AvgPool, **pool),
    st.builds(ZeroPad, padding=sides),
    st.builds(Crop, cropping=sides),
    st.builds(
        Upsample, size=one_or_two(1, 2), interpolation=st.sampled_from(["nearest", "bilinear"])
    ),
    st.builds(Resize, size=one_or_two(1, 9)),
    st.builds(Reshape, target_shape=st.sampled_from([(6, 6, 1), (4, 3, 3), (36,), (1, 1, 36)])),
    st.builds(GroupNorm, groups=st.integers(1, 3), **yes_or_no),
    st.builds(PRelu, shared_axes=st.sampled_from([(), (1,), (1, 2), (3,)])),
    st.builds(Rescale, scale=st.sampled_from([2.0, (1.0, 2.0, 3.0)]), offset=st.just(-1.0)),
    st.builds(AlphaDropout, rate=st.just(0.5)),
    st.just(UnitNorm()),
    st.builds(Dense, units=filters, activation=words, use_bias=st.booleans()),
    st.builds(BatchNorm, **yes_or_no),
    st.builds(LayerNorm, **yes_or_no),
    st.builds(ActivationLayer, function=words),
    st.builds(Dropout, rate=st.just(0.5)),
    st.builds(SpatialDropout, rate=st.just(0.5)),
    st.builds(GaussianNoise, stddev=st.just(0.1)),
    st.sampled_from([Flatten(), GlobalAvgPool(), GlobalMaxPool()]),
)


def kept_or_left(draw, drawn, shape):
    """The layers that fit each other, and the shape after them."""
    kept = []
    for layer in drawn:
        try:
            shape = layer.output_shape(shape)
        except ShapeFault:
            continue
        kept.append(layer)
    return tuple(kept), shape


@st.composite
def groups(draw, shape, depth):
    """A group on an input of `shape`, with groups inside up to `depth`; it may not fit."""
    inner, output = draw(rows(shape, depth))
    match draw(st.sampled_from(["residual", "parallel", "repeat", "block"])):
        case "residual" if inner:
            return Residual(layers=inner, shortcut=draw(st.sampled_from(["auto", "conv"])))
        case "repeat" if inner:
            return Repeat(times=draw(st.integers(1, 3)), layers=inner)
        case "block" if inner:
            return Block(name="own", layers=inner)
    merge = draw(st.sampled_from(["concatenate", "add", "average", "multiply", "subtract"]))
    other = draw(st.sampled_from([(), inner]))
    if len(shape) == 3 and len(output) == 3 and draw(st.booleans()):
        strides = (-(-shape[0] // output[0]), -(-shape[1] // output[1]))
        other = (Conv(filters=output[2], kernel_size=3, padding="same", strides=strides),)
    return Parallel(branches=(inner, other), merge=merge)


@st.composite
def rows(draw, shape, depth):
    """Up to three layers or groups that fit each other, and the shape after them."""
    drawn, start = [], shape
    for _ in range(draw(st.integers(0, 3))):
        nest = depth and draw(st.integers(0, 2)) == 0
        [*fits], shape = kept_or_left(
            draw, [draw(groups(shape, depth - 1)) if nest else draw(layers)], shape
        )
        drawn += fits
    return kept_or_left(draw, drawn, start)


@st.composite
def nested_stacks(draw):
    """An image's shape and a stack that begins with a group and has others in it and after it."""
    image = draw(st.tuples(st.integers(3, 12), st.integers(3, 12), st.integers(1, 4)))
    first, shape = kept_or_left(draw, [draw(groups(image, 3))], image)
    more, _ = draw(rows(shape, 2))
    return image, (*first, *more)
