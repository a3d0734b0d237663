"""Runs in the folder that holds them: made, found by name, listed."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cnnlab.errors import RunError
from cnnlab.run_folder.atomic_write import report_disk_errors
from cnnlab.run_folder.folder import RunFolder

DEFAULT_ROOT = Path("runs")
_PICKLE = "a pickle, which can run code as it is read"
_HDF5 = "a model of an older Keras, which can hold code"
_FORMATS = {
    **dict.fromkeys((".h5", ".hdf5"), _HDF5),
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".bin"), _PICKLE),
    ".pb": "a graph of TensorFlow, which can read and write files",
}
_NUMBERED = re.compile(r"(.+)-(\d+)")


def create_run(root: Path, name: str) -> RunFolder:
    """A new folder root/name-001, -002, …; the number is taken by `mkdir`, which is atomic."""
    with report_disk_errors(root, "--runs DIR"):
        root.mkdir(parents=True, exist_ok=True)
        taken = [
            run for run in root.iterdir() if (m := _NUMBERED.fullmatch(run.name)) and m[1] == name
        ]
        number = 1 + max((int(run.name.rpartition("-")[2]) for run in taken), default=0)
        while True:
            path = root / f"{name}-{number:03d}"
            try:
                path.mkdir()
            except FileExistsError:
                number += 1
                continue
            return RunFolder(path)


def find_run(reference: str, root: Path = DEFAULT_ROOT) -> RunFolder:
    """The run at a path, or in `root` by its name, a unique prefix of it, or the word `last`.

    Raises:
        RunError: there is none, or more than one.
    """
    if not reference:
        raise RunError("no run is named; name one, or `last`")
    if stranger := _describe_foreign_format(reference):
        raise RunError(f"{reference}: {stranger}")
    path = Path(reference)
    # False too for what cannot be a path; a run that was not begun has no spec.
    if any(os.path.exists(path / name) for name in ("spec.json", "run.json")):
        return RunFolder(path)
    there = list_runs(root)
    if reference == "last" and there:
        return there[-1]
    matches = [run for run in there if run.name == reference]
    matches = matches or [run for run in there if run.name.startswith(reference)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(run.name for run in matches[:8]) + (", …" if len(matches) > 8 else "")
        raise RunError(f"{reference}: more than one run begins so: {names}")
    if os.path.isdir(path):
        raise RunError(f"{path}: not a run folder: there is no spec.json in it")
    if not there:
        raise RunError(f"{reference}: no such run; `cnnlab train CONFIG` makes one in {root}/")
    names = ", ".join(run.name for run in there[-8:])
    raise RunError(f"{reference}: no such run; there are {names}")


def _describe_foreign_format(reference: str) -> str:
    """Why what is named is nothing that cnnlab reads, whatever is in it; empty if it may be."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", reference):
        return "an address; nothing is fetched from elsewhere: name a run, or a .keras file, here"
    kind = next((kind for ending, kind in _FORMATS.items() if reference.endswith(ending)), "")
    if not kind and os.path.isfile(os.path.join(reference, "saved_model.pb")):
        kind = "a SavedModel folder, whose graphs can read and write files"
    remedy = "in Keras, model.save('NAME.keras') writes a file that can be read as data"
    return f"{kind}: not opened; {remedy}" if kind else ""


def find_runs_named(name: str, root: Path = DEFAULT_ROOT) -> list[RunFolder]:
    """The finished runs name-001, name-002, … in `root`, the newest last; damaged ones not."""
    there = ((run, _NUMBERED.fullmatch(run.name)) for run in list_runs(root))
    return [run for run, match in there if match and match[1] == name and _is_finished(run)]


def _is_finished(run: RunFolder) -> bool:
    try:
        return run.read_record().status == "finished"
    except RunError:
        return False


def list_runs(root: Path = DEFAULT_ROOT) -> list[RunFolder]:
    """The runs in `root`, the newest last."""
    if not root.is_dir():
        return []
    found = [RunFolder(path) for path in root.iterdir() if (path / "run.json").is_file()]
    return sorted(found, key=_sort_key)


def _sort_key(run: RunFolder) -> tuple[str, str]:
    try:
        return (run.read_record().started, run.name)
    except RunError:
        return ("", run.name)
