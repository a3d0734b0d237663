"""The server of the lab is killed while it watches a training: the training is none the worse."""

from __future__ import annotations

import os
import signal
import time

import pytest
from conftest import SMALL
from lab_server import LabProcess, open_lab
from run_equality import equal_runs

from cnnlab.run_folder import RunFolder

pytestmark = pytest.mark.slow


def wait_until(condition):
    while not condition():
        time.sleep(0.05)


def next_progress(lab, name):
    """Read events until one has the progress of a run, and return this progress."""
    return next(
        data["runs"][name]
        for kind, data in lab.read_events()
        if kind == "message" and name in data["runs"]
    )


@pytest.fixture
def text(small_data):
    """The config of `trained_run`, with the whole path of its data."""
    return SMALL.replace("small.npz", str(small_data / "small.npz"))


def test_a_training_survives_the_kill_of_its_server_and_ends_as_if_unwatched(
    tmp_path, text, trained_run
):
    first = LabProcess(tmp_path)
    assert first.post("/api/train", {"text": text}) == {"run": "small-001"}
    run = RunFolder(tmp_path / "runs/small-001")
    progress = next_progress(first, "small-001")
    assert (progress["epochs"], progress["steps"]) == (2, 169)
    first.process.kill()
    first.process.communicate()
    assert run.is_in_use()
    pid = run.read_record().pid
    os.kill(pid, signal.SIGSTOP)  # or else it might end before the second server has started
    with open_lab(tmp_path) as second:
        # To this server, the training is one that somebody started in a terminal.
        assert second.get("/api/runs")["runs"][0]["status"] == "running"
        os.kill(pid, signal.SIGCONT)
        seen = []
        for kind, data in second.read_events():
            if kind == "message":
                seen.append(data["runs"]["small-001"])
            elif second.get("/api/runs")["runs"][0]["status"] == "finished":
                break
        # The last epoch may be too short for a report of its own.
        assert progress["epoch"] <= seen[0]["epoch"] <= seen[-1]["epoch"] <= 2
        [row] = second.get("/api/runs")["runs"]
        assert (row["status"], row["epochs"]) == ("finished", 2)
        assert second.get("/api/runs/small-001")["history"][-1]["epoch"] == 2
    assert not (run.path / "progress.json").exists()
    equal_runs(RunFolder(trained_run.path), run)


def test_a_restarted_server_stops_and_resumes_what_an_earlier_one_started(tmp_path, text):
    first = LabProcess(tmp_path)
    many = text.replace("epochs: 2", "epochs: 1000")
    assert first.post("/api/train", {"text": many, "name": "many"}) == {"run": "many-001"}
    next_progress(first, "many-001")
    first.process.kill()
    first.process.communicate()
    run = RunFolder(tmp_path / "runs/many-001")
    with open_lab(tmp_path) as second:
        wait_until(lambda: next_progress(second, "many-001")["history"] > 0)
        assert second.post("/api/runs/many-001/stop", {}) == {"run": "many-001"}
        wait_until(lambda: not run.is_in_use())
        stopped = run.read_record()
        assert (stopped.status, stopped.ended) == ("stopped", "stopped by SIGINT")
        assert second.post("/api/runs/many-001/resume", {}) == {"run": "many-001"}
        assert next_progress(second, "many-001")["history"] >= stopped.epochs
        again = second.request("POST", "/api/runs/many-001/resume", {})
        assert again.status == 409
        second.post("/api/runs/many-001/stop", {})
        wait_until(lambda: not run.is_in_use())
        assert run.read_record().status == "stopped"


def test_a_training_that_fails_at_once_says_why(tmp_path, text):
    with open_lab(tmp_path) as lab:
        answer = lab.request("POST", "/api/train", {"text": text.replace("small.npz", "no.npz")})
        assert answer.status == 422
        assert "no.npz" in answer.content["error"]
        (tmp_path / "runs").write_text("a file, where the folder of the runs should be")
        answer = lab.request("POST", "/api/train", {"text": text})
        assert answer.status == 422
        assert "runs" in answer.content["error"]
