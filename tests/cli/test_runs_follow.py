"""`cnnlab runs show --follow`: shows a training of another process until it ends."""

from __future__ import annotations

import os
import pty
import signal
from contextlib import suppress

import pytest
from run_builders import make_run
from sweep_folder_builders import make_sweep

from cnnlab.run_folder import TrainingProgress, lock

PROGRESS = TrainingProgress(3, 10, 40, 169, {"loss": 0.25}, 5120.0, 42.0, 2, "")


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs", "a", record={"status": "running"})


def add_epoch(run):
    rows = run.read_history()
    run.write_history([*rows, {**rows[-1], "epoch": len(rows) + 1}])


def test_each_epoch_is_printed_as_it_finishes_and_then_the_overview(run, start, tmp_path):
    with lock.hold_lock(run.path):
        process = start("runs", "show", "a-001", "--follow", cwd=tmp_path)
        process.wait_for_line("epoch  2/10")
        add_epoch(run)
        process.wait_for_line("epoch  3/10")
        run.write_progress(PROGRESS)
    answer, _ = process.process.communicate()
    assert process.process.returncode == 0
    assert process.read_stderr().splitlines() == [
        f"epoch {epoch:>2}/10  loss {loss} val {validation}  accuracy 0.9000 val 0.8000  30.0 s"
        for epoch, loss, validation in (
            (1, "1.0000", "2.0000"),
            (2, "0.5000", "1.0000"),
            (3, "0.5000", "1.0000"),
        )
    ]
    assert answer.decode().startswith("runs/a-001\n\nstate       killed")


def test_ctrl_c_leaves_the_training_alone(run, start, tmp_path):
    with lock.hold_lock(run.path):
        process = start("runs", "show", "a-001", "--follow", cwd=tmp_path)
        process.wait_for_line("epoch  2/10")
        process.process.send_signal(signal.SIGINT)
        assert process.end() == 130
        assert process.read_stderr().endswith("\ncnnlab: runs/a-001 trains on\n")


def test_a_terminal_has_a_live_line(run, start, tmp_path):
    ours, theirs = pty.openpty()
    with lock.hold_lock(run.path):
        run.write_progress(PROGRESS)
        process = start("runs", "show", "a-001", "--follow", cwd=tmp_path, stderr=theirs)
        os.close(theirs)
        seen = b""
        while b"left" not in seen:
            seen += os.read(ours, 4096)
        assert b"\r\x1b[Kepoch 3/10  0:42 left  loss 0.2500  40/169  5,120 images/s" in seen
    with suppress(OSError):  # the other end is closed
        while os.read(ours, 4096):
            pass
    os.close(ours)
    assert process.end() == 0


def test_a_run_that_has_ended_is_shown_at_once_and_a_sweep_is_refused(run_cli, tmp_path):
    make_run(tmp_path / "runs", "b")
    make_sweep(tmp_path / "runs", count=1)
    code, out, err = run_cli("runs", "show", "b-001", "--follow", cwd=tmp_path)
    assert (code, out.splitlines()[0]) == (0, "runs/b-001")
    assert err.splitlines()[-1].startswith("epoch  2/10")
    code, _, err = run_cli("runs", "show", "kernels-001", "--follow", cwd=tmp_path)
    assert (code, err) == (
        2,
        "cnnlab: --follow: runs/kernels-001 is a sweep; name one of its trials\n",
    )
