"""A process that ends, or a disk that refuses, at any step of an epoch's end: one epoch is lost."""

from __future__ import annotations

import errno
import os

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


class Dead(BaseException):
    """What a process does that is no more: nothing, and so at each further step."""


class Watching(SilentProgress):
    """Puts `Steps` in place when the first epoch is done, and counts those of the second."""

    def __init__(self, monkeypatch, last, act):
        self.patch, self.last, self.act = monkeypatch, last, act
        self.count = 0

    def epoch(self, row):
        if row["epoch"] == 1:
            self.steps = Steps(self.patch, self.last, self.act)
        elif row["epoch"] == 2:
            self.count = self.steps.count


@pytest.fixture
def whole_run(train, monkeypatch):
    """The run that nothing happens to, and how many steps the end of its second epoch has."""
    with monkeypatch.context() as patched:
        watching = Watching(patched, 0, lambda: None)
        run, _ = train(progress=watching, **EXPERIMENT)
    assert watching.count > 20
    return run, watching.count


def test_killed_at_each_step_it_resumes_to_the_same_bytes(whole_run, train, tiny, monkeypatch):
    run, count = whole_run
    for last in range(1, count + 1):
        watching = Watching(monkeypatch, last, None)

        def end(watching=watching):
            watching.steps.last += 1
            raise Dead

        watching.act = end
        with monkeypatch.context() as patched:
            watching.patch = patched
            with pytest.raises(Dead):
                train(progress=watching, **EXPERIMENT)
        killed = run_folder.list_runs(tiny / "runs")[-1]
        assert killed.read_record().status == "killed"
        resume(killed, ResumeRequest(), device=choose_device("cpu"))
        equal_runs(run, killed)


def test_refused_at_each_step_it_is_told_and_resumes(whole_run, train, tiny, monkeypatch):
    run, count = whole_run

    def refuse():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for last in range(1, count + 1, 4):  # each of them at less cost: tests/test_commit.py
        with monkeypatch.context() as patched, pytest.raises(DiskError) as error:
            train(progress=Watching(patched, last, refuse), **EXPERIMENT)
        assert "no space left on device" in str(error.value)
        refused = run_folder.list_runs(tiny / "runs")[-1]
        assert refused.read_record().status == "failed"
        resume(refused, ResumeRequest(), device=choose_device("cpu"))
        equal_runs(run, refused)
