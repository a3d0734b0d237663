"""Edits with a path that the config does not have: each names the one that is meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_files import CONFIGS

from cnnlab.data.datasets import describe_dataset
from cnnlab.spec.config_reader import parse_config
from cnnlab.spec.edit_suggestions import explain_wrong_path, find_settings
from cnnlab.spec.edits import apply_edits
from cnnlab.spec.settings import list_settings
from cnnlab.spec.wording import format_short
from cnnlab.spec.yaml_nodes import Mapping, Source, parse_yaml

MNIST = Path(__file__).parents[2] / "configs/mnist.yaml"
SHORT = """\
model:
  - conv: 8
  - residual: [conv: {filters: 8, padding: same}]
  - flatten
  - dropout: 0.5
  - dense: {units: 10, activation: softmax}
training:
  optimizer: {adam: 0.001}
"""


def read_nodes(text: str) -> Mapping:
    root, faults = parse_yaml(Source.from_text("exp.yaml", text))
    assert isinstance(root, Mapping)
    assert not faults
    return root


def split_steps(path: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", path))


HINTS = {
    "epochs=5": "did you mean `training.epochs`?",
    "batch_size=5": "did you mean `data.batch_size`?",
    "learning_rate=0.1": "did you mean `training.optimizer.adam.learning_rate`?",
    "training.optimizer.learning_rate=0.1": (
        "did you mean `training.optimizer.adam.learning_rate`?"
    ),
    "optimizer.learning_rate=0.1": "did you mean `training.optimizer.adam.learning_rate`?",
    "training.learning_rate=0.1": "did you mean `training.optimizer.adam.learning_rate`?",
    "lr=0.1": "did you mean `training.optimizer.adam.learning_rate`?",
    "learning_rte=0.1": "did you mean `training.optimizer.adam.learning_rate`?",
    "validation_split=0.2": "did you mean `data.validation`?",
    "training.batch_size=5": "did you mean `data.batch_size`?",
    "data.epochs=5": "did you mean `training.epochs`?",
    "training.seed=5": "did you mean `seed`?",
    "patience=5": "did you mean `training.callbacks[1].early_stopping.patience`?",
    "callbacks.patience=5": "did you mean `training.callbacks[1].early_stopping.patience`?",
    "early_stopping.patience=5": "did you mean `training.callbacks[1].early_stopping.patience`?",
    "callbacks[0]=tensorboard": "did you mean `training.callbacks[0]`?",
    "dropout=0.3": "did you mean `model[6].dropout`?",
    "model[6].rate=0.3": "did you mean `model[6].dropout`?",
    "model[6].dropout.rate=0.3": "did you mean `model[6].dropout`?",
    "model[0].filters=8": "did you mean `model[0].conv.filters`?",
    "filters=8": "did you mean `model[0].conv.filters` or `model[2].conv.filters`?",
    "model.filters=8": "did you mean `model[0].conv.filters` or `model[2].conv.filters`?",
    "use_bias=true": (
        "did you mean `model[0].conv.use_bias`, `model[2].conv.use_bias`, "
        "`model[5].dense.use_bias`, …?"
    ),
    "model[1].max_pool.strides=1": "did you mean `model[1].max_pool={pool_size: 2, strides: 1}`?",
    "model[1].avg_pool=3": "did you mean `model[1]={avg_pool: 3}`?",
    "momentum=0.9": (
        "did you mean `training.optimizer={sgd: {momentum: 0.9}}` or "
        "`training.optimizer={rmsprop: {momentum: 0.9}}`?"
    ),
    "training.optimizer.sgd.learning_rate=0.1": (
        "did you mean `training.optimizer={sgd: {learning_rate: 0.1}}`?"
    ),
    "training.optimizer.adam.learning_rate.cosine=0.1": (
        "did you mean `training.optimizer.adam.learning_rate={cosine: 0.1}`?"
    ),
    "ema=0.99": "did you mean `training.weight_average={ema: 0.99}`?",
    "top_k_accuracy=3": "did you mean `training.metrics=[accuracy, {top_k_accuracy: 3}]`?",
    "cooldown=3": (
        "did you mean `training.callbacks=[{model_checkpoint: {monitor: val_loss}}, "
        "{early_stopping: {monitor: val_loss, patience: 3}}, {reduce_lr_on_plateau: "
        "{cooldown: 3}}]`?"
    ),
    "random_rotation=10": "did you mean `data.augment=[{random_rotation: 10}]`?",
    "batch_norm=0.9": "the config has no layer `batch_norm`: add this layer to `model`",
}


@pytest.mark.parametrize(("edit", "hint"), HINTS.items())
def test_a_wrong_path_names_the_right_one(edit, hint):
    [fault] = apply_edits(read_nodes(MNIST.read_text(encoding="utf-8")), (edit,))
    assert fault.hint == hint


WHOLE_TEXTS = {
    "epochs=1": """\
--set epochs=1: epochs: unknown key `epochs`
       expected: one of name, seed, ensemble, data, model, training, blocks
       did you mean `training.epochs`?""",
    "training.optimizer.learning_rate=0.01": """\
--set training.optimizer.learning_rate=0.01: training.optimizer.learning_rate: unknown kind \
`learning_rate`
       expected: one of sgd, adam, adamw, nadam, rmsprop, adagrad, lion
       did you mean `training.optimizer.adam`?""",
    "model.conv.filters=3": """\
--set model.conv.filters=3: model.conv.filters: `conv` is not an index of a list
       expected: an index, from 0
       did you mean `model[0].conv`?""",
    "training.optimizer.sgd.momentum=0.9": """\
--set training.optimizer.sgd.momentum=0.9: training.optimizer.sgd.momentum: `training.optimizer` \
is adam in this config, not sgd
       did you mean `training.optimizer={sgd: {momentum: 0.9}}`?""",
}


@pytest.mark.parametrize(("edit", "text"), WHOLE_TEXTS.items())
def test_a_wrong_path_is_reported_with_what_was_expected(read_faults, edit, text):
    assert read_faults(SHORT, edit) == f"{text}\n\n1 fault"


@pytest.mark.parametrize(
    ("optimizer", "path"),
    [
        ("", "training.optimizer.adam.learning_rate"),
        ("training: {optimizer: sgd}", "training.optimizer.sgd.learning_rate"),
        ("training: {optimizer: {lion: {beta_1: 0.5}}}", "training.optimizer.lion.learning_rate"),
        ("training: {optimizer: {adamw: 0.1}}", "training.optimizer.adamw"),
    ],
)
def test_the_learning_rate_is_that_of_the_config_s_optimizer(optimizer, path):
    root = read_nodes(f"model: [flatten, dense: 10]\n{optimizer}\n")
    assert [setting.path for setting in find_settings(root, ("lr",))] == [path]


def test_a_later_edit_sees_the_earlier_ones(read_faults):
    text = read_faults(SHORT, "training.optimizer=sgd", "momentum=0.9")
    assert "did you mean `training.optimizer.sgd.momentum`?" in text


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_no_path_that_a_config_has_is_refused(path):
    root = read_nodes(path.read_text(encoding="utf-8"))
    for setting in list_settings(root):
        if setting.is_present and not setting.before:
            assert explain_wrong_path(root, split_steps(setting.path), "1") is None


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_suggested_paths_set_the_values(path):
    data = path.read_bytes()
    experiment = parse_config(path, data, describe_dataset).experiment
    for name, value in (("epochs", experiment.training.epochs), ("seed", experiment.seed)):
        [setting] = find_settings(read_nodes(data.decode()), (name,))
        edited = parse_config(path, data, describe_dataset, (setting.format_edit(str(value)),))
        assert edited.experiment == experiment
    [setting] = find_settings(read_nodes(data.decode()), ("learning_rate",))
    rate = format_short(experiment.training.optimizer.learning_rate)
    edit = setting.format_edit(f"{{{rate}}}" if ":" in rate else rate)
    edited = parse_config(path, data, describe_dataset, (edit,)).experiment
    assert edited.training.optimizer == experiment.training.optimizer


STEPS = ["model", "training", "data", "blocks", "optimizer", "adam", "sgd", "0", "4", "conv"]
STEPS += ["residual", "layers", "callbacks", "patience", "epochs", "lr", "x", "9" * 12, "seed"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(STEPS), min_size=1, max_size=6),
    st.sampled_from(["1", "", "[", "{a: 1}", "relu"]),
    st.sampled_from([SHORT, "model: 3", "training: []", "training: {optimizer: {}}", "x: 1"]),
)
def test_every_path_is_applied_or_reported(steps, value, text):
    root = read_nodes(text)
    faults = apply_edits(root, (f"{'.'.join(steps)}={value}",))
    assert all(str(fault) for fault in faults)
