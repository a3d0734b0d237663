"""Files that may come from a stranger: opened if they are ordinary ones, read up to a limit."""

from __future__ import annotations

import errno
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

# The table of contents of a zip file takes 46 bytes and a name for each of its few members.
MAX_CONTENTS_BYTES = 128 * 2**10


class NotOrdinary(OSError):
    """A pipe, which would be waited for, or a device, which may have no end."""


def open_ordinary(path: Path | str) -> BufferedReader:
    """An ordinary file, open; raises OSError, of which NotOrdinary is one."""
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115  # whoever asked closes it
    mode = os.fstat(file.fileno()).st_mode
    if stat.S_ISREG(mode):
        return file
    file.close()
    raise NotOrdinary(errno.EINVAL, "a pipe or a device, not a file", str(path))


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_ordinary(path: Path | str, most: int) -> bytes:
    """What is in an ordinary file; raises OSError, also where it has more than `most` bytes."""
    with open_ordinary(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"over {most / 2**20:.0f} MiB", str(path))
    return data


@contextmanager
def open_zip(path: Path | str) -> Iterator[zipfile.ZipFile]:
    """A zip file of some members, open.

    Raises:
        OSError: it is no ordinary file, or cannot be opened.
        zipfile.BadZipFile: it is none, or its table of contents has over `MAX_CONTENTS_BYTES`.
    """
    with _Contents(open_ordinary(path).detach()) as file, zipfile.ZipFile(file) as archive:
        file.is_read = True
        yield archive


class _Contents(BufferedReader):
    """A file whose table of contents `zipfile` reads, at once, however long it says that it is."""

    is_read = False  # so that the members are next

    def read(self, size: int | None = -1, /) -> bytes:
        if self.is_read:
            return super().read(size)
        asked = MAX_CONTENTS_BYTES if size is None or size < 0 else size
        if asked > MAX_CONTENTS_BYTES:
            raise zipfile.BadZipFile(f"its table of contents has {asked:,} bytes")
        return super().read(asked)
