"""Layers that change the size of maps or scale numbers: their table, and faults of their fields."""

from __future__ import annotations

import pytest

from cnnlab.spec.layer_table import build_table
from cnnlab.spec.summary_text import format_summary

END = "  - flatten\n  - dense: {units: 10, activation: softmax}\n"
SIZES = f"""\
model:
  - rescale: {{scale: 2, offset: -1}}
  - resize: [20, 24]
  - zero_pad: [[0, 1], [0, 1]]
  - crop: [[1, 0], 2]
  - prelu: [1, 2]
  - up_sample: [2, 1]
  - parallel:
      branches: [[], [global_avg_pool, dense: {{units: 1, activation: sigmoid}}]]
      merge: multiply
  - group_norm: 1
  - reshape: [20, 42, 1]
{END}"""


def test_the_table_shows_the_arithmetic_of_sizes(parse):
    config = parse(SIZES)
    table = build_table(config.experiment, config.info)
    text = format_summary(table, config.experiment, config.info)
    rows = text[text.index(" #") : text.index("\nparameters ")]
    assert rows == TABLE


TABLE = """\
 #  layer                input    output   parameters  multiply-adds  receptive
───────────────────────────────────────────────────────────────────────────────
 1  rescale              28×28×1  28×28×1           0              0        1×1
 2  resize               28×28×1  20×24×1           0              0        2×2
 3  zero_pad             20×24×1  21×25×1           0              0        2×2
      20 + 0 + 1 = 21, 24 + 0 + 1 = 25
 4  crop                 21×25×1  20×21×1           0              0        2×2
      21 − 1 − 0 = 20, 25 − 2·2 = 21
 5  prelu                20×21×1  20×21×1           1              0        2×2
      parameters: 1·1·1 = 1
 6  up_sample            20×21×1  40×21×1           0              0        2×2
      20·2 = 40, 21·1 = 21
    parallel, multiply   40×21×1  40×21×1           2              1      28×26
      40 × 21 × 1 times a vector of 1
      branch 1           40×21×1  40×21×1           0              0        2×2
        the unchanged input
      branch 2           40×21×1  1                 2              1      28×26
 7      global_avg_pool  40×21×1  1                 0              0      28×26
 8      dense            1        1                 2              1      28×26
          parameters: 1·1 + 1 = 2
 9  group_norm           40×21×1  40×21×1           2              0      28×26
      parameters: 2·1 = 2
10  reshape              40×21×1  20×42×1           0              0      28×28
      40·21·1 = 20·42·1
11  flatten              20×42×1  840               0              0      28×28
      20·42·1 = 840
12  dense                840      10            8,410          8,400      28×28
      parameters: 840·10 + 10 = 8,410
"""


def first_fault(read_faults, layer):
    lines = read_faults(f"model:\n  - {layer}\n{END}").split("\n")
    assert lines[-1] == "1 fault"
    return [lines[0].removeprefix("exp.yaml:2:"), *(line.strip() for line in lines[3:-2])]


FAULTS = {
    "zero_pad: -1": [
        "15: model[0].zero_pad.padding: -1 does not fit",
        "expected: a whole number from 0 to 1,024, [height, width], or [[top, bottom], "
        "[left, right]] (zeros on each side)",
    ],
    "zero_pad: [1, [2, -3]]": [
        "23: model[0].zero_pad.padding[1][1]: -3 does not fit",
        "expected: a whole number from 0 to 1,024, [height, width], or [[top, bottom], "
        "[left, right]] (zeros on each side)",
    ],
    "zero_pad: [1, 2, 3]": [
        "15: model[0].zero_pad.padding: a list does not fit",
        "expected: a whole number from 0 to 1,024, [height, width], or [[top, bottom], "
        "[left, right]] (zeros on each side)",
    ],
    "crop: wide": [
        "11: model[0].crop.cropping: the text `wide` does not fit",
        "expected: a whole number from 0 to 1,024, [height, width], or [[top, bottom], "
        "[left, right]] (rows and columns to remove on each side)",
    ],
    "rescale: [1, two]": [
        "18: model[0].rescale.scale[1]: the text `two` does not fit",
        "expected: a number from -1,000,000,000 to 1,000,000,000, or a list of such numbers "
        "(factor: one number, or a list with a number for each channel)",
    ],
    "rescale: []": [
        "14: model[0].rescale.scale: the list is empty",
        "expected: at least one entry",
    ],
    "up_sample: 0": [
        "16: model[0].up_sample.size: 0 does not fit",
        "expected: a whole number from 1 to 1,024, or two of them, [height, width] (factors "
        "on height and width: one number, or [height, width])",
    ],
    "reshape: 784": [
        "14: model[0].reshape.target_shape: 784 does not fit",
        "expected: a list ([height, width, channels], or [units] for a vector)",
    ],
    "reshape: [28, 28]": [
        "5: model[0].reshape: layer 1 gets 28 × 28 × 1: the target shape has 2 numbers",
        "expected: [height, width, channels], or [units] for a vector",
        "write `reshape: [28, 28, 1]`",
    ],
    "prelu: [4]": [
        "13: model[0].prelu.shared_axes[0]: 4 does not fit",
        "expected: a whole number from 1 to 3",
    ],
    "normalize": [
        "5: model[0].normalize: unknown kind `normalize`",
        "expected: one of conv, separable_conv, depthwise_conv, max_pool, avg_pool, "
        "global_avg_pool, global_max_pool, flatten, dense, dropout, spatial_dropout, "
        "alpha_dropout, batch_norm, layer_norm, group_norm, unit_norm, activation, prelu, "
        "zero_pad, crop, up_sample, resize, reshape, rescale, gaussian_noise, residual, "
        "parallel, repeat, block",
    ],
}


@pytest.mark.parametrize("layer", FAULTS)
def test_a_wrong_field_says_what_fits(read_faults, layer):
    assert first_fault(read_faults, layer) == FAULTS[layer]
