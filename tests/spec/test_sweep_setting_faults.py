"""Faults of the method, metric, trials, termination and confirmation of a sweep file."""

from __future__ import annotations

import pytest
from sweep_builders import BASE, read_faults

FAULTS = {
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
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_place_and_what_was_expected(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = FAULTS[name]
    assert read_faults(text) == expected
