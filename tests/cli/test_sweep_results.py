"""`cnnlab report`, `runs`, `runs show` and `runs rm` of sweeps, and the rule for test images."""

from __future__ import annotations

import json

import pytest
from run_builders import make_run
from sweep_folder_builders import make_sweep

from cnnlab.run_folder.lock import hold_lock

BEST = (
    "trial 2 is the best: val_accuracy 0.9499 in epoch 3, 5,472 multiply-adds, with learning_rate "
    "0.00164, filters 8, batch_size 128"
)


@pytest.fixture
def folder(tmp_path):
    """A run, and a newer sweep with three finished trials and three others."""
    make_run(tmp_path / "runs", "small", record={"started": "2023-01-01T00:00:00Z"})
    make_sweep(tmp_path / "runs", count=6, statuses={3: "pruned", 4: "failed", 5: "waiting"})
    return tmp_path


def list_lines(text):
    return [" ".join(line.split()) for line in text.splitlines() if line.strip(" ─")]


def test_report_writes_the_files_and_prints_the_short_answer(run_cli, folder):
    code, out, err = run_cli("report", "last", cwd=folder)
    assert (code, err) == (0, "")
    assert list_lines(out) == [
        "trial status learning_rate filters batch_size val_accuracy best epoch epochs "
        "multiply-adds parameters seconds",
        "2 finished 0.00164 8 128 0.9499 3 3 5,472 650 15.0",
        "1 finished 0.0341 8 16 0.8685 3 3 5,472 650 15.0",
        "6 finished 0.0497 16 96 0.8426 3 3 10,944 650 15.0",
        BEST,
        "3 finished trials are too few to say which settings matter",
        "written: runs/kernels-001/report.html",
        "runs/kernels-001/trials.csv",
        "runs/kernels-001/parallel.png",
        "runs/kernels-001/parameters.png",
        "runs/kernels-001/pareto.png",
        "next: cnnlab evaluate runs/kernels-001/trials/002",
    ]


def test_report_as_json_has_the_same_answer(run_cli, folder):
    code, out, err = run_cli("report", "kernels", "--json", cwd=folder)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["sweep"] == "runs/kernels-001"
    assert answer["trials"] == {
        "planned": 6,
        "finished": 3,
        "pruned": 1,
        "failed": 1,
        "waiting": 1,
    }
    assert answer["answer"] == BEST
    assert answer["best"]["number"] == 2
    assert answer["best"]["run"] == "runs/kernels-001/trials/002"
    assert answer["front"] == [2]
    assert answer["importances"] == []
    assert answer["written"][0] == "runs/kernels-001/report.html"
    assert answer["next"] == ["cnnlab evaluate runs/kernels-001/trials/002"]


def test_a_running_sweep_has_a_report_too(run_cli, tmp_path):
    sweep = make_sweep(tmp_path / "runs", count=2, record={"status": "running"})
    with hold_lock(sweep.path):
        code, out, err = run_cli("report", "last", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith("note: the sweep is running; this is the report of its trials until now")


def test_report_of_a_sweep_takes_no_data(run_cli, folder):
    code, _, err = run_cli("report", "kernels", "--dataset", "mnist", cwd=folder)
    assert code == 2
    assert err == "cnnlab: --dataset: the report of a sweep reads no data; leave it out\n"


def test_runs_shows_a_sweep_as_one_line(run_cli, folder):
    assert list_lines(run_cli("runs", cwd=folder)[1]) == [
        "run status epochs best validation test accuracy parameters time",
        "small-001 finished 2 100.00% 0 1 min 0 s",
        "kernels-001 finished 5 of 6 trials val_accuracy 0.9499 10 min 0 s",
    ]


def test_runs_as_json_has_the_sweep(run_cli, folder):
    rows = json.loads(run_cli("runs", "--json", "--where", "val_accuracy>0.9", cwd=folder)[1])
    assert [row.pop("best_value") for row in rows] == [pytest.approx(0.94988, abs=1e-5)]
    assert rows == [
        {
            "sweep": "kernels-001",
            "status": "finished",
            "config": "kernels",
            "trials": 5,
            "planned_trials": 6,
            "best_monitor": "val_accuracy",
            "seconds": 600.0,
            "val_accuracy": pytest.approx(0.94988, abs=1e-5),
        }
    ]


def test_a_damaged_sweep_is_a_line_with_its_fault(run_cli, folder):
    (folder / "runs/kernels-001/sweep.json").write_text("{")
    lines = list_lines(run_cli("runs", cwd=folder)[1])
    assert "kernels-001 damaged" in lines
    assert lines[-1].startswith("runs/kernels-001/sweep.json: damaged: ")


def test_runs_show_has_the_head_and_the_trials(run_cli, folder):
    code, out, err = run_cli("runs", "show", "kernels", cwd=folder)
    assert (code, err) == (0, "")
    lines = list_lines(out)
    assert lines[:11] == [
        "runs/kernels-001",
        "state finished; 6 of 6 trials: 3 finished, 1 pruned, 1 failed, 1 waiting "
        "(all 6 trials done)",
        "started 2024-01-01T00:00:00Z, took 10 min 0 s",
        "command cnnlab sweep configs/sweeps/kernels.yaml",
        "config configs/kernels.yaml",
        "searched the largest val_accuracy, by tpe",
        "engine processes, 2 workers, auto",
        "training.optimizer.adam.learning_rate: 0.0001 to 0.1, logarithmic",
        "model[0].conv.filters: 4, 8, 16",
        "data.batch_size: 16 to 128 in steps of 16",
        "trial status learning_rate filters batch_size val_accuracy best epoch epochs "
        "multiply-adds parameters seconds",
    ]
    assert [line.split()[:2] for line in lines[11:17]] == [
        *(["2", "finished"], ["1", "finished"], ["6", "finished"]),
        *(["3", "pruned"], ["4", "failed"], ["5", "waiting"]),
    ]
    assert lines[17:] == [
        "trial 4 failed: diverged",
        BEST,
        "next: cnnlab evaluate runs/kernels-001/trials/002",
    ]


def test_runs_show_as_json_has_all_trials(run_cli, folder):
    answer = json.loads(run_cli("runs", "show", "kernels", "--json", cwd=folder)[1])
    assert answer["run"] == "runs/kernels-001"
    assert answer["workers"] == 2
    assert [trial["status"] for trial in answer["trials"]] == [
        *("finished", "finished", "pruned", "failed", "waiting", "finished"),
    ]


def test_runs_rm_removes_a_whole_sweep(run_cli, folder):
    code, out, err = run_cli("runs", "rm", "kernels", "--yes", cwd=folder)
    assert (code, err) == (0, "")
    assert out.startswith("removed runs/kernels-001: ")
    assert [path.name for path in (folder / "runs").iterdir()] == ["small-001"]


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        ("evaluate TRIAL", ", or use --split validation"),
        ("report TRIAL", ""),
        ("explain TRIAL maps", ""),
        ("predict TRIAL --random 3", ""),
        ("compare small-001 TRIAL", ""),
    ],
)
def test_the_test_images_wait_for_the_sweep(run_cli, tmp_path, command, remedy):
    make_run(tmp_path / "runs", "small")
    make_sweep(tmp_path / "runs", count=1, record={"status": "stopped"})
    trial = "runs/kernels-001/trials/001"
    code, out, err = run_cli(*command.replace("TRIAL", trial).split(), cwd=tmp_path)
    assert (code, out) == (2, "")
    assert err == (
        f"cnnlab: {trial}: this run belongs to the sweep runs/kernels-001, which is stopped; a "
        "sweep chooses by validation images, and the test images wait until it has finished; "
        f"continue it with `cnnlab resume runs/kernels-001`{remedy}\n"
    )
