"""Killed ensembles and runs over seeds resume where they were interrupted."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import pytest
from tiny_training import read_tiny, save_tiny

from cnnlab.errors import UsageError
from cnnlab.run_folder import create_run
from cnnlab.run_folder.lock import hold_lock
from cnnlab.study import ensemble_training
from cnnlab.training.saved_state import ResumeRequest, check_resume_request

pytestmark = pytest.mark.slow

FEWER = (
    *("--set", "model=[flatten, {dense: {units: 10, activation: softmax}}]"),
    *("--set", "data.batch_size=200"),
)


def read_json(path):
    return json.loads(path.read_text())


def weights(run):
    with zipfile.ZipFile(run / "checkpoints/last.keras") as archive:
        return archive.read("model.weights.h5")


@pytest.fixture
def killed_series(start, small_data, tmp_path):
    """Train, and kill the process after an epoch of its second run: the folder runs/."""

    def run(*arguments, after):
        begun = start("train", small_data / "small.yaml", *FEWER, *arguments, cwd=tmp_path)
        begun.wait_for_line(after)
        begun.wait_for(lambda: "\nepoch" in begun.read_stderr().split(after)[1])
        begun.process.kill()
        begun.end()
        return tmp_path / "runs"

    return run


LONG = ("--set", "training.epochs=8")


def test_an_ensemble_resumes_with_the_member_that_was_killed(
    killed_series, run_cli, small_data, tmp_path
):
    run = killed_series("--set", "ensemble=3", *LONG, after="member 2 of 3") / "small-001"
    assert read_json(run / "run.json")["status"] == "running"
    listed = json.loads(run_cli("runs", "--json", cwd=tmp_path)[1])
    assert [row["status"] for row in listed] == ["killed"]
    first, half = weights(run / "members/1"), read_json(run / "members/2/run.json")["epochs"]
    assert 0 < half < 8
    code, out, err = run_cli("resume", "last", cwd=tmp_path)
    assert (code, out.splitlines()[-3].split(" in ")[0]) == (0, "all 3 members trained")
    assert "member 2 of 3" in err
    assert "member 1 of 3" not in err
    assert weights(run / "members/1") == first
    assert read_json(run / "members/2/run.json")["resumed"][0]["epochs"] == half
    assert read_json(run / "run.json")["epochs"] == 24
    alone = ("--set", "seed=8", "--set", "data.validation_seed=7", "--runs", "alone")
    edits = (*FEWER, *LONG, *alone)
    assert run_cli("train", small_data / "small.yaml", *edits, cwd=tmp_path)[0] == 0
    assert weights(run / "members/2") == weights(tmp_path / "alone/small-001")

    code, out, err = run_cli("resume", "last", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == (
        "cnnlab: runs/small-001: the run has no epochs left to train: all 3 members trained; "
        "to train more epochs: cnnlab resume runs/small-001 --epochs +10"
    )
    assert run_cli("resume", "last", "--epochs", "+1", cwd=tmp_path)[0] == 0
    assert read_json(run / "run.json")["epochs"] == 27
    assert run_cli("evaluate", "last", cwd=tmp_path)[0] == 0


def test_members_that_stopped_early_train_as_many_epochs_as_are_asked_for(tmp_path):
    stopping = [{"early_stopping": {"monitor": "loss", "patience": 1, "min_delta": 10}}]
    config = read_tiny(save_tiny(tmp_path), epochs=3, callbacks=stopping)
    pair = config.experiment.model_copy(update={"ensemble": (1, 2)})
    run = create_run(tmp_path / "runs", "pair")
    assert ensemble_training.train(replace(config, experiment=pair), run).epochs == 2 * 2
    check_resume_request(run, ResumeRequest("3"))
    assert ensemble_training.resume(run, ResumeRequest("3")).epochs == 2 * 3
    with pytest.raises(UsageError, match="the run has no epochs left to train"):
        ensemble_training.resume(run, ResumeRequest("3"))


def test_runs_over_seeds_resume_with_the_one_that_was_killed(
    killed_series, run_cli, small_data, tmp_path
):
    root = killed_series("--seeds", "3", *LONG, after="run 2 of 3")
    first = weights(root / "small-001")
    staged = root / "small-002/checkpoints/.last.keras.next"
    staged.write_bytes(b"of the process that trains it")
    with hold_lock(root / "small-002"):
        assert run_cli("resume", "small-001", cwd=tmp_path)[0] == 7
    assert staged.exists()
    code, out, err = run_cli("resume", "small-002", cwd=tmp_path)
    assert (code, out.splitlines()[-3].split(" in ")[0]) == (0, "all 3 runs trained")
    assert sorted(path.name for path in root.iterdir()) == [f"small-00{n}" for n in (1, 2, 3)]
    assert weights(root / "small-001") == first
    assert [read_json(root / f"small-00{n}/run.json")["seed"] for n in (1, 2, 3)] == [7, 8, 9]
    edits = (*FEWER, *LONG, "--set", "seed=8", "--runs", "alone")
    assert run_cli("train", small_data / "small.yaml", *edits, cwd=tmp_path)[0] == 0
    assert weights(tmp_path / "alone/small-001") == weights(root / "small-002")
    code, out, err = run_cli("resume", "small-003", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert "the run has no epochs left to train" in err
