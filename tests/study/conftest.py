"""An ensemble of three and two ordinary runs, one epoch each, trained once for all tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

QUICK = ("--set", "training.epochs=1")


@pytest.fixture(scope="session")
def ensemble(cnnlab: Any, small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(the folder above runs/, what the process said) of small.yaml with `ensemble: 3`."""
    folder = tmp_path_factory.mktemp("ensemble")
    edits = ("--set", "ensemble=3", *QUICK)
    done = cnnlab("train", small_data / "small.yaml", *edits, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture(scope="session")
def series(cnnlab: Any, small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(the folder above runs/, what the process said) of small.yaml with `--seeds 2`."""
    folder = tmp_path_factory.mktemp("series")
    done = cnnlab("train", small_data / "small.yaml", "--seeds", "2", *QUICK, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture
def spoilt(tmp_path: Path) -> Callable[..., Path]:
    """Copies the runs of a fixture to where they may be spoilt: the folder above runs/."""

    def copy(fixture: Any) -> Path:
        shutil.copytree(
            fixture[0] / "runs", tmp_path / "runs", ignore=shutil.ignore_patterns("evaluation")
        )
        return tmp_path

    return copy
