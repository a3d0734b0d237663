"""A lab on the runs of a short lesson."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_server import LabProcess, open_lab
from lesson_runs import train_lesson


@pytest.fixture(scope="session")
def lesson(build_once: Any) -> Path:
    """A folder with few.yaml, its data, and the runs few-001, many-001 and team-001."""
    return build_once("lesson", train_lesson)


@pytest.fixture(scope="module")
def lesson_lab(lesson: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A lab in a copy of that folder, into which the tests of a module may write."""
    folder = Path(shutil.copytree(lesson, tmp_path_factory.mktemp("lab") / "lesson"))
    with open_lab(folder) as lab:
        yield lab
