"""Faults of a sweep file and of its config, each with its whole text."""

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
    "an unknown method": (
        """\
config: ../small.yaml
method: bayes
trials: 2
parameters:
  model[0].conv.filters: [8, 16]
""",
        """\
sweeps/kernels.yaml:2:9: method: the text `bayes` is not a possible value
     2 | method: bayes
                 ^
       expected: one of grid, random, tpe, gp (how the values of the next trial are chosen: all \
combinations, the costliest network first, at random, or by what the trials before have shown)
       `tpe` and `gp` learn from the trials before, as a Bayesian search does

1 fault""",
    ),
    "an unknown kind of termination": (
        BASE + "early_terminate: {hyperbnd: 1}\n",
        """\
sweeps/kernels.yaml:6:19: early_terminate.hyperbnd: unknown kind `hyperbnd`
     6 | early_terminate: {hyperbnd: 1}
                           ^
       expected: one of hyperband, median
       did you mean `hyperband`?

1 fault""",
    ),
    "a wrong field of a termination": (
        BASE + "early_terminate: {median: {min_trial: 1}}\n",
        """\
sweeps/kernels.yaml:6:28: early_terminate.median.min_trial: unknown key `min_trial`
     6 | early_terminate: {median: {min_trial: 1}}
                                    ^
       expected: one of min_epochs, min_trials
       did you mean `min_trials`?

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
    "a metric of the test images": (
        BASE + "metric: test_accuracy\n",
        """\
sweeps/kernels.yaml:6:9: metric: the trials have no figure `test_accuracy`
     6 | metric: test_accuracy
                 ^
       expected: one of val_loss, val_accuracy
       a search sees the validation images only; `cnnlab evaluate` measures the test images \
later
       did you mean `val_accuracy`?

1 fault""",
    ),
    "a metric without val": (
        BASE + "metric: accuracy\n",
        """\
sweeps/kernels.yaml:6:9: metric: the trials have no figure `accuracy`
     6 | metric: accuracy
                 ^
       expected: one of val_loss, val_accuracy
       a search sees the validation images only; `cnnlab evaluate` measures the test images \
later
       did you mean `val_accuracy`?

1 fault""",
    ),
    "a misspelt metric": (
        BASE + "metric: val_acuracy\n",
        """\
sweeps/kernels.yaml:6:9: metric: the trials have no figure `val_acuracy`
     6 | metric: val_acuracy
                 ^
       expected: one of val_loss, val_accuracy
       did you mean `val_accuracy`?

1 fault""",
    ),
    "a limit in percent": (
        BASE + "at_least: 99.2\n",
        """\
sweeps/kernels.yaml:6:11: at_least: `val_accuracy` cannot be 99.2
     6 | at_least: 99.2
                   ^
       expected: a number over 0 to 1
       99.2% is 0.992

1 fault""",
    ),
    "a limit that is a text": (
        BASE + "at_least: high\n",
        """\
sweeps/kernels.yaml:6:11: at_least: the text `high` does not fit
     6 | at_least: high
                   ^
       expected: a number from -1,000,000,000 to 1,000,000,000 (a value of the metric that is \
good enough; among the trials that reach it, the one with the fewest multiply-adds is the best)

1 fault""",
    ),
    "a loss below zero": (
        BASE + "metric: val_loss\nat_least: -1\n",
        """\
sweeps/kernels.yaml:7:11: at_least: `val_loss` cannot be -1
     7 | at_least: -1
                   ^
       expected: a number over 0

1 fault""",
    ),
    "no number of trials": (
        """\
config: ../small.yaml
method: random
parameters:
  model[0].conv.filters: [8, 16]
""",
        """\
sweeps/kernels.yaml:1:1: trials: `trials` is missing
     1 | config: ../small.yaml
         ^
       expected: a whole number from 1 to 1,000 (how many networks are trained; a grid trains \
all combinations by default)
       a sweep with `method: random` trains this number of networks

1 fault""",
    ),
    "too many trials": (
        """\
config: ../small.yaml
method: random
trials: 3
parameters:
  model[0].conv.filters: [8, 16]
""",
        """\
sweeps/kernels.yaml:3:9: trials: 3 trials are too many, because there are only 2 combinations
     3 | trials: 3
                 ^
       expected: at most 2

1 fault""",
    ),
    "trials out of bounds": (
        """\
config: ../small.yaml
method: random
trials: 1001
parameters:
  model[0].conv.filters: [8, 16]
""",
        """\
sweeps/kernels.yaml:3:9: trials: 1001 does not fit
     3 | trials: 1001
                 ^
       expected: a whole number from 1 to 1,000 (how many networks are trained; a grid trains \
all combinations by default)

1 fault""",
    ),
    "min_epochs that no trial reaches": (
        BASE + "early_terminate: {hyperband: {min_epochs: 4}}\n",
        """\
sweeps/kernels.yaml:6:43: early_terminate.hyperband.min_epochs: `min_epochs` is 4, and the \
trials have 4 epochs
     6 | early_terminate: {hyperband: {min_epochs: 4}}
                                                   ^
       expected: a number below 4

1 fault""",
    ),
    "a wrong confirmation": (
        BASE + "confirm: {best: 0, seeds: 1}\n",
        """\
sweeps/kernels.yaml:6:17: confirm.best: 0 does not fit
     6 | confirm: {best: 0, seeds: 1}
                         ^
       expected: a whole number from 1 to 20 (how many of the best trials are trained again)

sweeps/kernels.yaml:6:27: confirm.seeds: 1 does not fit
     6 | confirm: {best: 0, seeds: 1}
                                   ^
       expected: a whole number from 2 to 100 (seeds for each of them, and for the config)

2 faults""",
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


EDIT_FAULTS = {
    "trials": """\
--set trials: the edit does not have the form PATH=VALUE
       expected: a path and a value, for example training.epochs=5

1 fault""",
    "epochs=5": """\
--set epochs=5: epochs: unknown key `epochs`
       expected: one of name, config, method, metric, at_least, trials, seed, parameters, \
where, early_terminate, confirm
       to change the config: --set training.epochs=…

1 fault""",
    "lr=0.1": """\
--set lr=0.1: lr: unknown key `lr`
       expected: one of name, config, method, metric, at_least, trials, seed, parameters, \
where, early_terminate, confirm
       to change the config: --set training.optimizer.adam.learning_rate=…

1 fault""",
    "trials.first=3": """\
--set trials.first=3: trials.first: trials is 2, which has no keys or entries
       expected: the path of a value in the sweep file
       to change it: --set trials=…

1 fault""",
    "parameters.model[0].conv.filters=[3": """\
--set parameters.model[0].conv.filters=[3: not valid YAML: did not find expected ',' or ']' \
while parsing a flow sequence
       check indentation, brackets and quotes here and in the line above

1 fault""",
    "parameters.model[0].conv.filtrs=[3, 4]": """\
--set parameters.model[0].conv.filtrs=[3, 4]: parameters.model[0].conv.filtrs: unknown key \
`filtrs`
       expected: one of filters, kernel_size, strides, padding, dilation_rate, activation, \
use_bias, groups, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
       did you mean `filters`?

1 fault""",
    "model[0].conv.filtrs=3": """\
--set model[0].conv.filtrs=3: model[0].conv.filtrs: unknown key `filtrs`
       expected: one of filters, kernel_size, strides, padding, dilation_rate, activation, \
use_bias, groups, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
       did you mean `filters`?

1 fault""",
}


@pytest.mark.parametrize("edit", EDIT_FAULTS)
def test_a_wrong_edit_is_reported_with_its_text(edit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_faults(BASE, edit) == EDIT_FAULTS[edit]


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


CONFIG_FAULTS = {
    "an ensemble in the config": (
        ("name: small", "name: small\nensemble: 3"),
        """\
sweeps/kernels.yaml:1:9: config: the config trains an ensemble of 3 networks
     1 | config: ../small.yaml
                 ^
       expected: a config of one network, because each trial trains one
       remove `ensemble` from the config, or add `--set ensemble=null`

1 fault""",
    ),
    "no validation images": (
        ("validation: 0.1", "validation: 0"),
        """\
sweeps/kernels.yaml:1:9: config: the config has no validation images, by which trials can be \
compared
     1 | config: ../small.yaml
                 ^
       expected: `data.validation` over 0
       write `validation: 0.1` in `data` of the config, or add `--set data.validation=0.1`

1 fault""",
    ),
    "a config with faults": (
        ("filters: 8", "filtrs: 8"),
        """\
small.yaml:5:12: model[0].conv.filtrs: unknown key `filtrs`
     5 |   - conv: {filtrs: 8, kernel_size: 3, activation: relu}  # first
                    ^
       used at sweeps/kernels.yaml:1:9
     1 | config: ../small.yaml
                 ^
       expected: one of filters, kernel_size, strides, padding, dilation_rate, activation, \
use_bias, groups, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
       did you mean `filters`?

1 fault""",
    ),
    "one epoch": (
        ("epochs: 4", "epochs: 1"),
        """\
sweeps/kernels.yaml:6:1: early_terminate: the trials have one epoch, so that none can end \
earlier
     6 | early_terminate: hyperband
         ^
       expected: a config with more epochs
       leave `early_terminate` out, or set `training.epochs` in the config

1 fault""",
    ),
}


@pytest.mark.parametrize("name", CONFIG_FAULTS)
def test_a_config_that_no_sweep_can_use_is_a_fault(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    change, expected = CONFIG_FAULTS[name]
    text = BASE + "early_terminate: hyperband\n" if name == "one epoch" else BASE
    assert read_faults(text, config=CONFIG.replace(*change)) == expected


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
