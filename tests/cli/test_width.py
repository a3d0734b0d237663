"""Lines and tables fit a terminal of 80 columns."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))
COLUMNS = 80
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def run_in_terminal(*arguments, cwd):
    """Run a command in a terminal of 80 columns: its text, as a reader sees it."""
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cnnlab", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "TERM": "xterm", "COLUMNS": str(COLUMNS)},
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    data = bytearray()
    with os.fdopen(main, "rb", buffering=0) as file:
        while True:
            try:
                part = file.read(65536)
            except OSError:  # the other end is closed
                part = b""
            if not part:
                break
            data += part
    text = CONTROL.sub("", data.decode()).replace("\r\n", "\n").replace("\r", "\n")
    assert process.wait() == 0, text
    return text


def find_wide_lines(text):
    return [line for line in text.splitlines() if len(line) > COLUMNS]


def find_wide_rows(text):
    """The lines of tables, which end with an empty line, that do not fit."""
    blocks = [block for block in text.split("\n\n") if "───" in block]
    assert blocks, text
    return [line for block in blocks for line in find_wide_lines(block)]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_check_fits(path, run_cli, tmp_path):
    code, out, err = run_cli("check", path, cwd=tmp_path)
    assert (code, find_wide_rows(out)) == (0, []), err


@pytest.fixture(scope="module")
def two_runs(small_data, tmp_path_factory):
    """(the folder above runs/ with small-001 and small-002, the text of their training)."""
    folder = tmp_path_factory.mktemp("width")
    metrics = "training.metrics=[accuracy, top_k_accuracy]"
    command = ("train", small_data / "small.yaml", "--seeds", 2, "--set", metrics)
    return folder, run_in_terminal(*command, cwd=folder)


@pytest.mark.slow
def test_each_epoch_and_the_table_of_seeds_fit(two_runs):
    _, text = two_runs
    assert find_wide_lines(text) == []
    assert len(re.findall(r"^epoch \d+/\d+  loss \d.*$", text, re.MULTILINE)) == 4, text


TABLES = [
    ("evaluate", "small-001"),
    ("evaluate", "small-001", "small-002"),
    ("explain", "last", "--all"),
    ("report", "last"),
]


@pytest.mark.slow
@pytest.mark.parametrize("command", TABLES, ids=" ".join)
def test_tables_and_answers_fit(command, two_runs, run_cli, tmp_path):
    shutil.copytree(two_runs[0] / "runs", tmp_path / "runs")
    code, out, err = run_cli(*command, cwd=tmp_path)
    assert (code, find_wide_lines(out)) == (0, []), err


@pytest.mark.slow
def test_tables_that_would_be_wider_are_split(two_runs, tmp_path):
    shutil.copytree(two_runs[0] / "runs", tmp_path / "runs")
    text = run_in_terminal("compare", "small-001", "small-002", cwd=tmp_path)
    assert find_wide_rows(text) == []
    heads = [line.split()[0] for line in text.splitlines() if "multiply-adds" in line]
    assert heads == ["run"]
    for command in (("runs",), ("predict", "small-001", "--random", "3")):
        text = run_in_terminal(*command, cwd=tmp_path)
        assert (find_wide_lines(text), text.count("───\n")) == ([], 1)
