"""The messages for layers that contradict each other or the data."""

from __future__ import annotations

import pytest

SHAPES = {
    "a forgotten flatten": (
        "- conv: 4\n- dense: {units: 10, activation: softmax}",
        """\
exp.yaml:3:3: model[1].dense: the network ends in 26 × 26 × 10, but the data has 10 classes
     3 | - dense: {units: 10, activation: softmax}
           ^
       expected: one number per class: a vector of 10
       put `- flatten` before layer 2, the first `dense`

1 fault""",
    ),
    "no head": (
        "- conv: 4\n- max_pool: 2",
        """\
exp.yaml:3:3: model[1].max_pool: the network ends in 13 × 13 × 4, but the data has 10 classes
     3 | - max_pool: 2
           ^
       expected: one number per class: a vector of 10
       end with `- flatten` and `- dense: {units: 10, activation: softmax}`

1 fault""",
    ),
    "a kernel too large": (
        "- max_pool: 2\n- conv: {filters: 4, kernel_size: 15}",
        """\
exp.yaml:3:3: model[1].conv: layer 2 gets 14 × 14 × 1: the height 14 is too small for a window \
of 15: ⌊(14 − 15 + 2·0)/1⌋ + 1 = 0
     3 | - conv: {filters: 4, kernel_size: 15}
           ^
       expected: an output of at least 1 × 1
       use a smaller kernel, `padding: same`, or fewer pools and strides before this layer

1 fault""",
    ),
    "a convolution after flatten": (
        "- flatten\n- conv: 3",
        """\
exp.yaml:3:3: model[1].conv: layer 2 gets a vector of 784: `conv` reads feature maps, but its \
input is a vector of 784 numbers
     3 | - conv: 3
           ^
       expected: an input of (height, width, channels)
       put this layer before `flatten` or global pooling

1 fault""",
    ),
    "groups that do not divide": (
        "- conv: 6\n- conv: {filters: 8, groups: 4}",
        """\
exp.yaml:3:3: model[1].conv: layer 2 gets 26 × 26 × 6: 6 input channels cannot be split \
into 4 equal groups
     3 | - conv: {filters: 8, groups: 4}
           ^
       expected: a number of groups that divides 6
       change `groups`, or `filters` of this layer or an earlier layer

1 fault""",
    ),
    "strides with dilation": (
        "- conv: {filters: 4, strides: 2, dilation_rate: 2}",
        """\
exp.yaml:2:3: model[0].conv: layer 1 gets 28 × 28 × 1: strides and dilation_rate are both over 1, \
which Keras does not compute
     2 | - conv: {filters: 4, strides: 2, dilation_rate: 2}
           ^
       expected: one of these fields with the value 1
       remove `strides` or `dilation_rate`, or add a pool after the convolution

1 fault""",
    ),
    "strides that differ": (
        "- depthwise_conv: {kernel_size: 3, strides: [2, 1]}",
        """\
exp.yaml:2:3: model[0].depthwise_conv: layer 1 gets 28 × 28 × 1: the strides 2 and 1 differ, \
and TensorFlow computes a depthwise_conv with different strides only on some processors
     2 | - depthwise_conv: {kernel_size: 3, strides: [2, 1]}
           ^
       expected: the same stride for height and width
       write `strides: 1`, or add a pool after the convolution

1 fault""",
    ),
    "a wrong last activation": (
        "- flatten\n- dense: {units: 10, activation: relu}",
        """\
exp.yaml:3:3: model[1].dense: the network ends in `relu`, which cross-entropy cannot read
     3 | - dense: {units: 10, activation: relu}
           ^
       expected: softmax, or no activation (logits)
       write `activation: softmax` in the last layer

1 fault""",
    ),
    "too few outputs": (
        "- flatten\n- dense: 7",
        """\
exp.yaml:3:3: model[1].dense: the network ends in a vector of 7, but the data has 10 classes
     3 | - dense: 7
           ^
       expected: one number per class: a vector of 10
       end with `- dense: {units: 10, activation: softmax}`

1 fault""",
    ),
    "a softmax over something else than the classes": (  # 1 · (28 − 24 + 1) · 2 = 10
        "- conv: {filters: 2, kernel_size: [28, 24], activation: softmax}\n- flatten",
        """\
exp.yaml:2:3: model[0].conv: this softmax is over 2 channels, but the data has 10 classes: \
the outputs would not add up to 1
     2 | - conv: {filters: 2, kernel_size: [28, 24], activation: softmax}
           ^
       expected: a softmax over 10 numbers
       put `- activation: softmax` after the last layer, and remove this softmax

1 fault""",
    ),
    "too many parameters": (  # 784 · 65,536 + 65,536 = 51,445,760
        "- flatten\n- dense: 65536",
        """\
exp.yaml:3:3: model[1].dense: the network has 51,445,760 parameters up to this layer
     3 | - dense: 65536
           ^
       expected: at most 50,000,000
       use fewer units or filters, or pool before `flatten`

1 fault""",
    ),
}


@pytest.mark.parametrize(("layers", "text"), SHAPES.values(), ids=SHAPES.keys())
def test_a_shape_fault_names_layer_line_shape_arithmetic_and_remedy(read_faults, layers, text):
    assert read_faults(f"model:\n{layers}\n") == text
