"""Where feature maps are taken: at Keras's layers, after the activations that follow them."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from network_builders import spec_of
from random_stacks import layers

from cnnlab import model
from cnnlab.errors import UsageError
from cnnlab.explain.layers_with_maps import (
    choose_grad_cam_layer,
    find_layer,
    find_output_softmaxes,
    list_convolutions,
    list_map_layers,
)
from cnnlab.spec.convolutions_and_pools import AvgPool, Conv, DepthwiseConv, MaxPool, SeparableConv
from cnnlab.spec.layer_groups import Block, LayerMisfit, Parallel, Repeat, Residual
from cnnlab.spec.layers import (
    ActivationLayer,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    ZeroPad,
)

IMAGE = (9, 8, 4)
RELU = ActivationLayer(function="relu")
SAME = {"filters": 4, "kernel_size": 3, "padding": "same"}
INNER = (Conv(**SAME), BatchNorm(), RELU, Conv(**SAME), BatchNorm())
HEAD = (Flatten(), Dense(units=2, activation="softmax"))


def list_shown(*stack):
    """(name, shown, rectified) of each stage."""
    return [(one.name, one.shown, one.rectified) for one in list_map_layers(spec_of(stack, IMAGE))]


def test_a_convolution_is_seen_after_its_activation():
    assert list_shown(
        Conv(**SAME, activation="relu"),
        Conv(**SAME, activation="leaky_relu"),
        Conv(**SAME, activation="tanh"),
        Conv(**SAME),
        BatchNorm(),
        Dropout(rate=0.1),
        RELU,
        Conv(**SAME),
        ActivationLayer(function="sigmoid"),
        Conv(**SAME),
    ) == [
        ("conv_1", "conv_1", True),
        ("conv_2", "conv_2_activation", True),
        ("conv_3", "conv_3", False),
        ("conv_4", "activation_7", True),
        ("conv_8", "activation_9", False),
        ("conv_10", "conv_10", False),
    ]


def test_a_pool_is_as_rectified_as_what_it_reads():
    assert list_shown(
        Conv(**SAME, activation="relu"), MaxPool(), ZeroPad(), AvgPool(), BatchNorm(), MaxPool()
    ) == [
        ("conv_1", "conv_1", True),
        ("max_pool_2", "max_pool_2", True),
        ("avg_pool_4", "avg_pool_4", True),
        ("max_pool_6", "max_pool_6", False),
    ]
    assert list_shown(Conv(**SAME), MaxPool(), RELU)[1] == ("max_pool_2", "activation_3", True)


def test_a_convolution_is_not_seen_after_the_activation_of_the_next():
    assert list_shown(Conv(**SAME), SeparableConv(**SAME), RELU)[0] == ("conv_1", "conv_1", False)
    assert list_shown(Conv(**SAME), MaxPool(), RELU)[0] == ("conv_1", "conv_1", False)


def test_blocks_and_repeats_are_rows_of_layers():
    block = Block(name="own", layers=(Conv(**SAME), BatchNorm()))
    assert list_shown(Repeat(times=2, layers=(block, RELU)), HEAD[0]) == [
        ("conv_1", "activation_3", True),
        ("conv_4", "activation_6", True),
    ]


def test_a_merge_is_listed_after_the_layers_of_its_branches():
    one = Residual(layers=(*INNER, Residual(layers=INNER)))
    assert [name for name, _, _ in list_shown(one, RELU)] == [
        *("conv_1", "conv_4", "conv_6", "conv_9"),
        *("add_1", "add_2"),
    ]
    assert list_shown(one, RELU)[-1] == ("add_2", "activation_11", True)


def test_a_merge_is_rectified_if_all_that_it_merges_is():
    conv = Conv(**SAME, activation="relu")
    both = Parallel(branches=((), (conv,)))
    assert list_shown(conv, both)[-1] == ("concatenate_1", "concatenate_1", True)
    assert list_shown(both)[-1] == ("concatenate_1", "concatenate_1", False)  # the image is not


def groups():
    inner = st.lists(layers, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Residual, layers=inner),
        st.builds(Parallel, branches=st.tuples(inner, inner)),
        st.builds(Repeat, times=st.just(2), layers=inner),
        st.builds(Residual, layers=st.tuples(st.builds(Residual, layers=inner))),
    )


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(layers | groups(), min_size=1, max_size=4))
def test_every_stage_is_a_layer_of_the_network_with_that_shape(stack):
    spec = spec_of(tuple(stack), IMAGE)
    try:
        found = list_map_layers(spec)
    except LayerMisfit:
        assume(False)
    network = model.build_network(spec.experiment.model, IMAGE, root_seed=1)
    for stage in found:
        for name in (stage.name, stage.shown):
            assert network.get_layer(name).output.shape == (None, *stage.shape)
    assert len({stage.name for stage in found}) == len(found)


def test_grad_cam_looks_at_the_last_convolution_or_merge_outside_branches():
    def choose_layer(*stack):
        return choose_grad_cam_layer(spec_of(stack, IMAGE)).name

    conv = Conv(**SAME, activation="relu")
    assert choose_layer(conv, MaxPool(), conv, MaxPool(), *HEAD) == "conv_3"
    assert (
        choose_layer(conv, Residual(layers=(*INNER, Conv(filters=5, padding="same"))), *HEAD)
        == "add_1"
    )
    assert choose_layer(Parallel(branches=((conv, Flatten()), (Flatten(),))), *HEAD[1:]) == "conv_1"
    # 9 × 8 → 1 × 1: no places to tell apart
    assert choose_layer(conv, Conv(filters=2, kernel_size=(9, 8)), Flatten()) == "conv_1"
    assert choose_layer(Conv(filters=2, kernel_size=(9, 8)), Flatten()) == "conv_1"


def test_a_layer_is_named_by_its_name_or_its_number():
    there = list_convolutions(spec_of((DepthwiseConv(), MaxPool(), Conv(**SAME), *HEAD), IMAGE))
    assert [stage.name for stage in there] == ["depthwise_conv_1", "conv_3"]
    assert find_layer(there, "conv_3") is find_layer(there, "3") is there[1]
    for word, hint in (("2", ""), ("conv3", "; did you mean `conv_3`?"), ("None", "")):
        with pytest.raises(UsageError) as caught:
            find_layer(there, word)
        told = f"--layer {word}: no such layer here; expected depthwise_conv_1, conv_3{hint}"
        assert str(caught.value) == told


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (HEAD, {"dense_2"}),
        ((Flatten(), Dense(units=2)), set()),
        ((*HEAD[:1], Dense(units=2), ActivationLayer(function="softmax")), {"activation_3"}),
        ((Conv(filters=2, activation="softmax"), GlobalAvgPool(), Dropout(rate=0.1)), {"conv_1"}),
        ((Block(name="head", layers=HEAD),), {"dense_2"}),
        ((Parallel(branches=(HEAD, HEAD), merge="average"),), {"dense_2", "dense_4"}),
    ],
)
def test_the_softmax_of_the_outputs_is_found(stack, expected):
    assert find_output_softmaxes(spec_of(stack, IMAGE)) == expected
