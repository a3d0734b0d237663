"""An ensemble of three and two ordinary runs, one epoch each, trained once for all tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_calls import call_cnnlab
from quick_edits import QUICK


@pytest.fixture(scope="session")
def ensemble(small_data: Path, build_once: Callable[..., Any]) -> Any:
    """(the folder above runs/, the output) of small.yaml with `ensemble: 3`."""

    def build(folder: Path) -> Any:
        edits = ("--set", "ensemble=3", *QUICK)
        done = call_cnnlab("train", small_data / "small.yaml", *edits, cwd=folder)
        assert done.returncode == 0, done.stderr
        return folder, done

    return build_once("ensemble", build)


@pytest.fixture(scope="session")
def series(small_data: Path, build_once: Callable[..., Any]) -> Any:
    """(the folder above runs/, the output) of small.yaml with `--seeds 2`."""

    def build(folder: Path) -> Any:
        done = call_cnnlab("train", small_data / "small.yaml", "--seeds", "2", *QUICK, cwd=folder)
        assert done.returncode == 0, done.stderr
        return folder, done

    return build_once("series", build)


@pytest.fixture
def spoilt(tmp_path: Path) -> Callable[..., Path]:
    """Copy the runs of a fixture to a folder that tests may damage: the folder above runs/."""

    def copy(fixture: Any) -> Path:
        shutil.copytree(
            fixture[0] / "runs", tmp_path / "runs", ignore=shutil.ignore_patterns("evaluation")
        )
        return tmp_path

    return copy
