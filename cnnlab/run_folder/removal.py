"""Removing a run folder, and nothing else."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cnnlab.errors import DiskError, RunError
from cnnlab.run_folder.folder import MEMBERS, RunFolder


@dataclass(frozen=True)
class Size:
    """What a folder holds: files and links, and the bytes of the files."""

    files: int
    size_bytes: int


def measure_size(run: RunFolder) -> Size:
    """What a run folder holds; what links point to is not counted."""
    paths = [
        Path(folder, name)
        for folder, folders, names in os.walk(run.path)
        for name in [*names, *(name for name in folders if Path(folder, name).is_symlink())]
    ]
    return Size(len(paths), sum(path.lstat().st_size for path in paths))


def require_removable(run: RunFolder) -> None:
    """Raise RunError unless `remove` may take the run, and InUseError while it is trained."""
    if run.path.is_symlink():
        raise RunError(f"{run.path}: a link to a run folder; name the folder itself")
    if not (run.path / "run.json").is_file():
        raise RunError(f"{run.path}: not a run folder: there is no run.json in it")
    whole = RunFolder(Path(os.path.abspath(run.path)))
    if whole.name != whole.path.name:
        ensemble = run.path.parent.parent
        raise RunError(
            f"{run.path}: a {MEMBERS.removesuffix('s')} of an ensemble, which would be broken "
            f"without it; remove the ensemble: {ensemble}"
        )
    run.require_unlocked()


def remove_run(run: RunFolder) -> None:
    """Remove a run folder with all that is in it; links are removed, not what they point to.

    Raises:
        DiskError: something in it cannot be removed; the rest may be gone.
    """
    try:
        shutil.rmtree(os.path.abspath(run.path))  # `.` itself cannot be removed
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DiskError(f"{run.path}: {error.filename}: cannot be removed: {reason}") from None
