"""One process at a time holds the lock of a folder, and its end releases the lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab.errors import DiskError
from cnnlab.run_folder.lock import LockHeld, hold_lock, is_locked

HOLDS = """\
import pathlib, sys
from cnnlab.run_folder.lock import hold_lock
with hold_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
CREATES = """\
import os, pathlib
from cnnlab.run_folder import create_run
begin, end = os.pipe()
children = []
for _ in range(64):
    if not (child := os.fork()):
        os.close(end)
        os.read(begin, 1)  # all at once
        create_run(pathlib.Path("runs"), "same")
        os._exit(0)
    children.append(child)
os.close(end)
codes = [os.waitpid(child, 0)[1] for child in children]
assert codes == [0] * 64, codes
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_does_not_get_it(holder, tmp_path):
    assert is_locked(tmp_path)
    with pytest.raises(LockHeld), hold_lock(tmp_path):
        pass


def test_it_ends_with_its_process(holder, tmp_path):
    holder.kill()
    holder.wait()
    assert not is_locked(tmp_path)
    with hold_lock(tmp_path):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)


def test_asking_does_not_lock(tmp_path):
    assert not is_locked(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("all of it")
    (tmp_path / ".lock").symlink_to("precious")
    with pytest.raises(DiskError), hold_lock(tmp_path):
        pass
    assert (tmp_path / "precious").read_text() == "all of it"


def test_64_runs_of_one_name_that_start_together_get_64_folders(tmp_path):
    subprocess.run([sys.executable, "-c", CREATES], cwd=tmp_path, check=True)
    names = sorted(path.name for path in Path(tmp_path, "runs").iterdir())
    assert names == [f"same-{number:03d}" for number in range(1, 65)]


def test_checking_a_lock_does_not_hold_it(tmp_path):
    with hold_lock(tmp_path):
        pass
    looks = "import pathlib, sys\nfrom cnnlab.run_folder.lock import is_locked\n"
    looks += "print(flush=True)\nwhile True: is_locked(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", looks, tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as looker:
        looker.stdout.readline()
        try:
            for _ in range(2000):
                assert not is_locked(tmp_path)
                with hold_lock(tmp_path):
                    pass
        finally:
            looker.kill()
