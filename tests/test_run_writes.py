"""Writes in a run folder leave the old file or the new one, whatever the disk does."""

import json
import os
import threading
from pathlib import Path

import pytest

from cnnlab import run_folder
from cnnlab.errors import DiskError
from cnnlab.run_folder import Record, RunFolder

REMEDY = "make it writable"


@pytest.fixture
def run(tmp_path):
    """A run that has its record."""
    run = run_folder.create_run(tmp_path, "a")
    run.write_record(Record(started="2024-01-01T00:00:00Z"))
    return run


def catch_message(error, call, *arguments):
    with pytest.raises(error) as caught:
        call(*arguments)
    return str(caught.value)


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_write_leaves_no_temporary_file(run):
    run.write_curves(b"png")
    run.write_curves(b"newer")
    assert (run.path / "curves.png").read_bytes() == b"newer"
    assert everything(run.path) == ["curves.png", "run.json"]


def test_a_folder_in_the_way_is_reported_and_nothing_is_left(run):
    (run.path / "summary.txt").mkdir()
    expected = f"{run.path / 'summary.txt'}: cannot be written: is a directory; {REMEDY}"
    assert catch_message(DiskError, run.write_summary, "text") == expected
    assert everything(run.path) == ["run.json", "summary.txt"]


def test_a_file_in_the_way_of_a_folder_is_reported(run):
    (run.path / "checkpoints").write_text("")
    path = run.path / "checkpoints/last.keras"
    expected = f"{path}: cannot be written: file exists; {REMEDY}"
    assert catch_message(DiskError, run.write_checkpoint, "last", b"x") == expected


def test_the_old_file_stays_whole_when_a_write_fails(run):
    """A folder has the temporary name, so no file can be written there."""
    before = (run.path / "run.json").read_bytes()
    (run.path / f".run.json.{os.getpid()}.tmp").mkdir()
    assert catch_message(DiskError, run.write_record, Record(status="finished")).endswith(REMEDY)
    assert (run.path / "run.json").read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_keeps_the_old_file_and_leaves_nothing_behind(run):
    """A link to /dev/full has the temporary name: each write fails as on a full disk."""
    before = (run.path / "run.json").read_bytes()
    (run.path / f".run.json.{os.getpid()}.tmp").symlink_to("/dev/full")
    reason = "no space left on device; free some space"
    expected = f"{run.path / 'run.json'}: cannot be written: {reason}"
    assert catch_message(DiskError, run.write_record, Record(status="finished")) == expected
    assert (run.path / "run.json").read_bytes() == before
    assert everything(run.path) == ["run.json"]


def test_a_reader_never_sees_half_a_file(run):
    done = threading.Event()

    def write():
        for number in range(200):
            run.write_record(Record(epochs=number, command=["x" * 10_000]))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert len(json.loads((run.path / "run.json").read_text())) == len(Record.__annotations__)
    writer.join()
    assert run.read_record().epochs == 199


def test_writes_in_a_folder_that_was_deleted_make_it_anew(tmp_path):
    run = RunFolder(tmp_path / "gone")
    run.write_config("name: gone\n")
    assert everything(run.path) == ["config.yaml"]
