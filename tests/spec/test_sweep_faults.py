"""Faults of a whole sweep file: its YAML, its keys, its config; each with its whole text."""

from __future__ import annotations

from pathlib import Path

import pytest
from sweep_builders import BASE, CONFIG, TOP, read_faults, read_text

from cnnlab.errors import ConfigError

FAULTS = {
    "an unknown key": (
        BASE + "trails: 3\n",
        """\
sweeps/kernels.yaml:6:1: trails: unknown key `trails`
     6 | trails: 3
         ^
       expected: one of name, config, method, metric, at_least, trials, seed, parameters, \
where, early_terminate, confirm
       did you mean `trials`?

1 fault""",
    ),
    "a key twice": (
        BASE + "method: grid\n",
        """\
sweeps/kernels.yaml:6:1: method: the key `method` occurs twice, first on line 2
     6 | method: grid
         ^
       expected: each key once

1 fault""",
    ),
    "a list in place of a mapping": (
        """\
- config""",
        """\
sweeps/kernels.yaml:1:1: a list is not a sweep
     1 | - config
         ^
       expected: a mapping with name, config, method, metric, at_least, trials, seed, \
parameters, where, early_terminate, confirm

1 fault""",
    ),
    "no parameters": (
        """\
config: ../small.yaml
method: random
trials: 2
""",
        """\
sweeps/kernels.yaml:1:1: parameters: `parameters` is missing
     1 | config: ../small.yaml
         ^
       expected: a mapping from paths to lists of values or ranges (the settings that vary, by \
their paths as in --set, and their values)

1 fault""",
    ),
    "an empty mapping of parameters": (
        """\
config: ../small.yaml
method: random
trials: 2
parameters: {}
""",
        """\
sweeps/kernels.yaml:4:13: parameters: the sweep has no parameters
     4 | parameters: {}
                     ^
       expected: a path as in --set, and a list of values or a range
       for example `model[0].conv.filters: [8, 16, 32]`

1 fault""",
    ),
    "a list of parameters": (
        """\
config: ../small.yaml
method: random
trials: 2
parameters: [model]
""",
        """\
sweeps/kernels.yaml:4:13: parameters: a list does not fit
     4 | parameters: [model]
                     ^
       expected: a mapping from paths to lists of values or ranges (the settings that vary, by \
their paths as in --set, and their values)

1 fault""",
    ),
    "no config": (
        """\
method: random
trials: 2
parameters:
  model[0].conv.filters: [8, 16]
""",
        """\
sweeps/kernels.yaml:1:1: config: `config` is missing
     1 | method: random
         ^
       expected: a text (path of the config whose settings vary; it starts at the folder of \
this file)

1 fault""",
    ),
    "a config that does not exist": (
        """\
config: ../smal.yaml
method: random
trials: 2
parameters:
  model[0].conv.filters: [8, 16]
""",
        """\
sweeps/kernels.yaml:1:9: config: there is no file smal.yaml
     1 | config: ../smal.yaml
                 ^
       expected: the path of a config; a relative path starts at the folder of the sweep file
       did you mean `../small.yaml`?

1 fault""",
    ),
    "a config that is a folder": (
        """\
config: ..
method: random
trials: 2
parameters:
  model[0].conv.filters: [8, 16]
""",
        """\
sweeps/kernels.yaml:1:9: config: .: this is a folder, not a config
     1 | config: ..
                 ^
       expected: the path of a config; a relative path starts at the folder of the sweep file

1 fault""",
    ),
    "a config that is a sweep file": (
        """\
config: kernels.yaml
method: random
trials: 2
parameters:
  model[0].conv.filters: [8, 16]
""",
        """\
sweeps/kernels.yaml:1:9: config: sweeps/kernels.yaml is a sweep file, too
     1 | config: kernels.yaml
                 ^
       expected: the path of a config

1 fault""",
    ),
    "an alias": (
        BASE + "where: *a\n",
        """\
sweeps/kernels.yaml:6:8: where: `*a` is an alias
     6 | where: *a
                ^
       expected: the value itself

1 fault""",
    ),
    "no YAML": (
        """\
parameters: {""",
        """\
sweeps/kernels.yaml:2:1: not valid YAML: did not find expected node content while parsing a \
flow node
       check indentation, brackets and quotes here and in the line above

1 fault""",
    ),
    "a path without quotes in braces": (
        """\
config: ../small.yaml
parameters: {model[0].conv.filters: [8, 16]}
""",
        """\
sweeps/kernels.yaml:2:19: not valid YAML: did not find expected ',' or '}' while parsing a flow \
mapping
     2 | parameters: {model[0].conv.filters: [8, 16]}
                           ^
       give each parameter a line of its own, or put its path in quotes

1 fault""",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_place_and_what_was_expected(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = FAULTS[name]
    assert read_faults(text) == expected


def test_a_sweep_has_at_most_50_parameters(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = TOP + "".join(f"  blocks.b{i}.n: [1, 2]\n" for i in range(51))
    assert (
        read_faults(text)
        == """\
sweeps/kernels.yaml:5:3: parameters: the sweep has 51 parameters
     5 |   blocks.b0.n: [1, 2]
           ^
       expected: at most 50

1 fault"""
    )


def test_the_faults_of_a_file_are_together(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = CONFIG.replace("filters: 8", "filtrs: 8").replace("epochs: 4", "epochs: 0")
    text = BASE.replace("random", "grids") + "metrics: val_loss\nseed: -1\n"
    with pytest.raises(ConfigError) as caught:
        read_text(Path(), text, "trials=0", "data.batch_size=0", config=config)
    assert [(fault.source, fault.line) for fault in caught.value.faults] == [
        ("--set trials=0", 0),
        ("--set data.batch_size=0", 0),
        ("sweeps/kernels.yaml", 2),
        ("sweeps/kernels.yaml", 6),
        ("sweeps/kernels.yaml", 7),
        ("small.yaml", 5),
        ("small.yaml", 13),
    ]
