"""The page of a network with branches in a browser, and the page's engine as a node process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lesson_pages import BRANCHED, export_lesson
from page_engine import Engine


@pytest.fixture(scope="session")
def lesson(small_data: Path, cnnlab: Any, build_once: Any) -> Path:
    """The exported page of a run with padding, a residual connection and parallel branches."""

    def build(folder: Path) -> Path:
        shutil.copy(small_data / "small.npz", folder)
        (folder / "branched.yaml").write_text(BRANCHED, encoding="utf-8")
        done = cnnlab("train", "branched.yaml", "--quiet", cwd=folder)
        assert done.returncode == 0, done.stderr
        return export_lesson(cnnlab, folder, "branched-001")

    return build_once("branched", build)


@pytest.fixture
def page(open_page: Any, lesson: Path) -> Iterator[Any]:
    """The page, opened; a test fails if the browser reports an error or a request."""
    opened, asked, said = open_page(lesson)
    opened.wait_for_selector(".bars, .fault")
    yield opened
    assert said == []
    assert {url for url in asked if not url.startswith("data:")} == {lesson.resolve().as_uri()}


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One node process for all tests."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed (apt: nodejs)")
    started = Engine()
    yield started
    started.close()
