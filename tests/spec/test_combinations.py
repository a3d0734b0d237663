"""Combinations of parameters: their number, their order, and the configs of trials."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from sweep_builders import CONFIG, SWEEP, describe, read_text

from cnnlab.errors import ConfigError
from cnnlab.spec.combination_checks import choose_combinations
from cnnlab.spec.combinations import (
    build_trial_config,
    count_combinations,
    count_values,
    format_edits,
    iterate_combinations,
    meets_conditions,
    sample_combination,
    sample_value,
)
from cnnlab.spec.config_reader import parse_config
from cnnlab.spec.sweep import Choice, IntegerRange, NumberRange

SPACES = {
    "a": Choice(values=("x", "y")),
    "b": IntegerRange(min=1, max=6, step=2),
    "c": NumberRange(min=0.1, max=0.3, step=0.1),
}


def test_a_grid_changes_the_last_parameter_fastest():
    combinations = list(iterate_combinations(SPACES))
    assert len(combinations) == count_combinations(SPACES) == 18  # 2 · 3 · 3
    assert combinations[:4] == [
        {"a": "x", "b": 1, "c": 0.1},
        {"a": "x", "b": 1, "c": 0.2},
        {"a": "x", "b": 1, "c": 0.3},
        {"a": "x", "b": 3, "c": 0.1},
    ]
    assert combinations[-1] == {"a": "y", "b": 5, "c": 0.3}


@pytest.mark.parametrize(
    ("space", "count"),
    [
        (Choice(values=(1, 2, 3)), 3),
        (IntegerRange(min=1, max=7, step=2), 4),
        (IntegerRange(min=1, max=8, step=2), 4),
        (IntegerRange(min=1, max=1000, scale="log"), 1000),
        (NumberRange(min=0.1, max=0.7, step=0.1), 7),
        (NumberRange(min=0, max=1, step=0.3), 4),
        (NumberRange(min=0, max=1), None),
    ],
)
def test_the_values_of_a_space_are_counted(space, count):
    assert count_values(space) == count


def test_a_space_without_steps_has_no_number_of_combinations():
    spaces = SPACES | {"d": NumberRange(min=0, max=1)}
    assert count_combinations(spaces) is None
    with pytest.raises(ValueError, match="no list of values"):
        next(iterate_combinations(spaces))


def test_samples_depend_on_the_seed_alone():
    one, other = random.Random(3), random.Random(3)
    assert [sample_combination(SPACES, one) for _ in range(20)] == [
        sample_combination(SPACES, other) for _ in range(20)
    ]


@pytest.mark.parametrize(
    "space",
    [
        IntegerRange(min=1, max=100, scale="log"),
        NumberRange(min=1, max=100, scale="log"),
        NumberRange(min=1, max=100),
    ],
)
def test_samples_stay_in_their_range(space):
    rng = random.Random(0)
    values = [sample_value(space, rng) for _ in range(1000)]
    assert all(1 <= value <= 100 for value in values)
    assert all(isinstance(value, type(space.min)) for value in values)
    small = sum(value <= 10 for value in values)  # half of them on a logarithmic scale
    assert (400 < small < 600) == (space.scale == "log")


def test_the_checked_combinations_have_every_value_of_a_list():
    spaces = {f"p{i}": Choice(values=tuple(range(150))) for i in range(3)}
    checked = choose_combinations(spaces, (), 0)
    assert (len(checked.combinations), checked.drawn, checked.is_complete) == (200, 200, False)
    for path in spaces:
        assert set(Counter(one[path] for one in checked.combinations)) == set(range(150))
    assert choose_combinations(spaces, (), 0) == checked
    assert choose_combinations(spaces, (), 1) != checked


def test_a_small_space_is_checked_whole():
    checked = choose_combinations(SPACES, (), 0)
    assert checked.combinations == tuple(iterate_combinations(SPACES))
    assert checked.is_complete


def test_edits_have_values_in_json():
    combination = {"model[5]": {"dropout": 0.2}, "training.loss": "a", "data.augment": None}
    assert format_edits(combination) == (
        'model[5]={"dropout": 0.2}',
        'training.loss="a"',
        "data.augment=null",
    )


def test_the_config_of_a_trial_is_the_config_with_the_values_in_place(tmp_path):
    sweep = read_text(tmp_path, SWEEP)
    trial = build_trial_config(
        sweep,
        {
            "model[0].conv.filters": 32,
            "model[2].conv.kernel_size": 5,
            "training.optimizer.adam.learning_rate": 0.002,
            "model[5]": {"alpha_dropout": 0.5},
        },
    )
    text = CONFIG.replace("{filters: 8,", "{filters: 32,")
    text = text.replace("16, kernel_size: 3", "16, kernel_size: 5")
    text = text.replace("optimizer: adam", "optimizer: {adam: {learning_rate: 0.002}}")
    assert trial.text == text.replace("- dropout: 0.5", "- {alpha_dropout: 0.5}")
    assert trial.experiment.model[0].filters == 32
    assert trial.experiment.training.optimizer.learning_rate == 0.002
    assert trial.experiment.name == "small"


def test_an_invalid_trial_has_a_fault_in_the_sweep_file(tmp_path):
    sweep = read_text(tmp_path, SWEEP)
    values = dict(sweep.checked.combinations[0]) | {"model[0].conv.filters": 0}
    with pytest.raises(ConfigError) as caught:
        build_trial_config(sweep, values)
    assert str(caught.value) == (
        f"{tmp_path}/sweeps/kernels.yaml:8:3: model[0].conv.filters: 0 does not fit\n"
        "     8 |   model[0].conv.filters: [8, 16, 32, 64]\n"
        "           ^\n"
        "       expected: a whole number from 1 to 65,536 (number of kernels, one for each "
        "output channel)\n\n1 fault"
    )


def test_conditions_compare_the_settings_of_a_combination(tmp_path):
    sweep = read_text(tmp_path, SWEEP)
    values = dict(sweep.checked.combinations[0])
    assert meets_conditions(sweep, values | {"model[0].conv.filters": 32})
    assert not meets_conditions(sweep, values | {"model[0].conv.filters": 64})


WITH_BLOCKS = """\
name: blocks
data: {validation: 0.1}
blocks:
  own:
    parameters: {filters: 8, rate: 0.1}  # defaults
    layers:
      - conv: {filters: $filters, kernel_size: 3, padding: same}
      - dropout: $rate
model:
  - own
  - own: {filters: 16}
  - flatten
  - dense: {units: 10, activation: softmax}
training: {epochs: 3}
"""
MANY_FORMS = """\
config: ../small.yaml
method: random
trials: 5
parameters:
  blocks.own.parameters.rate: [0.1, 0.25]
  model[1].own.filters: {min: 2, max: 32, scale: log}
  model[0]: [own, {own: {rate: 0.3}}, {repeat: {times: 2, layers: [conv: 4, batch_norm]}}]
  training.optimizer: [adam, {sgd: {learning_rate: 0.1, momentum: 0.9}}]
  training.callbacks: [[], [early_stopping: {patience: 2}]]
  data.augment: [null, digits, [random_translation: 0.1]]
  data.class_weight: [null, balanced]
  training.loss.cross_entropy.label_smoothing: {min: 0, max: 0.3, step: 0.1}
"""


def test_the_text_of_a_trial_gives_the_same_experiment(tmp_path):
    sweep = read_text(tmp_path, MANY_FORMS, config=WITH_BLOCKS)
    for combination in sweep.checked.combinations[:40]:
        trial = build_trial_config(sweep, combination)
        again = parse_config(sweep.config_path, trial.text.encode(), describe)
        assert again.experiment == trial.experiment
        assert "# defaults" in trial.text
