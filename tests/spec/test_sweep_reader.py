"""A sweep file without faults: its settings, its parameters and its config."""

from __future__ import annotations

import io
import json
import sys

import pytest
from sweep_builders import CONFIG, SWEEP, describe, read_faults, read_text, write_files

from cnnlab.errors import ConfigError, DataError, UsageError
from cnnlab.spec.sweep import Choice, Confirm, Hyperband, IntegerRange, Median, NumberRange
from cnnlab.spec.sweep_base import ConfigFile, is_sweep_text
from cnnlab.spec.sweep_reader import read_sweep, restore_sweep

SHORT = "config: ../small.yaml\nmethod: grid\nparameters: {training.epochs: [1, 2]}\n"


def test_a_sweep_file_has_its_settings_and_its_config(tmp_path):
    result = read_text(tmp_path, SWEEP)
    sweep = result.sweep
    assert result.text == SWEEP
    assert result.config_path == tmp_path / "small.yaml"
    assert result.base.text == CONFIG
    assert result.base.experiment.name == "small"
    assert (sweep.name, sweep.method, sweep.metric) == ("kernels", "tpe", "val_accuracy")
    assert (sweep.trials, sweep.seed, sweep.at_least) == (30, 0, 0.992)
    assert sweep.early_terminate == Hyperband(min_epochs=1, reduction_factor=3)
    assert sweep.confirm == Confirm(best=3, seeds=5)
    assert result.spaces == {
        "model[0].conv.filters": Choice(values=(8, 16, 32, 64)),
        "model[2].conv.kernel_size": IntegerRange(min=1, max=7, step=2),
        "training.optimizer.adam.learning_rate": NumberRange(min=1e-4, max=1e-2, scale="log"),
        "model[5]": Choice(values=({"dropout": 0.2}, {"alpha_dropout": 0.5})),
    }
    assert len(result.checked.combinations) == 200
    assert all(one["model[0].conv.filters"] <= 32 for one in result.checked.combinations)


def test_most_settings_have_defaults(tmp_path):
    sweep = read_text(tmp_path, SHORT).sweep
    assert sweep.name == "kernels"
    assert (sweep.metric, sweep.trials, sweep.seed) == ("val_accuracy", None, 0)
    assert (sweep.early_terminate, sweep.confirm, sweep.where) == (None, None, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", None),
        ("", None),
        ("hyperband", Hyperband()),
        ("{hyperband: 2}", Hyperband(min_epochs=2)),
        ("median", Median()),
        ("{median: {min_epochs: 2, min_trials: 3}}", Median(min_epochs=2, min_trials=3)),
    ],
)
def test_early_termination_is_a_kind_or_none(tmp_path, text, expected):
    sweep = read_text(tmp_path, f"{SHORT}early_terminate: {text}\n".replace("[1, 2]", "[3, 4]"))
    assert sweep.sweep.early_terminate == expected


def test_paths_have_one_form(tmp_path):
    text = SHORT.replace("training.epochs: [1, 2]", "model.0.conv.filters: [1, 2]")
    assert list(read_text(tmp_path, text).spaces) == ["model[0].conv.filters"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{min: 1, max: 3}", IntegerRange(min=1, max=3)),
        ("{min: 1.0, max: 3}", NumberRange(min=1, max=3)),
        ("{min: 1, max: 3, step: 0.5}", NumberRange(min=1, max=3, step=0.5)),
        ("{min: 1, max: 300, scale: log}", IntegerRange(min=1, max=300, scale="log")),
    ],
)
def test_a_range_of_whole_numbers_has_whole_values(tmp_path, text, expected):
    path = "training.optimizer.adam.clipnorm"
    text = f"config: ../small.yaml\nmethod: random\ntrials: 2\nparameters: {{{path}: {text}}}\n"
    assert read_text(tmp_path, text).spaces == {path: expected}


def test_edits_change_the_config_or_the_sweep_file(tmp_path):
    result = read_text(
        tmp_path,
        SWEEP,
        "training.epochs=9",
        "data.batch_size=64",
        "trials=5",
        "name=other",
        "confirm.seeds=3",
        "parameters.model[0].conv.filters=[4, 8]",
        "parameters.model.2.conv.kernel_size.max=3",
        "parameters.model[6].dense.use_bias=[true, false]",
    )
    assert result.base.experiment.training.epochs == 9
    assert "epochs: 9\n" in result.base.text
    assert "{dataset: mnist, validation: 0.1, batch_size: 64}" in result.base.text
    assert (result.sweep.trials, result.sweep.name) == (5, "other")
    assert result.sweep.confirm == Confirm(best=3, seeds=3)
    assert result.spaces["model[0].conv.filters"] == Choice(values=(4, 8))
    assert result.spaces["model[2].conv.kernel_size"] == IntegerRange(min=1, max=3, step=2)
    assert result.spaces["model[6].dense.use_bias"] == Choice(values=(True, False))


def test_a_sweep_is_restored_from_its_record(tmp_path):
    result = read_text(tmp_path, SWEEP, "training.epochs=9")
    plain = json.loads(json.dumps(result.sweep.model_dump(mode="json")))
    config = ConfigFile(result.config_path, result.base.text.encode())
    restored = restore_sweep(plain, config, describe)
    assert restored.sweep == result.sweep
    assert restored.base.experiment == result.base.experiment
    assert restored.spaces == result.spaces
    assert restored.checked == result.checked


def test_a_sweep_file_differs_from_a_config():
    assert is_sweep_text(SWEEP)
    assert is_sweep_text("method: grid")
    assert not is_sweep_text(CONFIG)
    assert not is_sweep_text("model: [flatten]\nparameters: {}")
    assert not is_sweep_text("[parameters]")
    assert is_sweep_text("parameters: {")
    assert not is_sweep_text("parameters: {\nmodel: [flatten]")
    assert not is_sweep_text("")


def test_the_config_of_a_sweep_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = SHORT.replace("../small.yaml", "/dev/stdin")
    assert read_faults(text) == (
        "sweeps/kernels.yaml:1:9: config: /dev/stdin is not a file, and each trial reads the "
        "config\n     1 | config: /dev/stdin\n                 ^\n"
        "       expected: the path of a config\n\n1 fault"
    )


def test_a_sweep_file_can_come_from_standard_input(run_cli, tmp_path, monkeypatch):
    write_files(tmp_path, SHORT)
    text = SHORT.replace("../small.yaml", "small.yaml")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    code, answer, _ = run_cli("check", "-", cwd=tmp_path)
    assert code == 0
    assert answer.startswith("sweep: varies 1 setting of small.yaml\n")


def test_a_missing_sweep_file_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="there is no such sweep file"):
        read_sweep(tmp_path / "none.yaml", describe)


def test_a_fault_of_the_data_set_is_a_data_error(tmp_path):
    def fail(data):
        raise DataError("mnist: the file is damaged")

    path = write_files(tmp_path, SWEEP)
    with pytest.raises(DataError) as caught:
        read_sweep(path, fail)
    assert str(caught.value) == "mnist: the file is damaged"
    write_files(tmp_path, SWEEP.replace("trials: 30", "trial: 30"))
    with pytest.raises(ConfigError) as both:
        read_sweep(path, fail)
    faults = [(fault.path, fault.message) for fault in both.value.faults]
    assert ("config", "mnist: the file is damaged") in faults
    assert ("trial", "unknown key `trial`") in faults
