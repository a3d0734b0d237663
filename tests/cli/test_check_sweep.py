"""`cnnlab check` and `cnnlab schema` for sweep files, as the shell sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sweep_builders import SWEEP, write_files

import cnnlab as package
from cnnlab.spec.sweep_schema import format_sweep_schema

SUMMARY = """\
kernels: varies 4 settings of ../small.yaml

parameter                              values
─────────────────────────────────────────────────────────────────────────────
model[0].conv.filters                  8, 16, 32, 64
model[2].conv.kernel_size              1 to 7, in steps of 2
training.optimizer.adam.learning_rate  0.0001 to 0.01, on a logarithmic scale
model[5]                               {dropout: 0.2}, {alpha_dropout: 0.5}

combinations       any number; about 75% meet the conditions, of 266 at random
where              model[0].conv.filters <= 32
trials             30 by `tpe`, seed 0
metric             val_accuracy, where the highest value is the best
at least           0.992; the best trial reaches it with the fewest multiply-adds
epochs             4 for each trial that is not ended earlier
early termination  hyperband, after 1 epoch at the earliest; 1 of 3 trials goes on from each \
rung
confirmation       the best 3 trials and the config, each with 5 seeds
multiply-adds      76,064 to 1,425,440 for one image, in 200 checked combinations
"""
GRID_SUMMARY = """\
kernels: varies 2 settings of ../small.yaml

parameter              values
────────────────────────────────────────────
model[0].conv.filters  8, 16
training.epochs        2 to 6, in steps of 2

combinations       4 of 6
where              training.epochs < 6
trials             4 by `grid`, seed 0
metric             val_loss, where the lowest value is the best
epochs             2 to 4 for each trial that is not ended earlier
early termination  median, after 1 epoch at the earliest and 2 whole trials
multiply-adds      192,064 to 380,128 for one image, in 4 checked combinations
"""
GRID = """\
config: ../small.yaml
method: grid
metric: val_loss
parameters:
  model[0].conv.filters: [8, 16]
  training.epochs: {min: 2, max: 6, step: 2}
where: ["training.epochs < 6"]
early_terminate: {median: {min_epochs: 1, min_trials: 2}}
"""


@pytest.fixture
def check(run_cli, tmp_path):
    """Run `cnnlab check sweeps/kernels.yaml` with further arguments on a text of a sweep file."""

    def check(text: str, *arguments: str) -> tuple[int, str, str]:
        write_files(tmp_path, text)
        return run_cli("check", "sweeps/kernels.yaml", *arguments, cwd=tmp_path)

    return check


def test_a_sweep_file_is_answered_by_its_parameters_and_numbers(check):
    assert check(SWEEP) == (0, SUMMARY, "")


def test_a_grid_is_answered_by_its_number_of_trials(check):
    assert check(GRID) == (0, GRID_SUMMARY, "")


def test_edits_change_the_sweep_and_its_config(check):
    code, text, _ = check(SWEEP, "--set", "trials=7", "--set", "training.epochs=9")
    assert code == 0
    assert "trials             7 by `tpe`, seed 0\n" in text
    assert "epochs             9 for each trial" in text


def test_json_has_the_same_numbers(check):
    code, text, errors = check(GRID, "--json")
    assert (code, errors) == (0, "")
    plain = json.loads(text)
    assert plain["valid"] is True
    assert plain["sweep"]["parameters"]["training.epochs"] == {
        "min": 2,
        "max": 6,
        "step": 2,
        "scale": "linear",
    }
    numbers = ("direction", "combinations", "all_combinations", "trials", "epochs")
    assert [plain[name] for name in numbers] == ["min", 4, 6, 4, [2, 4]]
    # 26·26·8·9 + 11·11·16·9·8 + 5·5·16·10, and the same with 16 in place of 8
    assert plain["multiply_adds"] == [192_064, 380_128]


def test_a_wrong_sweep_file_is_reported_on_stderr(check):
    code, text, errors = check(GRID.replace("val_loss", "val_los"))
    assert (code, text) == (2, "")
    assert errors == (
        "sweeps/kernels.yaml:3:9: metric: the trials have no figure `val_los`\n"
        "     3 | metric: val_los\n"
        "                 ^\n"
        "       expected: one of val_loss, val_accuracy\n"
        "       did you mean `val_loss`?\n"
        "\n"
        "1 fault\n"
    )


def test_json_has_the_faults_of_a_sweep_file(check):
    code, text, errors = check(GRID.replace("val_loss", "val_los"), "--json")
    assert (code, errors) == (2, "")
    assert [fault["path"] for fault in json.loads(text)["faults"]] == ["metric"]


def test_the_images_of_a_sweep_can_be_opened(check):
    code, text, _ = check(GRID, "--data")
    assert code == 0
    assert text.endswith("\n70,000 images opened; all can be read\n")


def test_a_sweep_file_is_no_config_for_a_training(run_cli, tmp_path):
    write_files(tmp_path, GRID)
    code, text, errors = run_cli("train", "sweeps/kernels.yaml", cwd=tmp_path)
    assert (code, text) == (2, "")
    assert errors == (
        "sweeps/kernels.yaml:1:1: this is a sweep file\n"
        "     1 | config: ../small.yaml\n"
        "         ^\n"
        "       expected: a config\n"
        "       `cnnlab sweep` runs a sweep file; the config is the file that it names\n"
        "\n"
        "1 fault\n"
    )


def test_a_check_of_a_sweep_file_loads_nothing_heavy(tmp_path):
    path = write_files(tmp_path, SWEEP)
    program = (
        f"import sys\nfrom cnnlab.cli.main import cnnlab\n"
        f"cnnlab(['check', {str(path)!r}], standalone_mode=False)\n"
        "heavy = {'tensorflow', 'keras', 'matplotlib', 'sklearn', 'optuna'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-X", "utf8", "-c", program]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_schema_prints_what_editors_read(run_cli, tmp_path):
    assert run_cli("schema", "--sweep", cwd=tmp_path) == (0, format_sweep_schema(), "")


def test_python_checks_a_sweep_file(tmp_path: Path):
    checked = package.check_sweep(write_files(tmp_path, SWEEP), {"trials": 7})
    assert checked.sweep.trials == 7
    assert next(iter(checked.parameters)) == "model[0].conv.filters"
    assert checked.summary.trials == 7
    assert "kernels: varies 4 settings of ../small.yaml" in str(checked)
    assert "<pre" in checked._repr_html_()
