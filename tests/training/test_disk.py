"""A full or read-only disk: exit code 5, an error message, and what was saved."""

from __future__ import annotations

import json
import os
import zipfile
from contextlib import ExitStack

import pytest
from small_disk import mount_small_disk

pytestmark = pytest.mark.slow

BIG = [
    {"conv": {"filters": 8, "kernel_size": 3, "strides": 2, "activation": "relu"}},
    "flatten",
    {"dense": {"units": 128, "activation": "relu"}},
    {"dense": {"units": 10, "activation": "softmax"}},
]  # about 175,000 parameters: 0.7 MB, and 2.1 MB with Adam's two arrays for each


@pytest.fixture
def disk(tmp_path):
    """Mount a disk of a given size in memory; skips where that is not allowed."""
    with ExitStack() as stack:
        yield lambda options: stack.enter_context(mount_small_disk(tmp_path / "disk", options))


def test_a_full_disk_ends_training_and_keeps_what_was_written(
    cnnlab, run_cli, disk, small_data, tmp_path
):
    runs = disk("size=4m")  # initial 0.7 MB, last 2.1 MB; its second version does not fit beside
    model = "model=" + json.dumps(BIG)
    done = cnnlab("train", small_data / "small.yaml", "--runs", runs, "--set", model, cwd=tmp_path)
    run = runs / "small-001"
    assert (done.returncode, done.stdout) == (5, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == (
        f"cnnlab: {run}/checkpoints/last.keras: cannot be written: no space left on device; "
        "free some space; "
        f"1 epoch is saved in {run}; next: cnnlab resume {run}"
    )
    record = json.loads((run / "run.json").read_text())
    assert (record["status"], record["epochs"]) == ("failed", 1)
    assert "no space left on device" in record["ended"]
    assert len((run / "history.csv").read_text().splitlines()) == 2
    for name in ("initial", "best", "last"):
        with zipfile.ZipFile(run / f"checkpoints/{name}.keras") as archive:
            assert archive.testzip() is None
    assert [path.name for path in run.rglob(".*")] == [".lock"]

    code, out, err = run_cli("evaluate", run, "--json", cwd=tmp_path)
    if code:  # its tables may be too much for the disk
        assert (code, out) == (5, "")
        assert "no space left on device" in err
    else:
        assert json.loads(out)["accuracy"] > 0.5


def test_a_disk_that_is_full_from_the_start_is_reported(run_cli, disk, small_data, tmp_path):
    runs = disk("size=4k")
    (runs / "filling").write_bytes(bytes(4096))
    code, out, err = run_cli("train", small_data / "small.yaml", "--runs", runs, cwd=tmp_path)
    assert (code, out) == (5, "")
    assert "Traceback" not in err
    assert "no space left on device; free some space" in err


def test_runs_that_may_not_be_written_are_reported(run_cli, disk, small_data, tmp_path):
    if os.geteuid() == 0:  # root may write everywhere but to a disk that is mounted so
        runs = disk("size=1m,ro")
        reason = "read-only file system"
    else:
        runs = tmp_path / "runs"
        runs.mkdir(mode=0o500)
        reason = "permission denied"
    code, out, err = run_cli("train", small_data / "small.yaml", "--runs", runs, cwd=tmp_path)
    assert (code, out) == (5, "")
    assert err == (
        f"cnnlab: {runs}: cannot be written: {reason}; choose another path with `--runs DIR`\n"
    )


def test_a_file_in_the_way_of_the_runs_is_reported(run_cli, small_data, tmp_path):
    (tmp_path / "file").write_text("")
    runs = tmp_path / "file/runs"
    code, out, err = run_cli("train", small_data / "small.yaml", "--runs", runs, cwd=tmp_path)
    assert (code, out) == (5, "")
    assert err == (
        f"cnnlab: {runs}: cannot be written: not a directory; "
        "choose another path with `--runs DIR`\n"
    )
