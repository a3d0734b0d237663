"""Find sweeps and their runs by name, name the runs, and remove whole sweeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_builders import make_run
from sweep_folder_builders import make_sweep

from cnnlab.errors import InUseError, RunError, UsageError
from cnnlab.run_folder import (
    RunFolder,
    SweepFolder,
    find_run,
    find_run_or_sweep,
    find_sweep,
    find_sweep_around,
    removal,
)
from cnnlab.run_folder.lock import hold_lock
from cnnlab.run_folder.untouched_test_set import require_finished_sweep


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder runs/ with a sweep of one trial, and an older run."""
    monkeypatch.chdir(tmp_path)
    make_sweep(tmp_path / "runs", count=1)
    make_run(tmp_path / "runs", "small", record={"started": "2023-01-01T00:00:00Z"})
    return (tmp_path / "runs").relative_to(tmp_path)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("runs/kernels-001/trials/007", "kernels-001/trials/007"),
        ("runs/kernels-001/confirm/007/5", "kernels-001/confirm/007/5"),
        ("runs/kernels-001/confirm/base/5", "kernels-001/confirm/base/5"),
        ("runs/kernels-001/trials/007/members/2", "kernels-001/trials/007/members/2"),
        ("runs/small-001/members/2", "small-001/members/2"),
        ("trials/small-001", "small-001"),
    ],
)
def test_the_name_of_a_run_begins_with_its_sweep(path, name):
    run = RunFolder(Path(path))
    assert run.name == name
    assert (run.ensemble is not None) == ("/members/" in path)


def test_a_trial_is_found_by_its_path_and_its_name(root):
    assert find_run("runs/kernels-001/trials/001").path == root / "kernels-001/trials/001"
    assert find_run("kernels-001/trials/001").path == root / "kernels-001/trials/001"


@pytest.mark.parametrize("reference", ["runs/kernels-001", "kernels-001", "kern"])
def test_a_sweep_is_no_run(root, reference):
    with pytest.raises(RunError) as error:
        find_run(reference)
    assert str(error.value) == (
        "runs/kernels-001: this is a sweep, not a run; its trials are runs, such as "
        "runs/kernels-001/trials/001"
    )


@pytest.mark.parametrize("reference", ["runs/kernels-001", "kernels-001", "kern", "last"])
def test_a_sweep_is_found_by_its_path_its_name_a_prefix_and_last(root, reference):
    assert find_sweep(reference).path == root / "kernels-001"
    assert find_run_or_sweep(reference).path == root / "kernels-001"


def test_last_is_the_newest_of_runs_and_sweeps(root):
    assert isinstance(find_run_or_sweep("last"), SweepFolder)
    make_run(root, "newer", record={"started": "2025-01-01T00:00:00Z"})
    assert find_run_or_sweep("last").name == "newer-001"
    assert find_run("last").name == "newer-001"
    assert find_sweep("last").name == "kernels-001"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("", "expected the name of a sweep, or `last`"),
        ("small-001", "runs/small-001: this is a run, not a sweep"),
        (
            "kernel-001",
            "kernel-001: no such sweep; there is kernels-001; did you mean `kernels-001`?",
        ),
    ],
)
def test_what_is_no_sweep_is_refused(root, reference, message):
    with pytest.raises(RunError) as error:
        find_sweep(reference)
    assert str(error.value) == message


def test_a_prefix_of_a_run_and_a_sweep_is_refused(root):
    make_run(root, "kernels")
    with pytest.raises(RunError) as error:
        find_run_or_sweep("kern")
    assert str(error.value) == (
        "kern: several runs or sweeps start with this name: kernels-001, kernels-002"
    )


def test_without_sweeps_the_message_says_how_to_make_one(tmp_path):
    with pytest.raises(RunError) as error:
        find_sweep("last", tmp_path)
    assert str(error.value) == (
        f"last: no such sweep; `cnnlab sweep FILE` makes one in {tmp_path}/"
    )


def test_the_sweep_around_a_run_is_found(root):
    sweep = find_sweep_around(root / "kernels-001/trials/001/checkpoints/last.keras")
    assert sweep is not None
    assert sweep.path == root / "kernels-001"
    assert find_sweep_around(root / "small-001") is None


def test_a_sweep_is_removed_with_its_trials(root):
    sweep = find_sweep("last")
    removal.require_removable(sweep)
    removal.remove_run(sweep)
    assert [path.name for path in root.iterdir()] == ["small-001"]


def test_a_running_sweep_is_not_removed(root):
    sweep = find_sweep("last")
    with hold_lock(sweep.path), pytest.raises(InUseError) as error:
        removal.require_removable(sweep)
    assert str(error.value) == (
        "runs/kernels-001: in use by process 0 on  (cnnlab sweep configs/sweeps/kernels.yaml), "
        "since 2024-01-01T00:00:00Z; wait until that process ends, or stop it"
    )


def test_a_trial_alone_is_not_removed(root):
    with pytest.raises(RunError) as error:
        removal.require_removable(find_run("kernels-001/trials/001"))
    assert str(error.value) == (
        "runs/kernels-001/trials/001: a run of a sweep, which needs all of its runs; remove the "
        "whole sweep: runs/kernels-001"
    )


@pytest.mark.parametrize(
    ("status", "remedy", "end"),
    [
        ("stopped", "", "continue it with `cnnlab resume runs/kernels-001`"),
        (
            "failed",
            "--split validation",
            "continue it with `cnnlab resume runs/kernels-001`, or use --split validation",
        ),
    ],
)
def test_the_test_images_wait_for_the_end_of_the_sweep(root, status, remedy, end):
    sweep = find_sweep("last")
    record = sweep.read_record()
    record.status = status
    sweep.write_record(record)
    trial = sweep.trial_run(1).path
    with pytest.raises(UsageError) as error:
        require_finished_sweep(trial, remedy)
    assert str(error.value) == (
        f"{trial}: this run belongs to the sweep runs/kernels-001, which is {status}; a sweep "
        "chooses by validation images, and the test images wait until it has finished; "
        f"{end}"
    )


def test_a_running_sweep_is_waited_for(root):
    sweep = find_sweep("last")
    record = sweep.read_record()
    record.status = "running"
    sweep.write_record(record)
    with hold_lock(sweep.path), pytest.raises(UsageError) as error:
        require_finished_sweep(sweep.trial_run(1).path)
    assert str(error.value).endswith("wait until it has finished; wait for its end")


def test_after_the_sweep_the_test_images_are_free(root):
    require_finished_sweep(root / "kernels-001/trials/001")
    require_finished_sweep(root / "small-001")
