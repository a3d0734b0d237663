"""The user's own blocks: their expansion, and the messages for wrong ones."""

from __future__ import annotations

import pytest

from cnnlab.spec.layer_groups import unroll

BLOCKS = """\
blocks:
  conv_bn_relu:
    parameters: {filters: required, kernel_size: 3}
    layers:
      - conv: {filters: $filters, kernel_size: $kernel_size, padding: same}
      - batch_norm
      - activation: relu
  twice:
    parameters: {filters: 8}
    layers:
      - residual:
          - conv_bn_relu: $filters
          - conv_bn_relu: {filters: $filters, kernel_size: 5}
"""
END = "  - global_avg_pool\n  - dense: 10\n"
PLAIN = """\
model:
  - conv: {filters: 4, kernel_size: 3, padding: same}
  - batch_norm
  - activation: relu
"""


def test_a_block_is_its_layers_with_the_parameters_filled_in(parse):
    spec = parse(f"{BLOCKS}model:\n  - conv_bn_relu: 4\n{END}").experiment
    assert spec.model[0].name == "conv_bn_relu"
    assert spec.model[0].layers == parse(PLAIN + END).experiment.model[:3]


@pytest.mark.parametrize(
    ("use", "kernel"),
    [
        ("conv_bn_relu: {filters: 4}", (3, 3)),
        ("conv_bn_relu: {filters: 4, kernel_size: [1, 5]}", (1, 5)),
        ("repeat: {times: 2, layers: [conv_bn_relu: {kernel_size: 7, filters: 4}]}", (7, 7)),
    ],
)
def test_a_parameter_holds_any_value(parse, use, kernel):
    [leaf, *_] = unroll(parse(f"{BLOCKS}model:\n  - {use}\n{END}").experiment.model, (28, 28, 1))
    assert next(leaf.leaves()).layer.kernel_size == kernel


@pytest.mark.parametrize(
    "use", ["twice", "twice:", "twice: 8", "twice: {filters: 8}", "parallel: [[twice], [twice]]"]
)
def test_defaults_fill_what_a_use_leaves_out(parse, use):
    [unit, *_] = unroll(parse(f"{BLOCKS}model:\n  - {use}\n{END}").experiment.model, (28, 28, 1))
    assert next(unit.leaves()).layer.filters == 8


def test_blocks_may_use_blocks_written_after_them(parse):
    text = "blocks: {a: {layers: [b: 3]}, b: {parameters: {n: 1}, layers: [conv: $n]}}\n"
    assert parse(f"{text}model:\n  - a\n{END}").experiment.model[0].layers[0].name == "b"


def test_an_edit_reaches_into_a_block(parse):
    edit = "blocks.conv_bn_relu.parameters.kernel_size=1"
    spec = parse(f"{BLOCKS}model:\n  - conv_bn_relu: 4\n{END}", edit).experiment
    assert spec.model[0].layers[0].kernel_size == (1, 1)


def test_a_fault_in_a_block_points_at_its_line_and_at_those_that_used_it(read_faults):
    assert read_faults(f"{BLOCKS}model:\n  - twice: 7.5\n{END}") == (
        """\
exp.yaml:5:25: blocks.conv_bn_relu.layers[0].conv.filters: 7.5 does not fit
     5 |       - conv: {filters: $filters, kernel_size: $kernel_size, padding: same}
                                 ^
       used at exp.yaml:12:13
    12 |           - conv_bn_relu: $filters
                     ^
       used at exp.yaml:15:5
    15 |   - twice: 7.5
             ^
       expected: a whole number from 1 to 65,536 (number of kernels, one for each output channel)

1 fault"""
    )


def test_a_shape_fault_in_a_block_points_at_both_lines(read_faults):
    assert read_faults(
        f"{BLOCKS}model:\n  - global_avg_pool\n  - conv_bn_relu: 4\n  - dense: 10\n"
    ) == (
        """\
exp.yaml:5:9: blocks.conv_bn_relu.layers[0].conv: layer 2 gets a vector of 1: `conv` reads \
feature maps, but its input is a vector of 1 number
     5 |       - conv: {filters: $filters, kernel_size: $kernel_size, padding: same}
                 ^
       used at exp.yaml:16:5
    16 |   - conv_bn_relu: 4
             ^
       expected: an input of (height, width, channels)
       put this layer before `flatten` or global pooling

1 fault"""
    )


def test_a_fault_of_a_block_that_is_used_twice_is_reported_once(read_faults):
    text = "blocks: {a: {layers: [convv: 3]}}\nmodel: [a, a, a, flatten, dense: 10]\n"
    lines = read_faults(text).splitlines()
    assert lines[0] == "exp.yaml:1:23: blocks.a.layers[0].convv: unknown kind `convv`"
    assert lines[3] == "       used at exp.yaml:2:9"
    assert lines[-1] == "1 fault"


def test_an_unknown_kind_names_the_nearest_block(read_faults):
    assert read_faults(f"{BLOCKS}model:\n  - twise: 3\n{END}") == (
        """\
exp.yaml:15:5: model[0].twise: unknown kind `twise`
    15 |   - twise: 3
             ^
       expected: one of conv, separable_conv, depthwise_conv, max_pool, avg_pool, \
global_avg_pool, global_max_pool, flatten, dense, dropout, spatial_dropout, alpha_dropout, \
batch_norm, layer_norm, group_norm, unit_norm, activation, prelu, zero_pad, crop, up_sample, \
resize, reshape, rescale, gaussian_noise, residual, parallel, repeat, block, conv_bn_relu, twice
       did you mean `twice`?

1 fault"""
    )


USES = {
    "conv_bn_relu": """\
exp.yaml:15:5: model[0].conv_bn_relu: `filters` is missing; the block `conv_bn_relu` requires it
    15 |   - conv_bn_relu
             ^
       expected: a mapping with filters, kernel_size

1 fault""",
    "residual: [twice: {filtrs: 3, kernel: 3}]": """\
exp.yaml:15:24: model[0].residual.layers[0].twice.filtrs: unknown key `filtrs`
    15 |   - residual: [twice: {filtrs: 3, kernel: 3}]
                                ^
       expected: a mapping with filters
       did you mean `filters`?

exp.yaml:15:35: model[0].residual.layers[0].twice.kernel: unknown key `kernel`
    15 |   - residual: [twice: {filtrs: 3, kernel: 3}]
                                           ^
       expected: a mapping with filters

2 faults""",
}


@pytest.mark.parametrize("use", USES)
def test_a_wrong_use_gets_this_message(read_faults, use):
    assert read_faults(f"{BLOCKS}model:\n  - {use}\n{END}") == USES[use]


def test_a_block_without_parameters_takes_no_value(read_faults):
    text = "blocks: {a: {layers: [flatten]}}\nmodel: [a: 3, dense: 10]\n"
    assert read_faults(text) == (
        """\
exp.yaml:2:9: model[0].a: `a` takes no value
     2 | model: [a: 3, dense: 10]
                 ^
       expected: `a` alone

1 fault"""
    )


def test_all_faults_of_all_definitions_come_at_once(read_faults):
    text = """\
blocks:
  conv: {layers: [flatten]}
  a: {layers: [b]}
  b: {layers: [residual: [a]]}
  c: {parameter: {x: 1}, layers: [dense: $y]}
  d: {layers: []}
  e: {parameters: [x]}
  8x: 3
model: [conv: 3, a, b, c, d, e, flatten, dense: 10]
"""
    assert read_faults(text) == (
        """\
exp.yaml:2:3: blocks.conv: `conv` is already the name of a layer kind
     2 |   conv: {layers: [flatten]}
           ^
       expected: another name

exp.yaml:3:16: blocks.a.layers: the block `a` uses itself: `a` → `b` → `a`
     3 |   a: {layers: [b]}
                        ^
       expected: blocks that do not use themselves

exp.yaml:5:7: blocks.c.parameter: unknown key `parameter`
     5 |   c: {parameter: {x: 1}, layers: [dense: $y]}
               ^
       expected: one of parameters, layers
       did you mean `parameters`?

exp.yaml:5:42: blocks.c.layers: `$y` is not a parameter of the block `c`
     5 |   c: {parameter: {x: 1}, layers: [dense: $y]}
                                                  ^
       expected: a value, since the block has no parameters

exp.yaml:6:15: blocks.d.layers: `layers` is an empty list
     6 |   d: {layers: []}
                       ^
       expected: a list of layers

exp.yaml:7:3: blocks.e: `layers` is missing
     7 |   e: {parameters: [x]}
           ^
       expected: a list of layers

exp.yaml:7:19: blocks.e.parameters: a list is not a mapping of parameters
     7 |   e: {parameters: [x]}
                           ^
       expected: name: default, or name: required

exp.yaml:8:3: blocks.8x: `8x` cannot name a block
     8 |   8x: 3
           ^
       expected: a name of letters, digits and _ that starts with a letter

exp.yaml:8:7: blocks.8x: 3 is not a block
     8 |   8x: 3
               ^
       expected: a mapping with parameters, layers

9 faults"""
    )


@pytest.mark.parametrize("blocks", ["3", "[a]", "", "a"])
def test_blocks_are_a_mapping(read_faults, blocks):
    lines = read_faults(f"blocks: {blocks}\nmodel: [flatten, dense: 10]\n").splitlines()
    assert "blocks: " in lines[0]
    assert lines[0].endswith("is not a mapping of blocks")
    assert lines[-1] == "1 fault"


@pytest.mark.parametrize(
    "ring",
    ["a: {layers: [a]}", "a: {layers: [b]}, b: {layers: [parallel: [[c], []]]}, c: {layers: [a]}"],
)
def test_recursion_is_refused_whether_it_is_used_or_not(read_faults, ring):
    assert "the block `a` uses itself" in read_faults(
        f"blocks: {{{ring}}}\nmodel: [flatten, dense: 10]\n"
    )


def test_blocks_that_grow_without_end_are_refused(read_faults):
    names = [f"b{number}" for number in range(8)]
    blocks = "".join(
        f"  {name}: {{layers: [{', '.join([inner] * 9)}]}}\n"
        for name, inner in zip(names, [*names[1:], "flatten"], strict=True)
    )
    text = read_faults(f"blocks:\n{blocks}model: [b0, dense: 10]\n")
    assert "the blocks expand to more than 20,000 YAML values" in text
    assert text.endswith("\n1 fault")


def test_blocks_nest_8_deep_and_no_deeper(parse, read_faults):
    names = [f"b{number}" for number in range(9)]
    blocks = "".join(
        f"  {name}: {{layers: [{inner}]}}\n"
        for name, inner in zip(names, [*names[1:], "flatten"], strict=True)
    )
    assert parse(f"blocks:\n{blocks}model: [b1, dense: 10]\n").experiment.model[0].name == "b1"
    assert read_faults(f"blocks:\n{blocks}model: [b0, dense: 10]\n").splitlines()[0] == (
        "exp.yaml:9:17: blocks.b7.layers[0].b8: blocks are nested more than 8 deep"
    )
