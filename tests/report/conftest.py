"""One report of the trained run, written once for all tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_calls import call_cnnlab


@pytest.fixture(scope="session")
def report_run(trained_run: Any, build_once: Callable[..., Any]) -> Any:
    """(a copy of the trained run, the answer of `cnnlab report last --json`)."""

    def build(folder: Path) -> Any:
        ignored = shutil.ignore_patterns("evaluation")
        run = Path(shutil.copytree(trained_run.path, folder / "runs/small-001", ignore=ignored))
        done = call_cnnlab("report", "last", "--json", cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        return run, json.loads(done.stdout)

    return build_once("reported", build)
