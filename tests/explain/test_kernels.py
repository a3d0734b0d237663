"""Kernels are the arrays of their layer, and their figures equal NumPy's."""

import numpy as np
import pytest
from network_builders import open_network

from cnnlab.explain.kernels import compute_statistics, read_kernels
from cnnlab.explain.layers_with_maps import list_convolutions
from cnnlab.spec.convolutions_and_pools import Conv, DepthwiseConv, SeparableConv
from cnnlab.spec.layer_groups import Residual
from cnnlab.spec.layers import Flatten


def test_kernels_are_those_of_the_layer():
    stack = (
        Residual(layers=(Conv(filters=2, kernel_size=(1, 2), padding="same", groups=3),)),
        DepthwiseConv(kernel_size=2, depth_multiplier=4),
        SeparableConv(filters=5, kernel_size=3, padding="same", depth_multiplier=2),
        Flatten(),
    )
    stack = (Conv(filters=6, kernel_size=1), *stack[1:])
    network = open_network(stack, (4, 4, 3))
    shapes = {}
    for stage in list_convolutions(network.spec):
        found = read_kernels(network, stage)
        shapes[stage.name] = found.shape
        assert np.array_equal(found, network.network.get_layer(stage.name).get_weights()[0])
    assert shapes == {
        "conv_1": (1, 1, 3, 6),
        "depthwise_conv_2": (2, 2, 6, 4),
        "separable_conv_3": (3, 3, 24, 2),
    }


def test_kernels_in_a_branch_and_of_16_bits_are_float32():
    stack = (Residual(layers=(Conv(filters=3, kernel_size=1),)), Flatten())
    network = open_network(stack, (4, 4, 1), precision="mixed_bfloat16")
    found = {stage.name: read_kernels(network, stage) for stage in list_convolutions(network.spec)}
    assert list(found) == ["conv_1", "conv_2"]  # the second is the shortcut
    assert all(one.dtype == np.float32 for one in found.values())


def test_statistics_are_those_of_all_weights():
    weights = np.array([1, 2, 3, 6], np.float32).reshape(2, 2, 1, 1)
    assert compute_statistics(weights).to_dict() == {
        "weights": 4,
        "mean": 3.0,
        "standard_deviation": pytest.approx(np.sqrt((4 + 1 + 0 + 9) / 4)),
        "minimum": 1.0,
        "maximum": 6.0,
    }
