"""Grad-CAM, compared with arithmetic on networks written by hand."""

import numpy as np
import pytest
from network_builders import open_network

from cnnlab.explain.grad_cam import compute_grad_cam, stretch_evidence
from cnnlab.explain.layers_with_maps import choose_grad_cam_layer, find_layer, list_map_layers
from cnnlab.spec.convolutions_and_pools import Conv, MaxPool
from cnnlab.spec.layer_groups import Parallel, Residual
from cnnlab.spec.layers import ActivationLayer, Dense, Flatten, GlobalAvgPool

IMAGE = np.array([[[1], [2]], [[3], [4]]], np.uint8)
# Two maps, x and 2x; 8 numbers in a row: pixel by pixel, x then 2x.
CONV = Conv(filters=2, kernel_size=1)
WEIGHTS = [[[[[1, 2]]]]]
# Class a has slopes whose means are 0.5 and −1, class b 1 and 0.25.
SLOPES = np.array(
    [[2, 1], [-1, 1], [0, 1], [-1, 0], [0, 1], [-3, 0], [0, 1], [1, 0]], dtype=np.float32
)


def map_label(label, end):
    stack = (CONV, Flatten(), *end)
    network = open_network(stack, IMAGE.shape, {"conv_1": WEIGHTS, "dense_3": [SLOPES, [100, 200]]})
    return compute_grad_cam(network, choose_grad_cam_layer(network.spec), IMAGE, label)


ENDS = {
    "softmax": (Dense(units=2, activation="softmax"),),
    "a softmax of its own": (Dense(units=2), ActivationLayer(function="softmax")),
    "logits": (Dense(units=2),),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_maps_are_weighted_by_their_mean_slopes(end):
    answer = map_label(1, end)
    assert answer.weights.tolist() == [1, 0.25]
    # 1 · x + 0.25 · 2x = 1.5 x
    assert answer.evidence.tolist() == [[1.5, 3], [4.5, 6]]
    assert (answer.layer, answer.label, answer.positive) == ("conv_1", 1, True)
    # x and 2x at the four pixels: (1 + 2) + 2 + 3 + 4, and the bias
    assert answer.logit == 3 + 2 + 3 + 4 + 200


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_class_without_positive_evidence_is_reported(end):
    answer = map_label(0, end)
    assert answer.weights.tolist() == [0.5, -1]
    # 0.5 · x − 1 · 2x = −1.5 x
    assert answer.evidence.tolist() == [[0, 0], [0, 0]]
    assert not answer.positive


def test_slopes_are_those_of_the_logits_where_a_softmax_has_none():
    """With logits 100 apart, the softmax is exactly 1 and 0, and its slope is 0."""
    network = open_network(
        (CONV, Flatten(), *ENDS["softmax"]),
        IMAGE.shape,
        {"conv_1": WEIGHTS, "dense_3": [SLOPES, [100, 200]]},
    )
    probabilities = network.model(network.probabilities)(network.scale(IMAGE[np.newaxis]))
    assert np.asarray(probabilities).tolist() == [[0, 1]]
    assert map_label(1, ENDS["softmax"]).weights.any()


def test_a_layer_can_be_named_and_relu_s_zeros_count():
    stack = (
        *(Conv(filters=1, kernel_size=1, activation="relu"), MaxPool()),
        *(Flatten(), Dense(units=2)),
    )
    weights = {"conv_1": [[[[[1]]]], [-2]], "dense_4": [[[3, -3]]]}
    network = open_network(stack, IMAGE.shape, weights)
    conv, pool = list_map_layers(network.spec)
    # relu(x − 2) is 0, 0, 1, 2; the pool passes the last on, so that one of four slopes is 3.
    answer = compute_grad_cam(network, conv, IMAGE, 0)
    assert answer.weights.tolist() == [0.75]
    assert answer.evidence.tolist() == [[0, 0], [0.75, 1.5]]
    assert compute_grad_cam(network, pool, IMAGE, 0).evidence.tolist() == [[6]]
    assert not compute_grad_cam(network, pool, IMAGE, 1).positive


def test_a_merge_sees_both_branches_and_a_branch_only_itself():
    stack = (
        Residual(layers=(Conv(filters=1, kernel_size=1),)),
        GlobalAvgPool(),
        Dense(units=2, activation="softmax"),
    )
    network = open_network(stack, IMAGE.shape, {"conv_1": [[[[[9]]]]], "dense_3": [[[8, -8]]]})
    there = list_map_layers(network.spec)
    # The mean of four pixels, 8 times: each has a slope of 2. The merge has 9x + x, the branch 9x.
    assert (
        compute_grad_cam(network, find_layer(there, "add_1"), IMAGE, 0).evidence[1, 1] == 2 * 10 * 4
    )
    assert compute_grad_cam(network, find_layer(there, "1"), IMAGE, 0).evidence[1, 1] == 2 * 9 * 4
    assert choose_grad_cam_layer(network.spec).name == "add_1"


def test_a_convolution_that_makes_the_classes_is_its_own_evidence():
    """The softmax comes before the mean: without it, class b has the mean of its map, −x."""
    stack = (Conv(filters=2, kernel_size=1, activation="softmax"), GlobalAvgPool())
    network = open_network(stack, IMAGE.shape, {"conv_1": [[[[[1, -1]]]]]})
    one, other = (
        compute_grad_cam(network, choose_grad_cam_layer(network.spec), IMAGE, label)
        for label in (0, 1)
    )
    assert one.weights.tolist() == [0.25, 0]
    assert one.evidence.tolist() == [[0.25, 0.5], [0.75, 1]]
    assert not other.positive
    assert (one.logit, other.logit) == (2.5, -2.5)


def test_for_a_mean_of_softmaxes_the_mean_of_the_logits_is_used():
    end = (GlobalAvgPool(), Dense(units=2, activation="softmax"))
    stack = (
        Conv(filters=1, kernel_size=1),
        Parallel(branches=(end, end), merge="average"),
    )
    weights = {"conv_1": [[[[[1]]]]], "dense_3": [[[8, 0]]], "dense_5": [[[16, 0]]]}
    network = open_network(stack, IMAGE.shape, weights)
    answer = compute_grad_cam(network, list_map_layers(network.spec)[0], IMAGE, 0)
    assert answer.logit == (8 + 16) / 2 * 2.5
    assert answer.weights.tolist() == [3]  # (8 + 16) / 2 over four pixels


def test_a_layer_that_does_not_reach_the_class_has_no_evidence():
    stack = (CONV, Flatten(), Dense(units=2))
    network = open_network(stack, IMAGE.shape, {"conv_1": WEIGHTS})
    answer = compute_grad_cam(network, list_map_layers(network.spec)[0], IMAGE, 0)
    assert (answer.positive, answer.weights.tolist()) == (False, [0, 0])


def test_numbers_of_16_bits_become_32():
    stack = (CONV, Flatten(), Dense(units=2, activation="softmax"))
    weights = {"conv_1": WEIGHTS, "dense_3": [SLOPES]}
    network = open_network(stack, IMAGE.shape, weights, precision="mixed_bfloat16")
    answer = compute_grad_cam(network, choose_grad_cam_layer(network.spec), IMAGE, 1)
    assert answer.evidence.dtype == answer.weights.dtype == np.float32
    assert answer.evidence.tolist() == [[1.5, 3], [4.5, 6]]


def test_evidence_is_stretched_over_the_image():
    evidence = np.array([[0, 4]], np.float32)
    # Pixels of the image lie at −0.25, 0.25, 0.75 and 1.25 of the maps' columns.
    assert stretch_evidence(evidence, np.zeros((2, 4, 3))).tolist() == [[0, 1, 3, 4]] * 2
