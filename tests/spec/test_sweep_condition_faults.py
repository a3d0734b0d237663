"""Faults of the conditions of a sweep file, each with its whole text."""

from __future__ import annotations

import pytest
from sweep_builders import BASE, read_faults

FAULTS = {
    "a condition with an unknown path": (
        BASE + 'where: ["model[0].conv.filtrs < 9"]\n',
        """\
sweeps/kernels.yaml:6:9: where[0]: the config has no setting `model[0].conv.filtrs`
     6 | where: ["model[0].conv.filtrs < 9"]
                 ^
       expected: a setting of the config with a number or a text
       did you mean `filters`?

1 fault""",
    ),
    "a condition about a list": (
        BASE + 'where: ["training.metrics == 9"]\n',
        """\
sweeps/kernels.yaml:6:9: where[0]: `training.metrics` is not a number or a text
     6 | where: ["training.metrics == 9"]
                 ^
       expected: a setting of the config with a number or a text

1 fault""",
    ),
    "a malformed condition": (
        BASE + 'where: ["model[0].conv.filters = 8"]\n',
        """\
sweeps/kernels.yaml:6:9: where[0]: `model[0].conv.filters = 8` is not a condition
     6 | where: ["model[0].conv.filters = 8"]
                 ^
       expected: a comparison of two settings, or of a setting and a value, by one of <=, >=, \
==, !=, <, >
       write `==` for equal values

1 fault""",
    ),
    "a condition without a setting": (
        BASE + 'where: ["3 < 4"]\n',
        """\
sweeps/kernels.yaml:6:9: where[0]: `3 < 4` names no setting
     6 | where: ["3 < 4"]
                 ^
       expected: a comparison of two settings, or of a setting and a value
       for example `model[0].conv.filters <= model[2].conv.filters`

1 fault""",
    ),
    "two conditions in one": (
        BASE + 'where: ["model[0].conv.filters < 9 and training.epochs < 9"]\n',
        """\
sweeps/kernels.yaml:6:9: where[0]: `model[0].conv.filters < 9 and training.epochs < 9` is not a \
condition
     6 | where: ["model[0].conv.filters < 9 and training.epochs < 9"]
                 ^
       expected: one comparison
       write several conditions as entries of the list; a trial meets all of them

1 fault""",
    ),
    "a condition with two signs": (
        BASE + 'where: ["1 < model[0].conv.filters < 9"]\n',
        """\
sweeps/kernels.yaml:6:9: where[0]: `1 < model[0].conv.filters < 9` is not a condition
     6 | where: ["1 < model[0].conv.filters < 9"]
                 ^
       expected: one comparison
       write several conditions as entries of the list; a trial meets all of them

1 fault""",
    ),
    "a text and a number": (
        BASE + 'where: ["model[0].conv.filters == relu"]\n',
        """\
sweeps/kernels.yaml:6:9: where[0]: `model[0].conv.filters == relu` compares a number with a text
     6 | where: ["model[0].conv.filters == relu"]
                 ^
       expected: values of the same type

1 fault""",
    ),
    "an order of texts": (
        BASE + 'where: ["model[0].conv.activation < tanh"]\n',
        """\
sweeps/kernels.yaml:6:9: where[0]: `model[0].conv.activation < tanh` orders values that are not \
numbers
     6 | where: ["model[0].conv.activation < tanh"]
                 ^
       expected: `==` or `!=` for texts

1 fault""",
    ),
    "a condition that is no text": (
        BASE + "where: [3]\n",
        """\
sweeps/kernels.yaml:6:9: where[0]: 3 does not fit
     6 | where: [3]
                 ^
       expected: a text
       a text that looks like a number needs quotes: "3"

1 fault""",
    ),
    "conditions in a text": (
        BASE + 'where: "model[0].conv.filters < 9"\n',
        """\
sweeps/kernels.yaml:6:8: where: the text `model[0].conv.filters < 9` does not fit
     6 | where: "model[0].conv.filters < 9"
                ^
       expected: a list (conditions that the values of every trial meet)

1 fault""",
    ),
    "conditions that exclude everything": (
        BASE + 'where: ["model[0].conv.filters > 16"]\n',
        """\
sweeps/kernels.yaml:6:8: where: none of the 2 combinations meets all conditions
     6 | where: ["model[0].conv.filters > 16"]
                ^
       expected: conditions that some combinations meet

1 fault""",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_place_and_what_was_expected(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = FAULTS[name]
    assert read_faults(text) == expected
