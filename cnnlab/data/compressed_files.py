"""Open a file, and decompress it if gzip compressed it."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cnnlab.untrusted_files import open_regular

GZIP_START = b"\x1f\x8b"


@contextmanager
def open_decompressed(path: Path) -> Iterator[tuple[IO[bytes], int, bool]]:
    """Open a regular file for reading; the bytes of a gzip file are decompressed.

    Yields the file, its size on the disk in bytes, and whether it is compressed.

    Raises:
        OSError: the file cannot be opened, or is a pipe or a device.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if file.peek(2)[:2] != GZIP_START:
            yield file, size, False
            return
        with gzip.GzipFile(fileobj=file) as decompressed:
            yield decompressed, size, True  # type: ignore[misc]  # it reads like a file


def read_start(path: Path, count: int) -> bytes:
    """Read the first bytes of a file, or the first decompressed bytes of a gzip file.

    If the gzip data is damaged, the function returns the first bytes without decompression.

    Raises:
        OSError: the file cannot be opened, or is a pipe or a device.
    """
    try:
        with open_decompressed(path) as (file, _, _):
            return file.read(count)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        with open_regular(path) as file:
            return file.read(count)
