"""One report of the trained run, written once for all tests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def report_run(cnnlab: Any, trained_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(a copy of the trained run, the answer of `cnnlab report last --json`)."""
    folder = tmp_path_factory.mktemp("reported")
    ignored = shutil.ignore_patterns("evaluation")
    run = Path(shutil.copytree(trained_run.path, folder / "runs/small-001", ignore=ignored))
    done = cnnlab("report", "last", "--json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return run, json.loads(done.stdout)
