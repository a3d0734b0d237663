"""`cnnlab runs show`: everything about one run."""

from __future__ import annotations

import json

import pytest
from run_builders import make_run

from cnnlab.run_folder import RunFolder


@pytest.fixture
def folder(tmp_path):
    record = {
        "best_epoch": 2,
        "best_monitor": "val_loss",
        "best_value": 1.0,
        "parameters": 1490,
        "weights": "best.keras: weights after epoch 2",
        "command": ["cnnlab", "train", "a b.yaml"],
        "versions": {"cnnlab": "0.1.0", "keras": "3.15.1"},
        "git_commit": "abc",
        "data": {"dataset": "mnist", "training_images": 54_000, "validation_images": 6_000},
    }
    make_run(tmp_path / "runs", "a", seed=7, wrong=range(10), record=record)
    return tmp_path


def test_the_whole_answer_for_a_person(run_cli, folder):
    (folder / "runs/a-001/curves.png").write_bytes(b"x" * 2_500)
    code, out, err = run_cli("runs", "show", "a", cwd=folder)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:20] == [
        "runs/a-001",
        "",
        "state       finished: all 2 epochs done",
        "started     2024-01-01T00:00:00Z, took 1 min 0 s",
        "command     cnnlab train 'a b.yaml'",
        "seed        7",
        "device      CPU",
        "versions    cnnlab 0.1.0, keras 3.15.1",
        "commit      abc",
        "data        mnist, 8 × 8 × 1, 10 classes, 54,000 training images, 6,000 validation images",
        "network     1,490 parameters",
        "            2,736 multiply-adds for one image",
        "              conv: 4",
        "              flatten",
        "              dense: {units: 10, activation: softmax}",
        "epochs      2 of 10, best 2 (val_loss 1.0000)",
        "weights     best.keras: weights after epoch 2",
        "test        accuracy 90.00% (95% interval 50.00% to 100.00%), "
        "cross-entropy 0.2500, 100 images",
        "",
        "files",
    ]
    assert lines[20:22] == ["     8 bytes  checkpoints/last.keras", "      2.5 kB  curves.png"]
    assert lines[-3:] == [
        "",
        "next: cnnlab report runs/a-001",
        "next: cnnlab compare runs/a-001 ANOTHER",
    ]


def test_json_has_the_record_and_the_rest(run_cli, folder):
    code, out, err = run_cli("runs", "--runs", "runs", "--json", "show", "last", cwd=folder)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert (answer["run"], answer["status"], answer["epochs"]) == ("runs/a-001", "finished", 2)
    assert (answer["planned_epochs"], answer["multiply_adds"]) == (10, 2736)
    assert answer["layers"] == ["conv: 4", "flatten", "dense: {units: 10, activation: softmax}"]
    assert answer["files"]["checkpoints/last.keras"] == 8
    assert answer["evaluations"]["test"]["accuracy"] == 0.9
    assert answer["following"] == [
        "cnnlab report runs/a-001",
        "cnnlab compare runs/a-001 ANOTHER",
    ]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"epochs": 1}, ["cnnlab evaluate runs/b-001"]),
        ({"epochs": 0, "status": "failed"}, ["cnnlab resume runs/b-001"]),
        (
            {"epochs": 1, "status": "running"},  # and no process has its lock: it was killed
            ["cnnlab resume runs/b-001", "cnnlab evaluate runs/b-001"],
        ),
    ],
)
def test_the_next_command_depends_on_the_state(run_cli, folder, record, expected):
    make_run(folder / "runs", "b", evaluated=False, record=record)
    answer = json.loads(run_cli("runs", "show", "b-001", "--json", cwd=folder)[1])
    assert answer["following"] == expected


def test_the_members_of_an_ensemble_are_folded_up(run_cli, folder):
    record = {"seeds": [1, 2], "parameters": 2980, "epochs": 4}
    run = make_run(folder / "runs", "many", ensemble=2, record=record)
    for number in (1, 2):
        make_run(run.path / "members", "x").path.rename(run.path / f"members/{number}")
    code, out, err = run_cli("runs", "show", "many", cwd=folder)
    assert (code, err) == (0, "")
    assert "network     2,980 parameters in 2 members\n" in out
    assert "2,736 multiply-adds for one image and member\n" in out
    assert "epochs      4 of 20\n" in out
    assert out.count("members/") == 2
    assert "  members/2/\n" in out


def test_damaged_figures_are_reported(run_cli, folder):
    path = folder / "runs/a-001/evaluation/metrics.json"
    epochs = RunFolder(folder / "runs/a-001").read_record().epochs
    path.write_text(json.dumps({"accuracy": 0.9, "trained_epochs": epochs}))
    assert run_cli("runs", "show", "a", cwd=folder) == (
        4,
        "",
        "cnnlab: runs/a-001/evaluation/metrics.json: damaged: `images` is missing; evaluate the "
        "run again\n",
    )


def test_a_path_that_is_no_run_is_reported(run_cli, folder):
    expected = (4, "", "cnnlab: nope: no such run or file; there is a-001\n")
    assert run_cli("runs", "show", "nope", cwd=folder) == expected
