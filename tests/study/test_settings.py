"""The settings in which experiments differ, each with a readable path."""

from __future__ import annotations

import pytest

from cnnlab.spec.experiment import Experiment
from cnnlab.study.setting_differences import SettingDifference, find_differences, remove_seeds

CONV = {"conv": {"filters": 16, "activation": "relu"}}
END = ["flatten", {"dense": {"units": 10, "activation": "softmax"}}]


def experiment(*layers, **sections):
    plain = {"name": "a", "model": [*(layers or [CONV]), *END], **sections}
    return Experiment.model_validate(plain)


def list_differences(*experiments):
    return {one.path: one.values for one in find_differences(experiments)}


def test_equal_experiments_differ_in_nothing():
    assert list_differences(experiment(), experiment(), experiment()) == {}


def test_names_and_seeds_are_no_settings():
    one = experiment(seed=1, ensemble=[1, 2])
    other = experiment(seed=2, ensemble=[3, 4]).model_copy(update={"name": "b"})
    assert list_differences(one, other) == {}
    assert remove_seeds(one) == remove_seeds(other)


def test_an_ensemble_differs_by_its_size():
    sizes = list_differences(experiment(), experiment(ensemble=2), experiment(ensemble=3))
    assert sizes == {"ensemble": ("none", "2 members", "3 members")}


def test_a_field_of_a_layer_has_its_path():
    found = list_differences(
        experiment({"conv": 16}), experiment({"conv": 64}), experiment({"conv": 16})
    )
    assert found == {"model[0].conv.filters": ("16", "64", "16")}


def test_defaults_are_listed_where_the_other_has_more_fields():
    sgd = {"sgd": {"learning_rate": 0.1, "momentum": 0.9}}
    found = list_differences(
        experiment(training={"optimizer": {"sgd": 0.1}}), experiment(training={"optimizer": sgd})
    )
    assert found == {"training.optimizer.sgd.momentum": ("0", "0.9")}


def test_another_kind_is_one_row_in_short_yaml():
    found = list_differences(
        experiment(training={"optimizer": "adam", "epochs": 3}),
        experiment(training={"optimizer": {"sgd": 0.5}, "epochs": 4}),
    )
    assert found == {
        "training.epochs": ("3", "4"),
        "training.optimizer": ("adam", "sgd: 0.5"),
    }


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([CONV, "max_pool"], {"model[0]+1": ("–", "max_pool")}),
        (
            [CONV, "batch_norm", "max_pool"],
            {"model[0]+1": ("–", "batch_norm"), "model[0]+2": ("–", "max_pool")},
        ),
        (
            [{"zero_pad": 2}, "batch_norm", CONV],
            {"model[0]-2": ("–", "zero_pad: 2"), "model[0]-1": ("–", "batch_norm")},
        ),
        (["max_pool"], {"model[0]": ("conv: {filters: 16, activation: relu}", "max_pool")}),
    ],
)
def test_extra_and_replaced_layers_are_listed_by_position(layers, expected):
    assert list_differences(experiment(), experiment(*layers)) == expected


def test_a_layer_is_held_against_the_one_that_is_most_like_it():
    first, second = {"conv": 8}, {"conv": {"filters": 8, "kernel_size": 5, "padding": "same"}}
    assert list_differences(experiment(first, second), experiment(second)) == {
        "model[0]": ("conv: 8", "–"),
    }
    assert list_differences(experiment(second), experiment(first, second)) == {
        "model[0]-1": ("–", "conv: 8"),
    }


def test_three_networks_are_drawn_side_by_side():
    found = list_differences(
        experiment(CONV), experiment(CONV, "max_pool"), experiment({"conv": 16})
    )
    assert found == {
        "model[0].conv.activation": ("relu", "relu", "linear"),
        "model[0]+1": ("–", "max_pool", "–"),
    }


def test_layers_in_groups_have_paths_too():
    def group(filters, *more):
        return experiment(
            {"residual": [{"conv": {"filters": filters, "padding": "same"}}, *more]},
            {"parallel": [[{"conv": filters}], ["max_pool"]]},
        )

    assert list_differences(group(8), group(16, "batch_norm")) == {
        "model[0].residual.layers[0].conv.filters": ("8", "16"),
        "model[0].residual.layers[0]+1": ("–", "batch_norm"),
        "model[1].parallel.branches[0][0].conv.filters": ("8", "16"),
    }


def test_callbacks_where_the_first_has_none():
    callbacks = ["model_checkpoint", {"early_stopping": {"patience": 4}}]
    found = list_differences(experiment(), experiment(training={"callbacks": callbacks}))
    assert found == {
        "training.callbacks[0]": ("–", "model_checkpoint"),
        "training.callbacks[1]": ("–", "early_stopping: 4"),
    }


def test_long_values_are_shortened():
    many = {"repeat": {"times": 9, "layers": [{"conv": {"filters": 8, "padding": "same"}}] * 3}}
    [setting] = find_differences([experiment(), experiment(CONV, many)])
    assert setting == SettingDifference(
        "model[0]+1",
        ("–", "repeat: {times: 9, layers: [conv: {filters: 8, padding: same}, conv…"[:59] + "…"),
    )
    assert len(setting.values[1]) == 60
