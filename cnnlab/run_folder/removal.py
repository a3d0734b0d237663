"""Remove a run or a sweep: first check that the user may remove it, and measure its size."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cnnlab.errors import DiskError, RunError
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.run_names import MEMBERS, is_member
from cnnlab.run_folder.sweep_folder import SweepFolder, find_sweep_around


@dataclass(frozen=True)
class Size:
    """The size of a run folder: the number of its files and links, and their bytes in all."""

    files: int
    size_bytes: int


def measure_size(run: RunFolder | SweepFolder) -> Size:
    """Measure the size of a run or a sweep. Files that links point to are not counted."""
    paths = [
        Path(folder, name)
        for folder, folders, names in os.walk(run.path)
        for name in [*names, *(name for name in folders if Path(folder, name).is_symlink())]
    ]
    return Size(len(paths), sum(path.lstat().st_size for path in paths))


def require_removable(run: RunFolder | SweepFolder) -> None:
    """Raise RunError if the folder must not be removed, or InUseError if a process writes it."""
    if run.path.is_symlink():
        kind = "sweep" if isinstance(run, SweepFolder) else "run folder"
        raise RunError(f"{run.path}: a link to a {kind}; name the folder itself")
    if isinstance(run, SweepFolder):
        run.require_unlocked()
        return
    if not (run.path / "run.json").is_file():
        raise RunError(f"{run.path}: not a run folder: it has no run.json")
    if is_member(run.path):
        ensemble = run.path.parent.parent
        raise RunError(
            f"{run.path}: a {MEMBERS.removesuffix('s')} of an ensemble, which needs all of "
            f"its members; remove the whole ensemble: {ensemble}"
        )
    if sweep := find_sweep_around(run.path):
        raise RunError(
            f"{run.path}: a run of a sweep, which needs all of its runs; remove the whole sweep: "
            f"{sweep.path}"
        )
    run.require_unlocked()


def remove_run(run: RunFolder | SweepFolder) -> None:
    """Remove the folder of a run or a sweep, but not the files that links in it point to.

    Raises:
        DiskError: a file cannot be removed; other files of the folder may be removed already.
    """
    try:
        shutil.rmtree(os.path.abspath(run.path))  # rmtree cannot remove `.` itself
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DiskError(f"{run.path}: {error.filename}: cannot be removed: {reason}") from None
