"""Keep the test images of a sweep unused until the sweep has finished."""

from __future__ import annotations

import shlex
from pathlib import Path

from cnnlab.errors import UsageError
from cnnlab.run_folder.sweep_folder import find_sweep_around

_RULE = "a sweep chooses by validation images, and the test images wait until it has finished"


def require_finished_sweep(path: Path, remedy: str = "") -> None:
    """Raise UsageError if a run, or a file of a run, belongs to a sweep that is not finished.

    `remedy` is one more thing to type, such as `--split validation`.

    Raises:
        RunError: sweep.json is damaged.
    """
    sweep = find_sweep_around(path)
    if sweep is None:
        return
    status = sweep.read_record().status
    if status == "finished":
        return
    command = f"`cnnlab resume {shlex.quote(str(sweep.path))}`"
    what = "wait for its end" if status == "running" else f"continue it with {command}"
    message = f"{path}: this run belongs to the sweep {sweep.path}, which is {status}"
    raise UsageError(f"{message}; {_RULE}; {what}{f', or use {remedy}' if remedy else ''}")
