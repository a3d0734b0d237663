"""`cnnlab check`: what it prints for right and wrong configs, and what it loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from command_calls import call_cnnlab

RIGHT = """\
name: tiny
model:
  - max_pool: 4
  - flatten
  - dense: {units: 10, activation: softmax}
"""
WRONG = """\
model:
  - conv: {filtres: 8}
  - dense: 10
seed: x
"""
SUMMARY = """\
tiny: mnist, 28 × 28 × 1, 10 classes, 60,000 training images, 10,000 test images

#  layer     input    output  parameters  multiply-adds  receptive
──────────────────────────────────────────────────────────────────
1  max_pool  28×28×1  7×7×1            0              0        4×4
     kernel 4 × 4, stride 4, padding valid: ⌊(28 − 4 + 2·0)/4⌋ + 1 = 7
2  flatten   7×7×1    49               0              0      28×28
     7·7·1 = 49
3  dense     49       10             500            490      28×28
     parameters: 49·10 + 10 = 500

parameters     500
multiply-adds  490 for one image
memory         111.5 KiB for the maps of a batch of 32 (computed, not measured)
               7.8 KiB for weights, gradients and the arrays of adam
outputs        probabilities (softmax)
"""  # (784 + 49 + 49 + 10) · 32 · 4 = 114,176 bytes; 500 · 4 · 4 = 8,000 bytes
FAULTS = """\
cnnlab.yaml:2:12: model[0].conv.filtres: unknown key `filtres`
     2 |   - conv: {filtres: 8}
                    ^
       expected: one of filters, kernel_size, strides, padding, dilation_rate, activation, \
use_bias, groups, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
       did you mean `filters`?

cnnlab.yaml:4:7: seed: the text `x` does not fit
     4 | seed: x
               ^
       expected: a whole number from 0 to 2,147,483,647 (seed of all random numbers)

2 faults
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with right.yaml, and with cnnlab.yaml, which has two faults."""
    (tmp_path / "right.yaml").write_text(RIGHT)
    (tmp_path / "cnnlab.yaml").write_text(WRONG)
    return tmp_path


@pytest.fixture
def cnnlab(folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in this folder, in this process."""
    return partial(call_cnnlab, cwd=folder)


def test_a_right_config_is_answered_by_its_table(cnnlab):
    answer = cnnlab("check", "right.yaml")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, SUMMARY, "")


def test_a_wrong_config_is_reported_on_stderr(cnnlab):
    answer = cnnlab("check", "cnnlab.yaml")
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", FAULTS)


def test_an_edit_changes_the_table_and_not_the_file(cnnlab, tmp_path):
    answer = cnnlab("check", "right.yaml", "--set", "name=other", "--set", "model[0].max_pool=2")
    assert answer.returncode == 0
    assert answer.stdout.startswith("other: mnist")
    assert "kernel 2 × 2" in answer.stdout
    assert (tmp_path / "right.yaml").read_text() == RIGHT


def test_a_wrong_edit_is_reported_with_its_text(cnnlab):
    answer = cnnlab("check", "right.yaml", "--set", "training.epoch=3")
    assert answer.returncode == 2
    assert (
        answer.stderr
        == """\
--set training.epoch=3: training.epoch: unknown key `epoch`
       expected: one of epochs, optimizer, loss, metrics, precision, steps_per_execution, \
unaugmented_epochs, weight_average, callbacks
       did you mean `epochs`?

1 fault
"""
    )


def test_json_holds_the_spec_and_the_table(cnnlab):
    answer = cnnlab("check", "right.yaml", "--json")
    assert (answer.returncode, answer.stderr) == (0, "")
    plain = json.loads(answer.stdout)
    assert plain["valid"] is True
    assert plain["spec"]["model"][2]["dense"]["units"] == 10
    assert plain["parameters"] == 500
    assert plain["rows"][0]["output"] == [7, 7, 1]
    assert plain["advice"] == []


def test_json_holds_the_faults_on_stdout(cnnlab):
    answer = cnnlab("check", "cnnlab.yaml", "--json")
    assert (answer.returncode, answer.stderr) == (2, "")
    plain = json.loads(answer.stdout)
    assert plain["valid"] is False
    assert [(fault["line"], fault["path"]) for fault in plain["faults"]] == [
        (2, "model[0].conv.filtres"),
        (4, "seed"),
    ]
    assert plain["faults"][0]["hint"] == "did you mean `filters`?"


def test_a_missing_config_is_one_line(cnnlab):
    answer = cnnlab("check", "none.yaml")
    assert (answer.returncode, answer.stdout) == (2, "")
    there = "there is no such config; `cnnlab new` writes one to start from"
    assert answer.stderr == f"cnnlab: none.yaml: {there}\n"


def test_a_missing_data_set_ends_in_3(cnnlab, tmp_path):
    answer = cnnlab("check", "right.yaml", "--set", "data.dataset=none.npz")
    assert (answer.returncode, answer.stdout) == (3, "")
    there = "there is no such file (relative paths start at the config's folder)"
    assert answer.stderr == f"cnnlab: {tmp_path / 'none.npz'}: {there}\n"


def test_a_terminal_without_the_signs_gets_question_marks(folder):
    answer = subprocess.run(
        [sys.executable, "-m", "cnnlab", "check", "right.yaml"],
        capture_output=True,
        encoding="latin-1",
        cwd=folder,
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
    )
    assert answer.returncode == 0
    assert "28 × 28 × 1" in answer.stdout
    assert "padding valid: ?(28 ? 4 + 2·0)/4? + 1 = 7" in answer.stdout


@pytest.mark.parametrize(("config", "code"), [("right.yaml", 0), ("cnnlab.yaml", 2)])
def test_nothing_heavy_is_loaded(cnnlab, tmp_path, config, code):
    program = f"""\
import sys
from cnnlab.cli.main import main
sys.argv = ["cnnlab", "check", "{config}"]
try:
    main()
except SystemExit as end:
    heavy = sorted(set(sys.modules) & {{"tensorflow", "keras", "matplotlib", "sklearn"}})
    print("end", end.code or 0, heavy)
"""
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path)
    assert answer.stdout.splitlines()[-1] == f"end {code} []"
