"""The edit that sets the learning rate, for every form in which a config can have a rate."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnlab.data.datasets import describe_dataset
from cnnlab.spec.config_reader import parse_config
from cnnlab.spec.rate_edit import find_rate_edit

HEAD = "name: a\nmodel: [flatten, dense: {units: 10, activation: softmax}]\n"
OPTIMIZER = "training.optimizer"


# The section `training`, the edits before, and the edit that is found.
@pytest.mark.parametrize(
    ("training", "edits", "found"),
    [
        ("", (), "adam.learning_rate"),
        ("training: {epochs: 2}", (), "adam.learning_rate"),
        ("training: {optimizer: sgd}", (), "sgd.learning_rate"),
        ("training: {optimizer: {adam: 0.1}}", (), "adam"),
        ("training: {optimizer: {adam: {learning_rate: 0.1}}}", (), "adam.learning_rate"),
        ("training: {optimizer: {sgd: {momentum: 0.9}}}", (), "sgd.learning_rate"),
        ("training:\n  optimizer:\n    adam:\n", (), "adam.learning_rate"),
        (
            "training: {optimizer: {sgd: {learning_rate: {cosine: 0.1}}}}",
            (),
            "sgd.learning_rate.cosine",
        ),
        (
            "training: {optimizer: {sgd: {learning_rate: {one_cycle: {peak: 0.1}}}}}",
            (),
            "sgd.learning_rate.one_cycle.peak",
        ),
        ("training: {optimizer: {sgd: {step: 0.1}}}", (), "sgd.step"),
        ("training: {optimizer: {adam: 0.1}}", (f"{OPTIMIZER}=sgd",), "sgd.learning_rate"),
        ("training: {optimizer: sgd}", (f"{OPTIMIZER}={{sgd: 0.1}}",), "sgd"),
    ],
)
def test_the_edit_sets_the_rate(training, edits, found):
    text = (HEAD + training).encode()
    config = parse_config(Path("a.yaml"), text, describe_dataset, edits)
    edit = find_rate_edit(config, edits, 0.0032)
    assert edit == f"{OPTIMIZER}.{found}=0.0032"
    changed = parse_config(Path("a.yaml"), text, describe_dataset, (*edits, edit))
    rate = changed.experiment.training.optimizer.learning_rate
    assert getattr(rate, "highest", rate) == 0.0032


def test_a_small_rate_is_a_number_of_yaml():
    config = parse_config(Path("a.yaml"), HEAD.encode(), describe_dataset)
    edit = find_rate_edit(config, (), 1.2e-06)
    assert edit == "training.optimizer.adam.learning_rate=1.2e-06"
    changed = parse_config(Path("a.yaml"), HEAD.encode(), describe_dataset, (edit,))
    assert changed.experiment.training.optimizer.learning_rate == 1.2e-06
