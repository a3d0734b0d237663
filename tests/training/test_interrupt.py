"""Signals to a real process: at every stage it exits with its code and leaves a valid folder."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess

import pytest

from cnnlab.errors import Interruption
from cnnlab.training.interrupt import Interrupt

pytestmark = pytest.mark.slow

MANY = (
    *("--set", "training.epochs=1000"),
    *("--set", "model=[flatten, {dense: {units: 10, activation: softmax}}]"),
)


def record(run):
    return json.loads((run / "run.json").read_text())


def count_epochs(stage):
    """The number of epochs of a stopped run; checks that record and history agree."""
    path = stage / "history.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text()))) if path.exists() else []
    assert [row["epoch"] for row in rows] == [str(n + 1) for n in range(len(rows))]
    assert record(stage)["epochs"] == len(rows)
    return len(rows) + 1


def check_folder(run):
    """Check that a run folder has no half-written file."""
    assert [path.name for path in run.rglob(".*")] == [".lock"]


def test_the_first_signal_is_noted_the_second_raises_and_then_there_is_peace():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupt() as interrupt:
        interrupt.check()
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interruption, match=r"^stopped by SIGTERM$") as stopped:
            interrupt.check()
        assert stopped.value.exit_code == 143
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Interruption, match=r"^stopped by SIGTERM$"):
            interrupt.check()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_ctrl_c_in_an_epoch_keeps_the_epochs_before(run_cli, start, small_data, tmp_path):
    runs = tmp_path / "my runs"
    begin = start("train", small_data / "small.yaml", "--runs", runs, *MANY, cwd=tmp_path)
    begin.wait_for_line("epoch    1/1000")
    begin.process.send_signal(signal.SIGINT)
    assert begin.end() == 130
    run = runs / "small-001"
    epoch = count_epochs(run)
    assert epoch > 1
    kept = "1 epoch is" if epoch == 2 else f"{epoch - 1} epochs are"
    assert begin.read_stderr().splitlines()[-1] == (
        f"cnnlab: stopped by SIGINT in epoch {epoch}; {kept} saved in '{run}'; "
        f"next: cnnlab resume '{run}'"
    )
    assert (record(run)["status"], record(run)["ended"]) == ("stopped", "stopped by SIGINT")
    assert record(run)["finished"]
    assert (run / "curves.png").exists()
    check_folder(run)

    code, out, err = run_cli("evaluate", run, "--json", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert json.loads(out)["accuracy"] > 0.5
    listed = json.loads(run_cli("runs", "--json", "--runs", runs, cwd=tmp_path)[1])
    assert [row["status"] for row in listed] == ["stopped"]


def test_sigterm_before_the_first_epoch_is_done_prints_what_to_type(run_cli, start, tmp_path):
    (tmp_path / "slow.yaml").write_text(
        "data: {dataset: mnist, batch_size: 8}\n"
        "model: [flatten, {dense: {units: 10, activation: softmax}}]\n"
    )
    begin = start("train", "slow.yaml", "--set", "seed=3", cwd=tmp_path)
    begin.wait_for_line("device: ")
    begin.process.send_signal(signal.SIGTERM)
    assert begin.end() == 143
    assert begin.read_stderr().splitlines()[-1] == (
        "cnnlab: stopped by SIGTERM in epoch 1; no epoch was finished; "
        "next: cnnlab resume runs/slow-001"
    )
    run = tmp_path / "runs/slow-001"
    assert count_epochs(run) == 1
    assert record(run)["status"] == "stopped"
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["initial.keras"]
    check_folder(run)
    code, out, err = run_cli("evaluate", "last", cwd=tmp_path)
    assert (code, out) == (4, "")
    assert "no epoch was finished" in err


def test_a_lost_connection_ends_a_training_as_a_signal_does(start, small_data, tmp_path):
    """The terminal closes: the system sends SIGHUP, and nothing can be written any more."""
    terminal, side = pty.openpty()
    begin = start("train", small_data / "small.yaml", *MANY, cwd=tmp_path, stderr=side)
    os.close(side)
    run = tmp_path / "runs/small-001"
    read_until_a_state(terminal, run)
    for _ in range(2):  # the system and the shell
        begin.process.send_signal(signal.SIGHUP)
    assert begin.end() == 129
    epochs = count_epochs(run) - 1
    assert epochs > 0
    assert (record(run)["status"], record(run)["ended"]) == ("stopped", "stopped by SIGHUP")
    check_folder(run)


def read_until_a_state(terminal, run):
    """Read what a training writes until it has finished an epoch; then close the terminal."""
    while not (run / "state.json").exists():
        os.read(terminal, 4096)
    os.close(terminal)


def test_under_nohup_a_hangup_is_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt() as interrupt:
            os.kill(os.getpid(), signal.SIGHUP)
            interrupt.check()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_hangup_is_not_a_second_signal(monkeypatch):
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.SIG_DFL)  # not under `nohup`
    with Interrupt() as interrupt:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGHUP)
        with pytest.raises(Interruption, match=r"^stopped by SIGHUP$") as stopped:
            interrupt.check()
    assert stopped.value.exit_code == 129


def test_a_signal_while_data_is_loaded_is_kept_in_mind(start, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "data: {dataset: mnist, validation: 0.3, batch_size: 8}\n"
        "model: [flatten, {dense: {units: 10, activation: softmax}}]\n"
    )
    begin = start("train", "a.yaml", cwd=tmp_path)
    run = tmp_path / "runs/a-001"
    begin.wait_for((run / "config.yaml").exists)  # the first file of a run; data comes next
    begin.process.send_signal(signal.SIGINT)
    assert begin.end() == 130
    assert record(run)["status"] == "stopped"
    assert "no epoch was finished; next: cnnlab resume runs/a-001" in begin.read_stderr()
    check_folder(run)


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="/proc tells what is loaded")
def test_ctrl_c_while_tensorflow_is_loaded_leaves_no_folder(start, small_data, tmp_path):
    arguments = ("train", small_data / "small.yaml", "--runs", tmp_path / "runs")
    begin = start(*arguments, cwd=tmp_path, popen=subprocess.Popen)
    begin.wait_for(lambda: begin.maps("libtensorflow"))
    begin.process.send_signal(signal.SIGINT)
    assert begin.end() == 130
    assert "Traceback" not in begin.read_stderr()
    assert begin.read_stderr().splitlines()[-1] == "cnnlab: stopped"
    assert not (tmp_path / "runs").exists()


def test_a_second_ctrl_c_ends_too(start, small_data, tmp_path):
    begin = start("train", small_data / "small.yaml", "--runs", tmp_path, *MANY, cwd=tmp_path)
    begin.wait_for_line("epoch    1/1000")
    for _ in range(5):  # impatience
        begin.process.send_signal(signal.SIGINT)
    assert begin.end() == 130
    run = tmp_path / "small-001"
    assert record(run)["status"] == "stopped"
    assert record(run)["ended"] in ("stopped by SIGINT", "stopped by a second signal")
    assert f"next: cnnlab resume {run}" in begin.read_stderr().splitlines()[-1]
    assert "Traceback" not in begin.read_stderr()
    check_folder(run)


def test_ctrl_c_in_a_terminal_during_validation(start, tmp_path):
    (tmp_path / "long.yaml").write_text(
        "data: {dataset: mnist, validation: 0.9, batch_size: 600}\n"  # 10 batches, then 54,000
        "model:\n"
        "  - conv: {filters: 64, kernel_size: 5, activation: relu}\n"
        "  - flatten\n"
        "  - dense: {units: 10, activation: softmax}\n"
    )
    main, terminal = pty.openpty()
    begin = start("train", "long.yaml", cwd=tmp_path, stderr=terminal)
    os.close(terminal)
    shown = b""
    while b"validating" not in shown:
        shown += os.read(main, 4096)
    begin.process.send_signal(signal.SIGINT)
    try:
        while part := os.read(main, 4096):
            shown += part
    except OSError:  # the other end is closed
        pass
    os.close(main)
    assert begin.end() == 130
    assert record(tmp_path / "runs/long-001")["status"] == "stopped"
    text = shown.decode()
    assert re.search("cnnlab: stopped by SIGINT in epoch 1; no epoch was finished", text)
    assert text.rindex("\x1b[?25h") < text.rindex("cnnlab: stopped")  # the cursor is back
