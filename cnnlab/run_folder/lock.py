"""Lock a run folder, so that one process writes at a time; the lock ends with the process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnlab.run_folder.atomic_write import report_disk_errors

NAME = ".lock"
_TRIES, _PAUSE = 20, 0.005  # number of tries, and seconds between them

if sys.platform == "win32":
    import msvcrt

    def _lock_exclusive(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    _lock_shared = _lock_exclusive
else:
    import fcntl

    def _lock_exclusive(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _lock_shared(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # several readers at once


class LockHeld(Exception):
    """Raised if another process has locked the run folder."""


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Lock `folder` inside the `with` block. The lock file is not removed afterwards.

    Raises:
        LockHeld: another process has locked the folder.
        DiskError: the folder cannot be written.
    """
    path = folder / NAME
    with report_disk_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    try:
        if not _try_to_lock(file):
            raise LockHeld
        yield
    finally:
        os.close(file)


def _try_to_lock(file: int) -> bool:
    """Try for 0.1 s to lock an open file; return whether this succeeds.

    The first attempt can fail because `is_locked` in another process locks the file for a moment.
    """
    for _ in range(_TRIES):
        try:
            _lock_exclusive(file)
        except OSError:
            time.sleep(_PAUSE)
        else:
            return True
    return False


def is_locked(folder: Path) -> bool:
    """Return whether another process has locked `folder` at this moment."""
    try:
        file = os.open(folder / NAME, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False  # never locked, or not accessible
    try:
        _lock_shared(file)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def is_locked_by(folder: Path, pid: int) -> bool:
    """Return whether the process `pid` has locked `folder`.

    The number alone can mislead: the system may have given it to another process since. Where the
    system does not tell which files a process has open, the result is that of `is_locked`.
    """
    if not is_locked(folder):
        return False
    descriptors = Path(f"/proc/{pid}/fd")
    if not Path("/proc/self/fd").is_dir():
        return True
    path = os.path.realpath(folder / NAME)
    try:
        return any(os.path.realpath(descriptor) == path for descriptor in descriptors.iterdir())
    except OSError:  # the process has ended, or belongs to another user
        return False
