"""A commit is valid as a whole or not at all, wherever the process dies or the disk fails."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from disk_steps import Steps

from cnnlab.errors import DiskError
from cnnlab.run_folder.commit import StoredFile, commit, find_damage, recover

pytestmark = pytest.mark.slow

NAME = "list.json"
OLD = {"a/one": b"1" * 5000, "two": b"2" * 5000}
NEW = {"a/one": b"one" * 4000, "two": b"two" * 4000}


def commit_files(folder, files, before, number):
    (folder / "a").mkdir(exist_ok=True)
    return commit(folder, NAME, {"number": number}, files, before)


def steps_of_a_commit(folder, monkeypatch):
    """The number of steps."""
    with monkeypatch.context() as patched:
        steps = Steps(patched, lambda number, name: None)
        commit_files(folder, OLD, {}, 1)
    return steps.count


def state(folder):
    """The number in the list; checks that the files in it are there."""
    found = json.loads((folder / NAME).read_text())
    named = {path: StoredFile(**one) for path, one in found["files"].items()}
    recover(folder, named)
    assert find_damage(folder, NAME, named) == ""
    assert not list(folder.rglob(".*"))
    return found["number"]


def test_a_commit_takes_the_place_of_the_one_before(tmp_path):
    before = commit_files(tmp_path, OLD, {}, 1)
    commit_files(tmp_path, {"two": b"new"}, before, 2)
    assert state(tmp_path) == 2
    assert (tmp_path / "a/one").read_bytes() == OLD["a/one"]
    assert (tmp_path / "two").read_bytes() == b"new"


def test_all_is_flushed_before_it_counts(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        steps = Steps(patched, lambda number, name: None)
        commit_files(tmp_path, OLD, {}, 1)
    assert " ".join(steps.names) == (
        "write flush write flush "  # both files, beside the old ones
        "flush flush "  # their folders
        "write flush rename flush "  # the list
        "rename rename flush flush"  # both files, in place
    )


def die(folder, last):
    """Kill this process when the second commit reaches a step; run in a separate process."""

    def end(number, name):
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)

    Steps(pytest.MonkeyPatch(), end)
    commit_files(folder, NEW, {path: StoredFile.from_bytes(data) for path, data in OLD.items()}, 2)


def test_killed_at_each_step_it_is_the_old_state_or_the_new_one(tmp_path, monkeypatch):
    (tmp_path / "count").mkdir()
    found = []
    for last in range(1, 1 + steps_of_a_commit(tmp_path / "count", monkeypatch)):
        folder = tmp_path / str(last)
        folder.mkdir()
        commit_files(folder, OLD, {}, 1)
        code = f"import pathlib, test_commit as t; t.die(pathlib.Path({str(folder)!r}), {last})"
        done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, check=False)
        assert done.returncode == -signal.SIGKILL
        found.append(state(folder))
        expected = OLD if found[-1] == 1 else NEW
        assert {path: (folder / path).read_bytes() for path in expected} == expected
    assert found == sorted(found)
    assert set(found) == {1, 2}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_refused_at_each_step_it_is_reported_and_valid(number, tmp_path, monkeypatch):
    (tmp_path / "count").mkdir()
    for last in range(1, steps_of_a_commit(tmp_path / "count", monkeypatch) + 1):
        folder = tmp_path / str(last)
        folder.mkdir()
        before = commit_files(folder, OLD, {}, 1)

        def refuse(step, name, last=last):
            if step == last:
                raise OSError(number, os.strerror(number))

        with monkeypatch.context() as patched:
            Steps(patched, refuse)
            with pytest.raises(DiskError, match=os.strerror(number).lower()):
                commit_files(folder, NEW, before, 2)
        assert state(folder) in (1, 2)


def test_a_file_that_was_changed_or_removed_is_reported(tmp_path):
    named = commit_files(tmp_path, OLD, {}, 1)
    (tmp_path / "two").write_bytes(b"2" * 4999 + b"3")
    assert find_damage(tmp_path, NAME, named) == (
        "two has changed: its size or SHA-256 hash differs from list.json"
    )
    (tmp_path / "a/one").unlink()
    assert find_damage(tmp_path, NAME, named) == (
        "a/one is missing, although list.json lists this file"
    )
