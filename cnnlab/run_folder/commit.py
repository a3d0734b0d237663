"""Replace several files of a folder together: all of them or, after a failure, none of them.

A JSON file lists the valid files with their sizes and SHA-256 hashes. A commit has three steps.
First, it writes the new files under temporary names that end in `.next`. Second, it replaces the
JSON file: at this moment the new files become valid. Third, it renames the new files to their final
names. `recover` finishes a commit that stopped before the third step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnnlab.errors import DiskError
from cnnlab.run_folder.atomic_write import (
    TEMPORARY,
    flush_folder,
    report_disk_errors,
    write_atomically,
    write_flushed,
)
from cnnlab.run_folder.serialization import to_json

STAGED = ".next"  # the name of a new file ends in this until it replaces the old file


@dataclass(frozen=True)
class StoredFile:
    """The size and the SHA-256 hash of a file that belongs to the last finished epoch."""

    size_bytes: int
    sha256: str

    @classmethod
    def from_bytes(cls, data: bytes) -> StoredFile:
        return cls(len(data), hashlib.sha256(data).hexdigest())


def commit(
    folder: Path,
    name: str,
    state: Mapping[str, Any],
    files: Mapping[str, bytes],
    before: Mapping[str, StoredFile],
) -> dict[str, StoredFile]:
    """Write `files` and `state` so that a failure leaves all old files or all new files.

    Returns the new list of valid files.

    Args:
        name: the name of the JSON file in `folder` that stores the list of valid files.
        state: further data for this JSON file.
        files: the contents of the new files, by their paths in `folder`.
        before: the present list of valid files, which the new files extend or replace.

    Raises:
        DiskError: a write failed; either all old files or all new files are valid.
    """
    named = {**before, **{path: StoredFile.from_bytes(data) for path, data in files.items()}}
    text = to_json({**state, "files": {path: asdict(one) for path, one in named.items()}})
    try:
        for path, data in files.items():
            with report_disk_errors(folder / path):
                write_flushed(_staged_path(folder / path), data)
        with report_disk_errors(folder):
            _flush_folders(folder, files)
        with report_disk_errors(folder / name):
            write_atomically(folder / name, text)
        _move_into_place(folder, files)
    except BaseException:
        with suppress(DiskError):  # report the first error, not this one
            recover(folder, named if _has_content(folder / name, text) else before)
        raise
    return named


def recover(folder: Path, named: Mapping[str, StoredFile]) -> None:
    """Finish an interrupted replacement of files, and remove temporary files.

    Only a process that has locked `folder` may call this function. `named` is the list of valid
    files.

    Raises:
        DiskError: a write failed.
    """
    _move_into_place(
        folder, [path for path in named if _matches(_staged_path(folder / path), named[path])]
    )
    with report_disk_errors(folder):
        for leftover in [*folder.rglob(f".*{STAGED}"), *folder.rglob(f".*{TEMPORARY}")]:
            leftover.unlink(missing_ok=True)


def _move_into_place(folder: Path, paths: Collection[str]) -> None:
    for path in paths:
        with report_disk_errors(folder / path):
            _staged_path(folder / path).replace(folder / path)
    with report_disk_errors(folder):
        _flush_folders(folder, paths)


def _flush_folders(folder: Path, paths: Collection[str]) -> None:
    for parent in {(folder / path).parent for path in paths}:
        flush_folder(parent)


def _has_content(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _staged_path(path: Path) -> Path:
    return path.with_name(f".{path.name}{STAGED}")


def _matches(path: Path, stored: StoredFile) -> bool:
    return path.is_file() and StoredFile.from_bytes(path.read_bytes()) == stored


def find_damage(folder: Path, name: str, named: Mapping[str, StoredFile]) -> str:
    """Describe the first file that is missing or changed; return "" without damage.

    `named` has the size and hash of each file, as the JSON file `name` lists them.
    """
    for path, stored in named.items():
        if not (folder / path).is_file():
            return f"{path} is missing, although {name} lists this file"
        if _matches(_staged_path(folder / path), stored):
            cause = "the process that replaced the file was killed"
            return f"{path} is still the old file: {cause}; `cnnlab resume` repairs the run"
        if not _matches(folder / path, stored):
            return f"{path} has changed: its size or SHA-256 hash differs from {name}"
    return ""
