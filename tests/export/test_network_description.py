"""The description of a network: nodes, groups, and the places of weights."""

import pytest
from page_engine import build, describe, make_spec, read_spec
from project_files import CONFIGS

from cnnlab.export.checkpoint_weights import collect_weights
from cnnlab.export.network_description import build_nodes
from cnnlab.spec.convolutions_and_pools import AvgPool, Conv, SeparableConv
from cnnlab.spec.experiment import DatasetInfo
from cnnlab.spec.layer_groups import Block, Parallel, Repeat, Residual
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.layers import BatchNorm, Dense, Flatten

SHAPE = (8, 8, 1)
STACK = (
    Conv(filters=2, padding="same", activation="relu"),
    Residual(layers=(Conv(filters=4, strides=2, padding="same"), BatchNorm())),
    Flatten(),
    Dense(units=2, activation="softmax"),
)


def test_a_residual_becomes_nodes_with_a_shortcut_and_a_merge():
    found = build_nodes(make_spec(STACK, SHAPE))
    assert [(node.id, node.name, node.inputs, node.groups) for node in found.nodes] == [
        (0, "images", (), ()),
        (1, "conv_1", (0,), ()),
        (2, "conv_2", (1,), (0,)),
        (3, "batch_norm_3", (2,), (0,)),
        (4, "conv_4", (1,), (0,)),
        (5, "add_1", (3, 4), (0,)),
        (6, "flatten_5", (5,), ()),
        (7, "dense_6", (6,), ()),
    ]
    [group] = found.groups
    assert (group.path, group.label, group.input) == ("model[1].residual", "residual", 1)
    assert (group.branches, group.merge) == (((2, 3), (4,)), 5)
    assert found.nodes[4].path == "model[1].residual.shortcut"


def test_a_node_has_the_figures_of_the_table_and_the_zeros_that_are_added():
    conv = describe(make_spec(STACK, SHAPE))["nodes"][2]
    # 'same' with stride 2 adds one row of zeros to 8 rows: ⌊(8 − 3 + 0 + 1)/2⌋ + 1 = 4.
    assert conv["padding"] == [[0, 1], [0, 1]]
    assert conv["arithmetic"] == "⌊(8 − 3 + 0 + 1)/2⌋ + 1 = 4"
    assert conv["receptive_field"] == [5, 5]
    assert (conv["parameters"], conv["parameters_arithmetic"]) == (76, "3·3·2·4 + 4")
    assert conv["multiply_adds"] == 4 * 4 * 3 * 3 * 2 * 4
    assert conv["fields"] == {
        "filters": 4,
        "kernel_size": [3, 3],
        "strides": [2, 2],
        "padding": "same",
        "dilation_rate": [1, 1],
        "activation": {"linear": {}},
        "use_bias": True,
        "groups": 1,
    }
    # The first convolution has 3·3·1·2 + 2 = 20 numbers.
    assert conv["weights"] == {
        "kernel": {"shape": [3, 3, 2, 4], "offset": 20, "length": 72},
        "bias": {"shape": [4], "offset": 92, "length": 4},
    }


def test_groups_inside_groups_are_named_from_the_outermost_one():
    inner = Parallel(branches=((), (Conv(filters=1, kernel_size=1),)))
    stack = (Block(name="twice", layers=(Repeat(times=2, layers=(inner,)),)), AvgPool(pool_size=3))
    found = build_nodes(make_spec(stack, SHAPE))
    assert [group.label for group in found.groups] == [
        "twice",
        "repeat × 2",
        "parallel, concatenate",
        "parallel, concatenate",
    ]
    assert [node.groups for node in found.nodes] == [(), *[(0, 1, 2)] * 2, *[(0, 1, 3)] * 2, ()]
    assert found.groups[2].branches == ((), (1,))
    assert found.nodes[-1].fields["strides"] == [3, 3]


def test_the_input_is_a_scale_and_an_offset_for_each_channel():
    inputs = describe(make_spec(STACK, (8, 8, 2)))["input"]
    # (pixel − mean) / deviation with the means 0, 20 and the deviations 100, 150
    assert inputs["scale"] == [1 / 100, 1 / 150]
    assert inputs["offset"] == [0, -20 / 150]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_weights_of_the_nodes_are_all_parameters_of_the_table(path):
    spec = read_spec(path)
    info = DatasetInfo(spec.inputs.image_shape, spec.inputs.class_names, 0, 0)
    assert build_nodes(spec).floats == build_table(spec.experiment, info).parameters


def test_the_weights_of_a_network_stand_at_their_places():
    network, spec = build((SeparableConv(filters=3), BatchNorm(), Flatten(), Dense(units=2)))
    nodes = build_nodes(spec)
    weights = collect_weights(network, nodes)
    place = nodes.nodes[2].weights["moving_variance"]
    found = weights[place.offset : place.offset + place.length]
    assert found.tolist() == network.layers[1].moving_variance.numpy().tolist()
    assert list(nodes.nodes[1].weights) == ["depthwise_kernel", "pointwise_kernel", "bias"]
