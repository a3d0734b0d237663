"""Remove a run folder: first check that the user may remove it, and measure its size."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cnnlab.errors import DiskError, RunError
from cnnlab.run_folder.folder import MEMBERS, RunFolder


@dataclass(frozen=True)
class Size:
    """The size of a run folder: the number of its files and links, and their bytes in all."""

    files: int
    size_bytes: int


def measure_size(run: RunFolder) -> Size:
    """Measure the size of a run folder. Files that links point to are not counted."""
    paths = [
        Path(folder, name)
        for folder, folders, names in os.walk(run.path)
        for name in [*names, *(name for name in folders if Path(folder, name).is_symlink())]
    ]
    return Size(len(paths), sum(path.lstat().st_size for path in paths))


def require_removable(run: RunFolder) -> None:
    """Raise RunError if the run must not be removed, or InUseError if a process is training it."""
    if run.path.is_symlink():
        raise RunError(f"{run.path}: a link to a run folder; name the folder itself")
    if not (run.path / "run.json").is_file():
        raise RunError(f"{run.path}: not a run folder: it has no run.json")
    absolute = RunFolder(Path(os.path.abspath(run.path)))
    if absolute.name != absolute.path.name:
        ensemble = run.path.parent.parent
        raise RunError(
            f"{run.path}: a {MEMBERS.removesuffix('s')} of an ensemble, which needs all of "
            f"its members; remove the whole ensemble: {ensemble}"
        )
    run.require_unlocked()


def remove_run(run: RunFolder) -> None:
    """Remove a run folder with all its files. Files that links point to are not removed.

    Raises:
        DiskError: a file cannot be removed; other files of the folder may be removed already.
    """
    try:
        shutil.rmtree(os.path.abspath(run.path))  # rmtree cannot remove `.` itself
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DiskError(f"{run.path}: {error.filename}: cannot be removed: {reason}") from None
