"""The JSON Schema of sweep files accepts what the reader accepts, and refuses wrong files."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from project_files import ROOT, SWEEPS
from sweep_builders import BASE, SWEEP, TOP, read_faults, read_text

from cnnlab.data.datasets import describe_dataset
from cnnlab.spec.sweep import TERMINATIONS, Confirm, IntegerRange, NumberRange, Sweep
from cnnlab.spec.sweep_reader import read_sweep
from cnnlab.spec.sweep_schema import SWEEP_SCHEMA_FILE, build_sweep_schema, format_sweep_schema
from cnnlab.spec.yaml_nodes import Source, parse_yaml


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(build_sweep_schema())


def read_plain(text: str) -> Any:
    root, faults = parse_yaml(Source.from_text("a.yaml", text))
    assert faults == []
    return root.to_plain()


def test_the_schema_is_a_schema_of_draft_07(validator):
    jsonschema.Draft7Validator.check_schema(validator.schema)


def test_the_schema_in_configs_is_up_to_date():
    path = ROOT / "configs/sweeps" / SWEEP_SCHEMA_FILE
    assert path.read_text(encoding="utf-8") == format_sweep_schema()


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.name)
def test_every_sweep_file_of_the_project_is_valid(validator, path):
    validator.validate(read_plain(path.read_text(encoding="utf-8")))
    assert read_sweep(path, describe_dataset).checked.combinations


ACCEPTED = [
    SWEEP,
    BASE,
    BASE + "name: a\nseed: 3\nconfirm: {}\nearly_terminate: none\n",
    BASE + "at_least: 1\nearly_terminate: {median: 3}\nwhere: []\n",
    BASE + "early_terminate: hyperband\nconfirm: null\nmetric: val_loss\n",
    TOP + "  training.epochs: {min: 1, max: 9}\n",
    TOP + "  training.optimizer.adam.learning_rate: {min: 0.1, max: 1, step: 0.1}\n",
    TOP + "  model.0.conv.activation: [relu, {leaky_relu: 0.1}]\n",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_the_schema_takes_what_can_be_read(validator, text, tmp_path):
    validator.validate(read_plain(text))
    assert read_text(tmp_path, text).sweep.trials is not None


REFUSED = [
    "config: ../small.yaml\nmethod: grid\n",
    "method: grid\nparameters: {training.epochs: [1, 2]}\n",
    BASE + "trails: 3\n",
    BASE + "seed: -1\n",
    BASE + "name: my sweep\n",
    BASE + "at_least: high\n",
    BASE + "where: training.epochs < 3\n",
    BASE + "early_terminate: {hyperband: {min_epoch: 1}}\n",
    BASE + "early_terminate: never\n",
    BASE + "confirm: {seeds: 1}\n",
    BASE.replace("random", "grids"),
    BASE.replace("trials: 2", "trials: 0"),
    TOP + "  training.epochs: [3]\n",
    TOP + "  training.epochs: [3, 3]\n",
    TOP + "  training.epochs: 3\n",
    TOP + "  training epochs: [1, 2]\n",
    TOP + "  training.epochs: {min: 1}\n",
    TOP + "  training.epochs: {min: 1, max: 2, scale: log10}\n",
    TOP + "  training.epochs: {values: [1, 2]}\n",
]


@pytest.mark.parametrize("text", REFUSED)
def test_the_schema_refuses_what_is_wrong(validator, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not validator.is_valid(read_plain(text))
    assert read_faults(text)


@pytest.mark.parametrize("cls", [Sweep, Confirm, IntegerRange, NumberRange, *TERMINATIONS])
def test_every_field_is_explained(cls):
    assert (cls.__doc__ or "").strip()
    assert [name for name, info in cls.model_fields.items() if not info.description] == []
