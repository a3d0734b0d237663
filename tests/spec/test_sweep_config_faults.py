"""Faults of the config of a sweep, each with its whole text."""

from __future__ import annotations

import pytest
from sweep_builders import BASE, CONFIG, read_faults

FAULTS = {
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


@pytest.mark.parametrize("name", FAULTS)
def test_a_config_that_no_sweep_can_use_is_a_fault(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    change, expected = FAULTS[name]
    text = BASE + "early_terminate: hyperband\n" if name == "one epoch" else BASE
    assert read_faults(text, config=CONFIG.replace(*change)) == expected
