"""Lines and tables fit a terminal of 80 columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_builders import seeds
from terminals import CONTROL, run_in_terminal

from cnnlab.cli.text import format_run_table
from cnnlab.study.statistics import compute_spread

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))
COLUMNS = 80


def read_as_person(*arguments, cwd):
    """The text of a command in a terminal of 80 columns, without control characters."""
    text = run_in_terminal(*arguments, cwd=cwd, columns=COLUMNS)
    return CONTROL.sub("", text).replace("\r\n", "\n")


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


TABLES = [("evaluate", "last"), ("explain", "last", "--all"), ("predict", "last", "--random", "3")]


@pytest.mark.slow
@pytest.mark.parametrize("command", TABLES, ids=" ".join)
def test_tables_and_answers_fit(command, run_copy, run_cli):
    code, out, err = run_cli(*command, cwd=run_copy.parents[1])
    assert (code, find_wide_lines(out)) == (0, []), err


def test_the_table_of_seeds_fits():
    figures = {"epochs": 12, "best": 12, "val_loss": 0.1234, "val_accuracy": 0.9876}
    rows = [{"run": "fashion-001", "seed": seed, **figures} for seed in (1, 2)]
    spreads = {name: compute_spread([figures[name]] * 2) for name in ("val_loss", "val_accuracy")}
    lines = format_run_table(rows, spreads, dict.fromkeys(spreads, ".4f"))
    assert find_wide_lines("\n".join(lines)) == []


def test_columns_that_do_not_fit_follow_in_a_further_table(tmp_path):
    seeds(tmp_path / "runs", "fashion", (3, 1))
    text = read_as_person("compare", "fashion-001", "fashion-002", cwd=tmp_path)
    assert find_wide_rows(text) == []
    [heads] = [line.split() for line in text.splitlines() if "multiply-adds" in line]
    assert heads == ["run", "multiply-adds", "seconds", "epochs"]
    text = read_as_person("runs", cwd=tmp_path)
    assert (find_wide_lines(text), text.count("───\n")) == ([], 1)
