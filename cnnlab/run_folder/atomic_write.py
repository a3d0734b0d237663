"""Write a file completely or not at all, and turn disk errors into messages for users."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cnnlab.errors import DiskError, UsageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TEMPORARY = ".tmp"  # the file name ends in this until the file is complete


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` into a temporary file, flush it to the disk, and rename the file to `path`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        write_flushed(temporary, data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def write_with_folder(path: Path, data: bytes) -> None:
    """Write `data` into a file; make the folder of the file first if it is missing."""
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, data)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file whole, without waiting for the disk: a crash of the system may lose it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_flushed(path: Path, data: bytes) -> None:
    """Write `data` into the file `path`, and wait until the disk has stored it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    """Wait until the disk has stored the file names in the folder `path`."""
    if os.name == "posix":  # Windows cannot open folders, and flushes renames by itself
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def report_disk_errors(path: Path, option: str = "") -> Iterator[None]:
    """Turn an OSError inside the `with` block into a DiskError that names `path`.

    If `option` is given, such as `--runs DIR`, the message recommends this option.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        full = "free some space" if error.errno in _FULL else ""
        other = f"choose another path with `{option}`" if option else ""
        remedy = ", or ".join(filter(None, (full, other))) or "make it writable"
        raise DiskError(f"{path}: cannot be written: {reason}; {remedy}") from None


def build_disk_error(path: Path | str, error: OSError) -> DiskError:
    """Build the error for a file that cannot be written at a path that the user named."""
    reason = (error.strerror or str(error)).lower()
    return DiskError(f"{path}: cannot be written: {reason}; choose another path")


def save_file(path: Path, data: bytes) -> None:
    """Write `data` into a file that the user named; raises DiskError."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise build_disk_error(path, error) from None


def save_new_file(path: Path, data: bytes, beside: Mapping[str, bytes]) -> None:
    """Write a file that must not exist yet, and other files into the same folder.

    `beside` maps the names of the other files to their contents. If one of these other files
    exists, it is overwritten.

    Raises:
        UsageError: the new file exists already.
        DiskError: a file or its folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
        for name, content in beside.items():
            (path.parent / name).write_bytes(content)
    except FileExistsError as error:
        if os.path.exists(path):
            raise UsageError(f"{path}: this file exists already; choose another name") from None
        message = f"{error.filename}: this is a file, not a folder; choose another path"
        raise DiskError(message) from None
    except OSError as error:
        raise build_disk_error(error.filename, error) from None
