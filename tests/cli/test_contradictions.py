"""What contradicts a run folder's own record is refused by all commands, and both are named."""

from __future__ import annotations

import json
import shutil

import pytest

COMMANDS = {
    "evaluate": ("evaluate", "small-001"),
    "predict": ("predict", "small-001", "--random", "2"),
    "explain": ("explain", "small-001", "kernels"),
    "report": ("report", "small-001"),
    "compare": ("compare", "small-001", "small-002"),
    "show": ("runs", "show", "small-001"),
    "resume": ("resume", "small-001", "--epochs", "+1"),
}


def refuse(run_cli, run, command):
    code, out, err = run_cli(*COMMANDS[command], cwd=run.parent.parent)
    assert (code, out) == (4, "")
    return err.splitlines()[-1]


@pytest.fixture
def run(run_copy):
    """A run that may be damaged, beside one to compare it with."""
    shutil.copytree(run_copy, run_copy.with_name("small-002"))
    return run_copy


@pytest.mark.parametrize("command", COMMANDS)
def test_a_run_json_that_is_cut_short_is_refused(command, run, run_cli):
    path = run / "run.json"
    path.write_text(path.read_text()[:-30])
    assert refuse(run_cli, run, command).startswith("cnnlab: runs/small-001/run.json: damaged: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_checkpoint_of_another_run_is_refused(command, run, run_cli):
    (run / "checkpoints/best.keras").write_bytes((run / "checkpoints/initial.keras").read_bytes())
    assert refuse(run_cli, run, command) == (
        "cnnlab: runs/small-001: checkpoints/best.keras has changed: its size or SHA-256 hash "
        "differs from state.json"
    )


@pytest.mark.parametrize("command", ["show", "report", "compare", "resume"])
def test_a_history_that_was_changed_is_refused(command, run, run_cli):
    path = run / "history.csv"
    path.write_text(path.read_text().replace("1,", "1,1", 1))
    assert "history.csv has changed: " in refuse(run_cli, run, command)


@pytest.mark.parametrize("name", ["run.json", "spec.json", "state.json"])
def test_a_key_that_is_there_twice_is_refused(name, run, run_cli):
    path = run / name
    text = path.read_text()
    key, value = next(iter(json.loads(text).items()))
    path.write_text(f'{{"{key}": {json.dumps(value)},{text[1:]}')
    answer = refuse(run_cli, run, "evaluate")
    assert answer == f"cnnlab: runs/small-001/{name}: damaged: the key {key} occurs twice"
