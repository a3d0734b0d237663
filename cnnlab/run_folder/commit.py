"""Files of a folder that become valid together, by one rename: that of the list which names them.

New files are first written beside the old ones, under names of their own. Then the list, with the
size and SHA-256 of each, takes the place of the list before: this is the moment. Then the files
take the places of the old ones. Whoever finds the third step undone, does it.
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

STAGED = ".next"  # at the end of a file's name, until it takes the place of the one before


@dataclass(frozen=True)
class StoredFile:
    """What a file that was committed holds."""

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
    """Make `files` and `state` valid together; returns all that the list names now.

    Args:
        name: of the list, a JSON file in `folder`, which holds `state` too.
        files: what is new, by its path in `folder`.
        before: what the list names and is not new.

    Raises:
        DiskError: the disk refused a write; the state before, or the new one, is whole.
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
        with suppress(DiskError):  # the first refusal is what is told
            recover(folder, named if _has_content(folder / name, text) else before)
        raise
    return named


def recover(folder: Path, named: Mapping[str, StoredFile]) -> None:
    """Finish what a commit left undone, and remove what never became valid.

    Only for whoever has the folder's lock. `named` is what its list names.

    Raises:
        DiskError: the disk refused.
    """
    _move_into_place(
        folder, [path for path in named if _matches(_staged_path(folder / path), named[path])]
    )
    with report_disk_errors(folder):
        for left in [*folder.rglob(f".*{STAGED}"), *folder.rglob(f".*{TEMPORARY}")]:
            left.unlink(missing_ok=True)


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
    """The first file that is not what the list `name` says of it, in words; empty if all are."""
    for path, stored in named.items():
        if not (folder / path).is_file():
            return f"{path} is missing, which {name} names"
        if not _matches(folder / path, stored):
            return f"{path} is not the file that {name} names: it was changed since"
    return ""
