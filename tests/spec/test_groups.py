"""Groups of layers: their expansion, their rows in the table, and what is refused."""

from __future__ import annotations

import pytest

from cnnlab.run_folder import format_spec, parse_spec
from cnnlab.spec.experiment import Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.layer_groups import unroll
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.summary_text import format_summary

END = "  - flatten\n  - dense: 10\n"
NESTED = """\
name: nested
data: {batch_size: 2}
model:
  - repeat:
      times: 2
      layers:
        - residual:
            - conv: {filters: 4, kernel_size: 3, strides: 2, padding: same, activation: relu}
  - parallel: [[], [conv: {filters: 2, kernel_size: 1}]]
  - global_avg_pool
  - dense: {units: 10, activation: softmax}
training: {optimizer: sgd}
"""


@pytest.fixture
def rows(parse):
    def rows(text: str):
        config = parse(text)
        return build_table(config.experiment, config.info).rows

    return rows


def test_groups_are_unrolled_to_numbered_layers(parse):
    units = unroll(parse(NESTED).experiment.model, (28, 28, 1))
    leaves = [leaf for unit in units for leaf in unit.leaves()]
    assert [(leaf.number, leaf.layer.kind, leaf.output) for leaf in leaves] == [
        (1, "conv", (14, 14, 4)),  # ⌈28 / 2⌉
        (2, "conv", (14, 14, 4)),  # the shortcut: 1 × 1, stride 2
        (3, "conv", (7, 7, 4)),
        (4, "conv", (7, 7, 4)),
        (5, "conv", (7, 7, 2)),
        (6, "global_avg_pool", (6,)),  # 4 + 2
        (7, "dense", (10,)),
    ]


def test_a_layer_knows_its_place_in_the_config(parse):
    units = unroll(parse(NESTED).experiment.model, (28, 28, 1))
    places = [leaf.location for unit in units for leaf in unit.leaves()]
    above = ("model", 0, "repeat", "layers", 0, "residual")
    assert places[:3] == [
        (*above, "layers", 0, "conv"),
        (*above, "shortcut"),
        (*above, "layers", 0, "conv"),
    ]
    assert places[4] == ("model", 1, "parallel", "branches", 1, 0, "conv")


def test_the_table_shows_groups_with_their_totals(parse):
    config = parse(NESTED)
    text = format_summary(
        build_table(config.experiment, config.info), config.experiment, config.info
    )
    assert text == NESTED_TABLE


NESTED_TABLE = """\
nested: mnist, 28 × 28 × 1, 10 classes, 60,000 training images, 10,000 test images

#  layer                  input    output   parameters  multiply-adds  receptive
────────────────────────────────────────────────────────────────────────────────
   repeat × 2             28×28×1  7×7×4           216         15,680        7×7
     residual             28×28×1  14×14×4          48          7,840        3×3
       output of the layers + a convolution of the input
1      conv               28×28×1  14×14×4          40          7,056        3×3
         kernel 3 × 3, stride 2, padding same: ⌊(28 − 3 + 0 + 1)/2⌋ + 1 = 14
         parameters: 3·3·1·4 + 4 = 40
       shortcut           28×28×1  14×14×4           8            784        1×1
2        conv             28×28×1  14×14×4           8            784        1×1
           kernel 1 × 1, stride 2, padding valid: ⌊(28 − 1 + 2·0)/2⌋ + 1 = 14
           parameters: 1·1·1·4 + 4 = 8
     residual             14×14×4  7×7×4           168          7,840        7×7
       output of the layers + a convolution of the input
3      conv               14×14×4  7×7×4           148          7,056        7×7
         kernel 3 × 3, stride 2, padding same: ⌊(14 − 3 + 0 + 1)/2⌋ + 1 = 7
         parameters: 3·3·4·4 + 4 = 148
       shortcut           14×14×4  7×7×4            20            784        3×3
4        conv             14×14×4  7×7×4            20            784        3×3
           kernel 1 × 1, stride 2, padding valid: ⌊(14 − 1 + 2·0)/2⌋ + 1 = 7
           parameters: 1·1·4·4 + 4 = 20
   parallel, concatenate  7×7×4    7×7×6            10            392        7×7
     4 + 2 = 6 channels
     branch 1             7×7×4    7×7×4             0              0        7×7
       the unchanged input
     branch 2             7×7×4    7×7×2            10            392        7×7
5      conv               7×7×4    7×7×2            10            392        7×7
         kernel 1 × 1, stride 1, padding valid: ⌊(7 − 1 + 2·0)/1⌋ + 1 = 7
         parameters: 1·1·4·2 + 2 = 10
6  global_avg_pool        7×7×6    6                 0              0      28×28
7  dense                  6        10               70             60      28×28
     parameters: 6·10 + 10 = 70

parameters     296
multiply-adds  16,132 for one image
memory         32.3 KiB for the maps of a batch of 2 (computed, not measured)
               2.3 KiB for weights, gradients and the arrays of sgd
outputs        probabilities (softmax)
"""


def test_memory_counts_what_merges(parse):
    # 784 + 784 + 784 + 784 of the image, two convolutions and their sum, 196 + 196 + 196 of the
    # next, 98 + 294 of branch and concatenation, 6, 10: 4,132 numbers, 2 images, 4 bytes
    config = parse(NESTED)
    assert build_table(config.experiment, config.info).activation_bytes == 33_056


def test_a_shortcut_that_fits_is_the_input(rows):
    same = "model:\n  - residual: [conv: {filters: 1, padding: same}]\n" + END
    assert [row.kind for row in rows(same)] == ["residual", "conv", "flatten", "dense"]
    assert rows(same)[0].arithmetic == "output of the layers + the input"


def test_a_shortcut_can_be_a_convolution_all_the_same(rows):
    group = "residual: {layers: [conv: {filters: 1, padding: same}], shortcut: conv}"
    found = rows(f"model:\n  - {group}\n{END}")
    assert [row.kind for row in found][:4] == ["residual", "conv", "shortcut", "conv"]


def test_the_widest_branch_decides_the_receptive_field(rows):
    text = (
        "model:\n"
        "  - parallel:\n"
        "      - [conv: {filters: 1, kernel_size: 5, padding: same}]\n"
        "      - [conv: {filters: 1, kernel_size: [1, 9], padding: same}]\n"
        "  - conv: {filters: 1, kernel_size: 3}\n" + END
    )
    fields = [row.receptive_field for row in rows(text) if row.depth == 0]
    assert fields[:2] == [(5, 9), (7, 11)]


def test_groups_are_read_from_json_as_they_were_written(parse):
    inputs = Inputs(
        image_shape=(28, 28, 1),
        class_names=tuple("0123456789"),
        mean=(0.0,),
        deviation=(255.0,),
        fingerprint="00",
    )
    spec = Spec(experiment=parse(NESTED).experiment, inputs=inputs)
    assert parse_spec(format_spec(spec).encode(), "spec.json") == spec


REFUSED = {
    "residual: [conv: 3]": """\
exp.yaml:2:5: model[0].residual: `residual` gets 28 × 28 × 1: the layers of the residual \
turn 28 × 28 × 1 into 26 × 26 × 3, which no 1 × 1 convolution can do
     2 |   - residual: [conv: 3]
             ^
       expected: layers that keep height and width, or divide height and width by strides
       write `padding: same` in the layers of the residual

1 fault""",
    "residual: {layers: [conv: {filters: 3, padding: same}], shortcut: identity}": """\
exp.yaml:2:5: model[0].residual: `residual` gets 28 × 28 × 1: the layers of the residual \
turn 28 × 28 × 1 into 28 × 28 × 3, so that the input cannot be added to the output
     2 |   - residual: {layers: [conv: {filters: 3, padding: same}], shortcut: identity}
             ^
       expected: layers that keep the shape
       write `shortcut: auto`, which puts a 1 × 1 convolution on the input

1 fault""",
    "residual: [flatten, dense: 3]": """\
exp.yaml:2:5: model[0].residual: `residual` gets 28 × 28 × 1: the layers of the residual \
turn 28 × 28 × 1 into a vector of 3, but a 1 × 1 convolution needs maps
     2 |   - residual: [flatten, dense: 3]
             ^
       expected: layers that keep the shape of a vector, or turn maps into maps
       put the residual before `flatten`, or end it in a vector as long as its input

1 fault""",
    "parallel: [[], [max_pool: 2]]": """\
exp.yaml:2:5: model[0].parallel: `parallel` gets 28 × 28 × 1: the branches end in 28 × 28 × 1 and \
14 × 14 × 1, which `concatenate` cannot merge
     2 |   - parallel: [[], [max_pool: 2]]
             ^
       expected: the same height and width in all branches
       write `padding: same` and the same strides in every branch

1 fault""",
    "parallel: {branches: [[], [conv: {filters: 2, kernel_size: 1}]], merge: add}": """\
exp.yaml:2:5: model[0].parallel: `parallel` gets 28 × 28 × 1: the branches end in 28 × 28 × 1 and \
28 × 28 × 2, which `add` cannot merge
     2 |   - parallel: {branches: [[], [conv: {filters: 2, kernel_size: 1}]], merge: add}
             ^
       expected: the same height, width and channels in all branches
       write `padding: same` and the same strides in every branch

1 fault""",
    "parallel: {branches: [[], [global_avg_pool, dense: 3], [dense: 2]], merge: multiply}": """\
exp.yaml:2:5: model[0].parallel: `parallel` gets 28 × 28 × 1: the branches end in 28 × 28 × 3 and \
28 × 28 × 2, which `multiply` cannot merge
     2 |   - parallel: {branches: [[], [global_avg_pool, dense: 3], [dense: 2]], merge: multiply}
             ^
       expected: equal shapes, or 1 in place of a height, a width or a number of channels
       end a branch of factors with `dense` and as many units as the maps have channels

1 fault""",
    "parallel: {branches: [[], [], []], merge: subtract}": """\
exp.yaml:2:5: model[0].parallel: `parallel` gets 28 × 28 × 1: `subtract` gets 3 branches
     2 |   - parallel: {branches: [[], [], []], merge: subtract}
             ^
       expected: two branches: the second one is subtracted from the first one
       write `merge: add`, or put two parallels one after the other

1 fault""",
    "parallel: [[flatten]]": """\
exp.yaml:2:15: model[0].parallel.branches: the list has length 1
     2 |   - parallel: [[flatten]]
                       ^
       expected: at least 2 entries

1 fault""",
    "repeat: {times: 3, layers: [max_pool: 2, conv: {filters: 2, kernel_size: 5}]}": """\
exp.yaml:2:33: model[0].repeat.layers[0].max_pool: layer 5 gets 1 × 1 × 2: the height 1 is too \
small for a window of 2: ⌊(1 − 2 + 2·0)/2⌋ + 1 = 0
     2 |   - repeat: {times: 3, layers: [max_pool: 2, conv: {filters: 2, kernel_size: 5}]}
                                         ^
       expected: an output of at least 1 × 1
       use a smaller kernel, `padding: same`, or fewer pools and strides before this layer

1 fault""",
    "repeat: {layers: []}": """\
exp.yaml:2:5: model[0].repeat.times: `times` is missing
     2 |   - repeat: {layers: []}
             ^
       expected: a whole number from 1 to 500 (how many times the layers come in a row)

exp.yaml:2:22: model[0].repeat.layers: the list is empty
     2 |   - repeat: {layers: []}
                              ^
       expected: at least one entry

2 faults""",
    "repeat: 3": """\
exp.yaml:2:5: model[0].repeat: `repeat` takes no value
     2 |   - repeat: 3
             ^
       expected: a mapping with times, layers

1 fault""",
    "repeat: {times: 500, layers: [repeat: {times: 500, layers: [activation: relu]}]}": """\
exp.yaml:1:1: model: the network has 250,503 layers, with all repeats and groups counted
     1 | model:
         ^
       expected: at most 500

1 fault""",
}


@pytest.mark.parametrize("layer", REFUSED)
def test_an_invalid_group_gets_this_message(read_faults, layer):
    assert read_faults(f"model:\n  - {layer}\n{END}") == REFUSED[layer]


def nest_groups(depth: int) -> str:
    return "{repeat: {times: 1, layers: [" * depth + "flatten" + "]}}" * depth


def test_groups_nest_8_deep_and_no_deeper(parse, read_faults):
    assert parse(f"model:\n  - {nest_groups(8)}\n{END}").experiment.name == "exp"
    assert read_faults(f"model:\n  - {nest_groups(9)}\n{END}").splitlines()[0] == (
        "exp.yaml:2:6: model[0].repeat: groups of layers are nested 9 deep"
    )


def test_a_fault_in_a_group_keeps_its_place(read_faults):
    text = "model:\n  - parallel: [[], [residual: [conv: {filtrs: 3}]]]\n" + END
    assert read_faults(text).splitlines()[0] == (
        "exp.yaml:2:39: model[0].parallel.branches[1][0].residual.layers[0].conv.filtrs: "
        "unknown key `filtrs`"
    )
