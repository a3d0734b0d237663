"""The files of a run that another machine trains: only changes travel, and epochs stay whole."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from disk_steps import Steps
from run_builders import CLASSES, MODEL

from cnnlab.errors import RunError
from cnnlab.run_folder import Record, RunFolder, State
from cnnlab.run_folder.file_transfer import ChangedFiles, read_files, write_files
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.training.saved_state import recover_saved_run


def build_stages(folder: Path) -> list[dict[str, bytes]]:
    """Write a run of two epochs, and return what changed by its start, its epochs and its end."""
    run = RunFolder(folder)
    experiment = Experiment.model_validate({"name": "small", "model": MODEL})
    inputs = Inputs(
        image_shape=(8, 8, 1),
        class_names=CLASSES,
        mean=(0.0,),
        deviation=(255.0,),
        fingerprint="f" * 64,
    )
    changes, stages = ChangedFiles(run), []
    record = Record(started="2024-01-01T00:00:00Z")
    state, history = State(record), []
    with run.lock_for_writing():
        run.write_config("name: small")
        run.write_record(record)
        run.write_spec(Spec(experiment=experiment, inputs=inputs))
        run.write_checkpoint("initial", b"0" * 500)
        stages.append(changes.collect())
        for epoch, names in ((1, ("last", "best")), (2, ("last",))):
            record.epochs = epoch
            history.append({"epoch": epoch, "loss": 1 / epoch})
            run.commit_epoch(state, history, dict.fromkeys(names, b"%d" % epoch * 500))
            run.write_record(record)
            stages.append(changes.collect())
        record.status = "finished"
        run.write_curves(b"png")
        run.write_record(record)
        stages.append(changes.collect())
    return stages


def test_only_changed_files_travel(tmp_path):
    start, first, second, end = map(sorted, build_stages(tmp_path))
    assert start == ["checkpoints/initial.keras", "config.yaml", "run.json", "spec.json"]
    committed = ["checkpoints/last.keras", "history.csv", "run.json", "state.json"]
    assert first == ["checkpoints/best.keras", *committed]
    assert second == committed
    assert end == ["curves.png", "run.json"]


def test_the_copy_of_a_run_has_the_same_bytes(tmp_path):
    stages = build_stages(tmp_path / "there")
    copy = RunFolder(tmp_path / "here")
    with copy.lock_for_writing():
        for files in stages:
            write_files(copy, files)
    assert read_files(copy) == read_files(RunFolder(tmp_path / "there"))
    assert {path.name for path in copy.path.rglob(".*")} == {".lock"}


def test_a_lost_file_of_an_epoch_is_refused(tmp_path):
    start, first, *_ = build_stages(tmp_path / "there")
    copy = RunFolder(tmp_path / "here")
    write_files(copy, start)
    del first["checkpoints/best.keras"]
    message = f"{copy.path}: a worker sent other files than its state.json lists"
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        write_files(copy, first)
    assert copy.recover() is None


@pytest.mark.parametrize("name", ["../outside", "/outside", "checkpoints/../../outside", ".lock"])
def test_a_path_out_of_the_folder_is_refused(name, tmp_path):
    run = RunFolder(tmp_path / "run")
    message = f"{run.path}: a worker sent {name}, which is no file of a run"
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        write_files(run, {name: b""})
    assert list(tmp_path.iterdir()) == []


def write_and_die(folder: Path) -> None:
    """Write all stages in a process for each step of the disk, and kill it at this step.

    Print how many epochs the copies have afterwards. Run this in a process without threads.
    """
    stages, last, epochs, is_done = build_stages(folder / "there"), 0, [], False
    while not is_done:
        last += 1
        copy = RunFolder(folder / str(last))
        if not (child := os.fork()):

            def end(number: int, name: str, last: int = last) -> None:
                if number == last:
                    os.kill(os.getpid(), signal.SIGKILL)

            Steps(pytest.MonkeyPatch(), end)
            for files in stages:
                write_files(copy, files)
            os._exit(0)
        is_done = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        if copy.is_started():
            saved = recover_saved_run(copy)  # raises an error if a file is not as it should be
            epochs.append(saved.record.epochs)
    print(sorted(set(epochs)), epochs == sorted(epochs), len(epochs) > 30)


@pytest.mark.slow
def test_killed_at_each_step_the_copy_has_the_old_epoch_or_the_new_one(tmp_path):
    call = f"write_and_die(pathlib.Path({str(tmp_path)!r}))"
    code = f"import pathlib, test_file_transfer as t; t.{call}"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[0, 1, 2] True True\n", "")
