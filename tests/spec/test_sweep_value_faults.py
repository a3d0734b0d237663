"""Faults of the values and ranges of parameters in a sweep file, each with its whole text."""

from __future__ import annotations

import pytest
from sweep_builders import TOP, read_faults

FAULTS = {
    "an empty list": (
        TOP + "  model[0].conv.filters: []\n",
        """\
sweeps/kernels.yaml:5:26: parameters.model[0].conv.filters: the list is empty
     5 |   model[0].conv.filters: []
                                  ^
       expected: 2 to 200 different values

1 fault""",
    ),
    "one value": (
        TOP + "  model[0].conv.filters: [8]\n",
        """\
sweeps/kernels.yaml:5:26: parameters.model[0].conv.filters: the list has one value
     5 |   model[0].conv.filters: [8]
                                  ^
       expected: 2 to 200 different values
       a value that does not vary belongs in the config

1 fault""",
    ),
    "a single value": (
        TOP + "  model[0].conv.filters: 8\n",
        """\
sweeps/kernels.yaml:5:26: parameters.model[0].conv.filters: 8 is not a list or a range
     5 |   model[0].conv.filters: 8
                                  ^
       expected: a list of values, or a range such as {min: 1, max: 7}
       a value that does not vary belongs in the config

1 fault""",
    ),
    "no value": (
        TOP + "  model[0].conv.filters:\n",
        """\
sweeps/kernels.yaml:5:25: parameters.model[0].conv.filters: an empty value is not a list or a \
range
     5 |   model[0].conv.filters:
                                 ^
       expected: a list of values, or a range such as {min: 1, max: 7}

1 fault""",
    ),
    "the same value twice": (
        TOP + "  model[0].conv.filters: [8, 16, 8]\n",
        """\
sweeps/kernels.yaml:5:34: parameters.model[0].conv.filters: the value 8 occurs twice
     5 |   model[0].conv.filters: [8, 16, 8]
                                          ^
       expected: 2 to 200 different values

1 fault""",
    ),
    "too many values": (
        TOP + f"  model[0].conv.filters: {[*range(1, 202)]}\n",
        """\
sweeps/kernels.yaml:5:26: parameters.model[0].conv.filters: the list has 201 values
     5 |   model[0].conv.filters: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
18, 19, 20, 21,
                                  ^
       expected: 2 to 200 different values
       for numbers, write a range: {min: …, max: …}

1 fault""",
    ),
    "a value out of bounds": (
        TOP + "  model[0].conv.filters: [8, 0]\n",
        """\
sweeps/kernels.yaml:5:30: model[0].conv.filters: 0 does not fit
     5 |   model[0].conv.filters: [8, 0]
                                      ^
       expected: a whole number from 1 to 65,536 (number of kernels, one for each output \
channel)

1 fault""",
    ),
    "a value of the wrong type": (
        TOP + "  model[0].conv.activation: [relu, rellu]\n",
        """\
sweeps/kernels.yaml:5:3: model[0].conv.activation.rellu: unknown kind `rellu`
     5 |   model[0].conv.activation: [relu, rellu]
           ^
       expected: one of linear, relu, relu6, leaky_relu, elu, selu, gelu, silu, mish, sigmoid, \
hard_sigmoid, hard_silu, tanh, softplus, softsign, exponential, softmax
       did you mean `relu`?

1 fault""",
    ),
    "a list of layers in place of a layer": (
        TOP + "  model[5]: [{dropout: 0.2}, [flatten, flatten]]\n",
        """\
sweeps/kernels.yaml:5:30: parameters.model[5]: a list is not a layer
     5 |   model[5]: [{dropout: 0.2}, [flatten, flatten]]
                                      ^
       expected: a single layer
       write several layers as one: {repeat: {times: 1, layers: […]}}

1 fault""",
    ),
    "a range upside down": (
        TOP + "  model[0].conv.filters: {min: 8, max: 4}\n",
        """\
sweeps/kernels.yaml:5:40: parameters.model[0].conv.filters.max: `max` is 4, and `min` is 8
     5 |   model[0].conv.filters: {min: 8, max: 4}
                                                ^
       expected: a `max` over `min`

1 fault""",
    ),
    "a range without an end": (
        TOP + "  model[0].conv.filters: {min: 8}\n",
        """\
sweeps/kernels.yaml:5:3: parameters.model[0].conv.filters.max: `max` is missing
     5 |   model[0].conv.filters: {min: 8}
           ^
       expected: a whole number from -1,000,000,000 to 1,000,000,000 (the largest value)

1 fault""",
    ),
    "a range of texts": (
        TOP + "  model[0].conv.filters: {min: low, max: 8}\n",
        """\
sweeps/kernels.yaml:5:32: parameters.model[0].conv.filters.min: the text `low` does not fit
     5 |   model[0].conv.filters: {min: low, max: 8}
                                        ^
       expected: a number from -1,000,000,000 to 1,000,000,000 (the smallest value)

1 fault""",
    ),
    "a key that a range lacks": (
        TOP + "  model[0].conv.filters: {min: 1, max: 8, setp: 2}\n",
        """\
sweeps/kernels.yaml:5:43: parameters.model[0].conv.filters.setp: unknown key `setp`
     5 |   model[0].conv.filters: {min: 1, max: 8, setp: 2}
                                                   ^
       expected: one of min, max, step, scale
       did you mean `step`?

1 fault""",
    ),
    "values in a mapping": (
        TOP + "  model[0].conv.filters: {values: [1, 2]}\n",
        """\
sweeps/kernels.yaml:5:27: parameters.model[0].conv.filters.values: unknown key `values`
     5 |   model[0].conv.filters: {values: [1, 2]}
                                   ^
       expected: a list, or a range with min and max
       write the list of values itself, without a key: [8, 16, 32]

1 fault""",
    ),
    "a step that is too large": (
        TOP + "  model[0].conv.filters: {min: 1, max: 8, step: 9}\n",
        """\
sweeps/kernels.yaml:5:49: parameters.model[0].conv.filters.step: the step 9 is larger than the \
range from 1 to 8
     5 |   model[0].conv.filters: {min: 1, max: 8, step: 9}
                                                         ^
       expected: at most 7

1 fault""",
    ),
    "a step of zero": (
        TOP + "  model[0].conv.filters: {min: 1, max: 8, step: 0}\n",
        """\
sweeps/kernels.yaml:5:49: parameters.model[0].conv.filters.step: 0 does not fit
     5 |   model[0].conv.filters: {min: 1, max: 8, step: 0}
                                                         ^
       expected: a whole number from 1 to 1,000,000,000 (the distance of neighbouring values)

1 fault""",
    ),
    "a logarithm of zero": (
        TOP + "  training.optimizer.adam.learning_rate: {min: 0, max: 0.1, scale: log}\n",
        """\
sweeps/kernels.yaml:5:48: parameters.training.optimizer.adam.learning_rate.min: `scale: log` \
needs numbers over 0, and `min` is 0
     5 |   training.optimizer.adam.learning_rate: {min: 0, max: 0.1, scale: log}
                                                        ^
       expected: a number over 0

1 fault""",
    ),
    "a step on a logarithmic scale": (
        TOP + "  model[0].conv.filters: {min: 1, max: 8, step: 2, scale: log}\n",
        """\
sweeps/kernels.yaml:5:43: parameters.model[0].conv.filters.step: `step` and `scale: log` \
exclude each other
     5 |   model[0].conv.filters: {min: 1, max: 8, step: 2, scale: log}
                                                   ^
       expected: one of both
       leave out `step` or `scale`

1 fault""",
    ),
    "an unknown scale": (
        TOP + "  model[0].conv.filters: {min: 1, max: 8, scale: log10}\n",
        """\
sweeps/kernels.yaml:5:50: parameters.model[0].conv.filters.scale: the text `log10` is not a \
possible value
     5 |   model[0].conv.filters: {min: 1, max: 8, scale: log10}
                                                          ^
       expected: one of linear, log (log: each factor of ten is as likely as any other; for \
learning rates)
       did you mean `log`?

1 fault""",
    ),
    "a grid of any numbers": (
        """\
config: ../small.yaml
method: grid
trials: 2
parameters:
  training.optimizer.adam.learning_rate: {min: 0.001, max: 0.1}
""",
        """\
sweeps/kernels.yaml:5:3: parameters.training.optimizer.adam.learning_rate: a grid needs single \
values, and this range has any number of them
     5 |   training.optimizer.adam.learning_rate: {min: 0.001, max: 0.1}
           ^
       expected: a range with `step`, or a list
       write `method: tpe` or `method: random` to draw any number of the range

1 fault""",
    ),
    "a grid that is too large": (
        """\
config: ../small.yaml
method: grid
parameters:
  model[0].conv.filters: {min: 1, max: 2000}
""",
        """\
sweeps/kernels.yaml:3:1: parameters: the grid has 2,000 combinations
     3 | parameters:
         ^
       expected: at most 1,000
       write `method: tpe` or `method: random`, and the number of `trials`

1 fault""",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_place_and_what_was_expected(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = FAULTS[name]
    assert read_faults(text) == expected
