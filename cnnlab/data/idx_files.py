"""Read the header and the numbers of an IDX file, which can be compressed by gzip.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from cnnlab.counts import format_count
from cnnlab.data.compressed_files import open_decompressed
from cnnlab.data.stored_arrays import UNREADABLE, StoredArray, check_growth, read_pieces
from cnnlab.errors import DataError
from cnnlab.spec.wording import to_one_line

if TYPE_CHECKING:
    _Header = tuple[tuple[int, ...], Any]

# The third byte of an IDX file names the type of its numbers; their first byte is the highest.
_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_MAX_AXES = 4


def is_idx(start: bytes) -> bool:
    """Return whether the first four bytes of a file mark an IDX file."""
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in _TYPES and start[3] > 0


def read_array(path: Path) -> StoredArray:
    """Read the header of an IDX file.

    Raises:
        DataError: the file is damaged, or has more or fewer bytes than its header says.
    """

    def read_numbers() -> Iterator[np.ndarray]:
        try:
            with open_decompressed(path) as (file, size, is_compressed):
                if _read_header(file, size, is_compressed) != (shape, dtype):
                    raise ValueError("the file has changed since it was opened")
                yield from read_pieces(file, shape, dtype)
        except UNREADABLE as error:
            raise _build_error(path, error) from None

    try:
        with open_decompressed(path) as (file, size, is_compressed):
            shape, dtype = _read_header(file, size, is_compressed)
    except UNREADABLE as error:
        raise _build_error(path, error) from None
    return StoredArray(to_one_line(path.name), shape, dtype, read_numbers)


def _read_header(file: IO[bytes], size: int, is_compressed: bool) -> _Header:
    start = file.read(4)
    if not is_idx(start) or start[3] > _MAX_AXES:
        raise ValueError(f"its first four bytes are {list(start)}, not those of an IDX file")
    axes = start[3]
    shape = struct.unpack(f">{axes}I", file.read(4 * axes))
    dtype = np.dtype(_TYPES[start[2]])
    needed = 4 + 4 * axes + math.prod(shape) * dtype.itemsize
    if is_compressed:
        check_growth(size, needed, "it")
    elif needed != size:
        raise ValueError(f"it should have {format_count(needed, 'byte')}, but has {size:,}")
    return shape, dtype


def _build_error(path: Path, error: BaseException) -> DataError:
    reason = to_one_line(error)
    return DataError(f"{path}: this IDX file cannot be read: {reason}; download or copy it again")
