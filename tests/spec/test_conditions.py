"""The conditions of a sweep: which combinations they exclude."""

from __future__ import annotations

import pytest
from sweep_builders import CONFIG, read_text

from cnnlab.errors import ConfigError
from cnnlab.spec.combinations import iterate_combinations, meets_conditions
from cnnlab.spec.edits import split_path
from cnnlab.spec.setting_lookup import MISSING, look_up

GRID = """\
config: ../small.yaml
method: grid
parameters:
  model[0].conv.filters: [4, 8, 16]
  model[2].conv.padding: [same, valid, 1]
  model[5]: [{dropout: 0.2}, {alpha_dropout: 0.5}, batch_norm]
  training.optimizer: [adam, {sgd: 0.1}]
"""


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("model[0].conv.filters <= 8", 36),  # two of three numbers of filters: 54 · 2/3
        ("model[0].conv.filters < 8", 18),
        ("model[0].conv.filters >= 8", 36),
        ("model[0].conv.filters > 8.5", 18),
        ("8 == model[0].conv.filters", 18),
        ("model[0].conv.filters != 8", 36),
        ("model[0].conv.filters < model[2].conv.filters", 36),  # 16 in the config
        ("model[0].conv.filters <= model[2].conv.kernel_size", 0),  # 3 in the config
        ("model.0.conv.filters == 8", 18),
        ("model[2].conv.padding == same", 18),
        ("model[2].conv.padding != 'same'", 36),
        ('model[2].conv.padding == "valid"', 18),
        ("model[2].conv.padding == 1", 18),
        ("model[2].conv.padding >= 2", 36),  # texts have no order, so they are not excluded
        ("model[5].dropout > 0.3", 36),  # only dropout: 0.2 has the setting and is excluded
        ("model[5].dropout.rate > 0.3", 36),
        ("model[5].alpha_dropout.rate < 0.5", 36),
        ("model[5].batch_norm.momentum < 0.5", 36),  # a default value: 0.99
        ("model[5] != batch_norm", 36),
        ("training.optimizer == sgd", 27),
        ("training.optimizer.sgd.learning_rate < 0.05", 27),
        ("training.epochs < 5", 54),  # 4 in the config
        ("training.epochs > 5", 0),
        ("data.scaling == unit", 54),  # a default value
        ("model[0].conv.use_bias == true", 54),
        ("model[0].conv.use_bias != true", 0),
    ],
)
def test_a_condition_excludes_combinations(tmp_path, condition, count):
    sweep = read_text(tmp_path, GRID)
    text = (
        f'{GRID}where: ["{condition}"]\n'
        if '"' not in condition
        else f"{GRID}where: ['{condition}']\n"
    )
    if count:
        sweep = read_text(tmp_path, text)
        assert len(sweep.checked.combinations) == count
        every = list(iterate_combinations(sweep.spaces))
        assert sum(meets_conditions(sweep, one) for one in every) == count
    else:
        with pytest.raises(ConfigError, match="none of the 54 combinations meets all conditions"):
            read_text(tmp_path, text)


def test_all_conditions_hold_together(tmp_path):
    text = f"{GRID}where: [model.0.conv.filters > 4, 'model[0].conv.filters < 16']\n"
    assert {
        one["model[0].conv.filters"] for one in read_text(tmp_path, text).checked.combinations
    } == {8}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model[0].conv.filters", 8),
        ("model[0].conv", 8),
        ("model[0]", "conv"),
        ("model[1].max_pool.pool_size", 2),
        ("model[1].max_pool", 2),
        ("model[4]", "flatten"),
        ("model[4].flatten", "flatten"),
        ("model[0].conv.activation", "relu"),
        ("model[2].conv.strides", 1),
        ("training.optimizer.adam.learning_rate", 0.001),
        ("training.optimizer", "adam"),
        ("training.loss.cross_entropy.label_smoothing", 0.0),
        ("data.batch_size", 32),
        ("data.augment", ()),
        ("model[7]", MISSING),
        ("model[99999999999]", MISSING),
        ("model[0].dense", MISSING),
        ("model[0].conv.filtrs", MISSING),
        ("training.optimizer.sgd.momentum", MISSING),
        ("nothing", MISSING),
    ],
)
def test_a_setting_is_found_with_its_default(tmp_path, path, value):
    plain = read_text(tmp_path, GRID, config=CONFIG).root.to_plain()
    assert look_up(plain, split_path(path)) == value


def test_settings_of_own_blocks_are_found():
    plain = {
        "blocks": {"own": {"parameters": {"n": 4}, "layers": [{"conv": "$n"}]}},
        "model": [{"own": {"n": 8}}, "own"],
    }
    assert look_up(plain, ("blocks", "own", "parameters", "n")) == 4
    assert look_up(plain, ("model", "0", "own", "n")) == 8
    assert look_up(plain, ("model", "1", "own", "n")) is MISSING
