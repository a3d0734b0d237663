"""The lines of the layers in the text of a config."""

from cnnlab.spec.config_lines import read_layer_lines

TEXT = """\
blocks:
  conv_bn:
    parameters: {filters: required}
    layers:
      - conv: {filters: $filters}
      - batch_norm
model:
  - conv_bn: 4
  - residual:
      - conv:
          filters: 4
      - activation: relu
  - parallel: [[], [flatten, dense: 3]]
  - repeat: {times: 2, layers: [max_pool: 2]}
"""


def test_layers_in_blocks_groups_and_lists_have_their_own_lines():
    find_line = read_layer_lines(TEXT)
    lines = {
        ("model", 0, "block"): 8,
        ("model", 0, "block", "layers", 0, "conv"): 5,
        ("model", 0, "block", "layers", 1, "batch_norm"): 6,
        ("model", 1, "residual"): 9,
        ("model", 1, "residual", "layers", 0, "conv"): 10,
        ("model", 1, "residual", "layers", 1, "activation"): 12,
        ("model", 1, "residual", "shortcut"): 9,
        ("model", 2, "parallel", "branches", 1, 0, "flatten"): 13,
        ("model", 2, "parallel", "branches", 1, 1, "dense"): 13,
        ("model", 3, "repeat", "layers", 0, "max_pool"): 14,
    }
    assert {location: find_line(location) for location in lines} == lines


def test_a_layer_that_the_text_does_not_have_has_no_line():
    find_line = read_layer_lines(TEXT)
    assert find_line(("model", 1, "dense")) is None
    assert find_line(("model", 7, "flatten")) is None
    assert read_layer_lines("model: [")(("model", 0, "flatten")) is None
    assert read_layer_lines("a text")(("model", 0, "flatten")) is None
