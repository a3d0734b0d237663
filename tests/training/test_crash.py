"""A process that dies, or a disk that fails, at any step of an epoch's end loses one epoch."""

from __future__ import annotations

import errno
import os
import shutil

import pytest
from disk_steps import Steps
from run_equality import equal_runs

from cnnlab import run_folder
from cnnlab.errors import DiskError
from cnnlab.training.device import choose_device
from cnnlab.training.progress import SilentProgress
from cnnlab.training.saved_state import ResumeRequest
from cnnlab.training.single_run import resume

pytestmark = pytest.mark.slow

EXPERIMENT = {
    "epochs": 3,
    "weight_average": {"ema": 0.9},
    "callbacks": [{"model_checkpoint": {"monitor": "val_loss"}}],
}


class SecondEpoch(SilentProgress):
    """Acts on the disk steps at the end of the second epoch: `act(number, name)` at each."""

    def __init__(self, monkeypatch, act):
        self.monkeypatch, self.act = monkeypatch, act
        self.count = 0

    def epoch(self, row):
        if row["epoch"] == 1:
            # Written by the clock, not at the end of an epoch, and not missed where it fails.
            self.monkeypatch.setattr(run_folder.RunFolder, "write_progress", lambda *them: None)
            self.steps = Steps(self.monkeypatch, self.act)
        elif row["epoch"] == 2:
            self.count = self.steps.count
            self.steps.act = lambda number, name: None


@pytest.fixture
def snapshots(train, tiny, monkeypatch):
    """A run that finished, and copies of its folder: one of each step, as SIGKILL leaves it."""
    copies = {}

    def copy(number, name):
        folder = tiny / "runs" / f"tiny-{number + 1:03}"
        shutil.copytree(tiny / "runs/tiny-001", folder)
        contents = [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*.*"))]
        if contents in copies.values():  # a flush changes nothing that a reader sees
            shutil.rmtree(folder)
        else:
            copies[folder] = contents

    with monkeypatch.context() as patched:
        run, _ = train(progress=SecondEpoch(patched, copy), **EXPERIMENT)
    assert len(copies) > 10
    return run, [run_folder.RunFolder(folder) for folder in copies]


def test_killed_at_each_step_it_resumes_to_the_same_bytes(snapshots):
    run, killed_runs = snapshots
    for killed in killed_runs[::3]:  # each of them at less cost: tests/test_commit.py
        assert killed.read_record().status == "killed"
        resume(killed, ResumeRequest(), device=choose_device("cpu"))
        equal_runs(run, killed)


def test_a_full_disk_at_a_step_is_reported_and_the_run_resumes(train, tiny, monkeypatch):
    with monkeypatch.context() as patched:
        whole = SecondEpoch(patched, lambda number, name: None)
        run, _ = train(progress=whole, **EXPERIMENT)
    assert whole.count > 20
    for full in range(1, whole.count + 1, 7):  # each of them at less cost: tests/test_commit.py

        def refuse(number, name, full=full):
            if number == full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patched, pytest.raises(DiskError) as error:
            train(progress=SecondEpoch(patched, refuse), **EXPERIMENT)
        assert "no space left on device" in str(error.value)
        refused = run_folder.list_runs(tiny / "runs")[-1]
        assert refused.read_record().status == "failed"
        resume(refused, ResumeRequest(), device=choose_device("cpu"))
        equal_runs(run, refused)
