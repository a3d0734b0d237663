"""Hostile checkpoints, refused by a real process under strace."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from checkpoint_builders import SMALL, network, replace, spec_of
from hostile_files import BEGIN, END, write_all

from cnnlab import checkpoint

pytestmark = pytest.mark.slow

SHAPE = (8, 7, 1)
CALLS = "%file,%network,%process"
LOOKS = {"stat", "lstat", "newfstatat", "statx", "readlink", "access", "getcwd"}


@pytest.fixture(scope="module")
def process_log(tmp_path_factory):
    """The messages of a process for each hostile file, and its system calls."""
    if not shutil.which("strace"):
        pytest.skip("no strace is installed (apt: strace)")
    place = tmp_path_factory.mktemp("hostile")
    (place / "files").mkdir()
    whole = checkpoint.to_bytes(network(SMALL, SHAPE), spec_of(SMALL, SHAPE))
    (place / "right.keras").write_bytes(whole)
    shutil.copy(place / "right.keras", place / "theirs.keras")
    replace(place / "theirs.keras", spec=None)
    images = np.zeros((4, *SHAPE), np.uint8)
    labels = np.arange(4) % 2
    np.savez(place / "data", x_train=images, y_train=labels, x_test=images, y_test=labels)
    write_all(place / "files", whole, place / "sprung")
    program = Path(__file__).with_name("hostile_files.py")
    # With --seccomp-bpf, the process stops at these calls only: half the time.
    traced = [
        *("strace", "-f", "-q", "--seccomp-bpf", "-e", f"trace={CALLS},write", "-s", "300"),
        *("-o", place / "calls"),
    ]
    right = f"{place}/right.keras,{place}/theirs.keras"
    command = [*traced, sys.executable, program, place / "files", right, place / "data.npz"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ptrace" in process.stderr:
        pytest.skip("no process may be traced here")
    assert process.returncode == 0, process.stderr
    told = {one["name"]: one for one in json.loads(process.stdout.splitlines()[-1])}
    calls = (place / "calls").read_text(errors="replace").splitlines()
    begin = next(i for i, line in enumerate(calls) if BEGIN in line)
    end = next(i for i, line in enumerate(calls) if END in line)
    return place, told, calls[begin + 1 : end]


def test_each_is_refused_in_a_sentence_or_harmless(process_log):
    place, told, _ = process_log
    assert len(told) > 300
    opened = [name for name, one in told.items() if one["said"] == "0 opened"]
    # A byte that nothing reads: a time, an attribute of HDF5. A layer that only a name tells from
    # one of the spec's: what the file says of it is never used.
    assert [n for n in opened if not n.startswith(("flipped", "layer-registered"))] == []
    assert len([name for name in opened if name.startswith("flipped")]) < 40
    refused = [one["said"] for name, one in told.items() if name not in opened]
    for said in refused:
        assert said.startswith(f"4 {place}/files/")
        assert said.isprintable()
    assert not (place / "sprung").exists()


def test_no_other_file_is_opened_and_no_connection_and_no_process(process_log):
    place, told, calls = process_log
    opened = set()
    for line in calls:
        call = re.search(r"\b(\w+)\((?:AT_FDCWD, )?(?:\"([^\"]*)\")?", line)
        if call is None or "resumed>" in line or call[1] in ("write", "exit", "exit_group"):
            continue
        assert call[1] in LOOKS | {"openat", "open", "clone", "clone3"}, line
        if call[1] in ("clone", "clone3"):  # a thread of TensorFlow's, no process
            assert "CLONE_THREAD" in line, line
        elif call[1] in ("openat", "open"):
            opened.add(call[2])
            writes = "O_RDONLY" not in line and "clear_refs" not in line
            assert not writes, line
    outside = {
        path
        for path in opened
        if not path.startswith((f"{place}/files/", f"{place}/data.npz", "/proc/", "/sys/"))
    }
    assert outside == set()
    assert len({path for path in opened if path.startswith(f"{place}/files/")}) == len(told)


def test_none_takes_more_memory_than_64_mib_and_three_times_its_size(process_log):
    place, told, _ = process_log
    over = {}
    for name, one in told.items():
        allowed = 64 * 1024 + 3 * (place / f"files/{name}.keras").stat().st_size // 1024
        if one["kib"] > allowed:
            over[name] = (one["kib"], allowed)
    assert over == {}
