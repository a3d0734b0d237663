"""Create a run folder, find a run by its name, and list the runs in a folder."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from cnnlab.errors import RunError
from cnnlab.run_folder.atomic_write import report_disk_errors
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.foreign_formats import describe_foreign_format
from cnnlab.run_folder.similar_runs import suggest_run
from cnnlab.spec.experiment import CONFIG_ENDINGS, is_array_file

DEFAULT_ROOT = Path("runs")
_NUMBERED = re.compile(r"(.+)-(\d+)")


def create_run(root: Path, name: str) -> RunFolder:
    """Create the run folder root/name-001, or a folder with the next number that is free.

    Two processes never get the same number, because `mkdir` fails for a folder that exists.
    """
    with report_disk_errors(root, "--runs DIR"):
        root.mkdir(parents=True, exist_ok=True)
        numbers = [
            run for run in root.iterdir() if (m := _NUMBERED.fullmatch(run.name)) and m[1] == name
        ]
        number = 1 + max((int(run.name.rpartition("-")[2]) for run in numbers), default=0)
        while True:
            path = root / f"{name}-{number:03d}"
            try:
                path.mkdir()
            except FileExistsError:
                number += 1
                continue
            return RunFolder(path)


def find_run(reference: str, root: Path = DEFAULT_ROOT) -> RunFolder:
    """Find a run by its path, or in `root` by its name, a unique prefix, or the word `last`.

    Raises:
        RunError: no run fits the name, or several runs fit.
    """
    if not reference:
        raise RunError("expected the name of a run, or `last`")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", reference):
        address = "an address; cnnlab downloads nothing"
        message = f"{address}: name a run or a .keras file on this machine"
        raise RunError(f"{reference}: {message}")
    path = Path(reference)
    if is_run_folder(path):
        return RunFolder(path)
    runs = list_runs(root)
    if reference == "last" and runs:
        return runs[-1]
    matches = [run for run in runs if run.name == reference]
    matches = matches or [run for run in runs if run.name.startswith(reference)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(run.name for run in matches[:8]) + (", …" if len(matches) > 8 else "")
        raise RunError(f"{reference}: several runs start with this name: {names}")
    if os.path.exists(path) and not reference.endswith(CONFIG_ENDINGS):
        raise RunError(f"{path}: {_describe_other_file(path)}")
    raise _build_missing_run_error(reference, [run.name for run in runs], root)


def is_run_folder(path: Path) -> bool:
    """Return whether a path is the folder of a run, which has no spec yet before training."""
    # os.path.exists is False for an impossible path too.
    return any(os.path.exists(path / name) for name in ("spec.json", "run.json"))


def _describe_other_file(path: Path) -> str:
    """Say what a file or folder is that is not a run."""
    if foreign := describe_foreign_format(path):
        return foreign
    if os.path.isdir(path):
        return "not a run folder: it has no spec.json"
    if path.suffix == ".keras":
        return "a .keras file, not a run; `cnnlab evaluate` and `cnnlab predict` read it"
    if is_array_file(path.name):
        return "a data set, not a run; write its name after --dataset"
    return "a file, but no run folder and no .keras file"


def _build_missing_run_error(reference: str, names: list[str], root: Path) -> RunError:
    if reference.endswith(CONFIG_ENDINGS) and os.path.isfile(reference):
        message = f"{reference}: this is a config, not a run"
        remedy = f"`cnnlab train {shlex.quote(reference)}` makes a run of it"
    elif names:
        message = f"{reference}: no such run or file; there are {', '.join(names[-8:])}"
        remedy = ""
    else:
        message = f"{reference}: no such run or file"
        remedy = f"`cnnlab train CONFIG` makes one in {root}/"
    remedy = suggest_run(reference, names, root) or remedy
    return RunError(f"{message}; {remedy}" if remedy else message)


def find_runs_named(name: str, root: Path = DEFAULT_ROOT) -> list[RunFolder]:
    """List the finished runs name-001, name-002, … in `root`, from the oldest to the newest."""
    numbered = ((run, _NUMBERED.fullmatch(run.name)) for run in list_runs(root))
    return [run for run, match in numbered if match and match[1] == name and _is_finished(run)]


def _is_finished(run: RunFolder) -> bool:
    try:
        return run.read_record().status == "finished"
    except RunError:
        return False


def list_runs(root: Path = DEFAULT_ROOT) -> list[RunFolder]:
    """List the runs in `root`, from the oldest to the newest."""
    if not root.is_dir():
        return []
    runs = [RunFolder(path) for path in root.iterdir() if (path / "run.json").is_file()]
    return sorted(runs, key=_sort_key)


def _sort_key(run: RunFolder) -> tuple[str, str]:
    try:
        return (run.read_record().started, run.name)
    except RunError:
        return ("", run.name)
