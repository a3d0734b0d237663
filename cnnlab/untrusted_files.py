"""Open files from unknown sources safely: only regular files, up to a size limit."""

from __future__ import annotations

import errno
import json
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

# The table of contents of a zip file has 46 bytes and a name for each member.
MAX_CONTENTS_BYTES = 128 * 2**10


class NotRegularFile(OSError):
    """Raised for a path that is a pipe or a device, which a program might read without end."""


class DuplicateKey(ValueError):
    """Raised for a JSON object that has one key twice. The text of the error is that key."""


def open_regular(path: Path | str) -> BufferedReader:
    """Open a regular file for reading; raises NotRegularFile if the path is a pipe or a device."""
    file = open(path, "rb", opener=_open_without_waiting)  # noqa: SIM115  # the caller closes it
    mode = os.fstat(file.fileno()).st_mode
    if stat.S_ISREG(mode):
        return file
    file.close()
    raise NotRegularFile(errno.EINVAL, "a pipe or a device, not a file", str(path))


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_regular(path: Path | str, most: int) -> bytes:
    """Read a regular file; raises OSError if the file has more than `most` bytes."""
    with open_regular(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"over {most / 2**20:.0f} MiB", str(path))
    return data


@contextmanager
def open_zip(path: Path | str) -> Iterator[zipfile.ZipFile]:
    """Open a zip file whose table of contents has at most MAX_CONTENTS_BYTES.

    Raises:
        OSError: the file cannot be opened, or is a pipe or a device.
        zipfile.BadZipFile: the file is not a zip file, or its table of contents is too long.
    """
    with _ZipContents(open_regular(path).detach()) as file, zipfile.ZipFile(file) as archive:
        file.is_read = True
        yield archive


class _ZipContents(BufferedReader):
    """A file that limits how many bytes `zipfile` reads for the table of contents."""

    is_read = False  # whether the table of contents has been read

    def read(self, size: int | None = -1, /) -> bytes:
        if self.is_read:
            return super().read(size)
        length = MAX_CONTENTS_BYTES if size is None or size < 0 else size
        if length > MAX_CONTENTS_BYTES:
            raise zipfile.BadZipFile(f"the table of contents has {length:,} bytes")
        return super().read(length)


def parse_json(text: bytes) -> Any:
    """Parse a JSON text; raises ValueError if the text is not JSON or has a key twice.

    If an object has two values for one key, two programs could read different values.
    """
    return json.loads(text, object_pairs_hook=_build_object)


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) < len(pairs):
        keys = [key for key, _ in pairs]
        raise DuplicateKey(next(key for key in keys if keys.count(key) > 1))
    return built
