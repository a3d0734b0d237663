"""Read the headers of the arrays in an .npz file, and later their numbers in pieces."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cnnlab.counts import format_count
from cnnlab.data.stored_arrays import UNREADABLE, StoredArray, check_growth, read_pieces
from cnnlab.errors import DataError
from cnnlab.spec.wording import to_one_line
from cnnlab.untrusted_files import open_zip

if TYPE_CHECKING:
    import numpy as np

_MAX_HEADER = 10_000  # bytes; NumPy's own limit
REMEDY = (
    "write it again with numpy.savez_compressed(FILE, x_train=…, y_train=…, x_test=…, y_test=…)"
)
_Header = tuple[tuple[int, ...], bool, Any]  # shape, whether in Fortran order, dtype


def list_arrays(path: Path) -> list[StoredArray]:
    """List the arrays of an .npz file, and read only their headers.

    Raises:
        DataError: the file is missing or is no .npz file, or an array has another size than its
            header says.
    """
    arrays = {}
    try:
        with open_zip(path) as archive:
            for member in archive.infolist():
                if member.filename.endswith(".npy"):
                    with archive.open(member) as file:
                        header = _read_header(file, member)
                    arrays[member.filename] = _build_array(path, member.filename, header)
    except UNREADABLE as error:
        message = f"{path}: not an .npz file that NumPy can read: {to_one_line(error)}; {REMEDY}"
        raise DataError(message) from None
    return list(arrays.values())


def _build_array(path: Path, filename: str, header: _Header) -> StoredArray:
    shape, is_fortran, dtype = header
    name = to_one_line(filename.removesuffix(".npy"))

    def read_numbers() -> Iterator[np.ndarray]:
        try:
            with open_zip(path) as archive:
                member = archive.getinfo(filename)
                with archive.open(member) as file:
                    if _read_header(file, member) != header:
                        raise ValueError("the file has changed since it was opened")
                    yield from read_pieces(file, shape, dtype, is_fortran=is_fortran)
        except UNREADABLE as error:
            message = f"{path}: the array {name} cannot be read: {to_one_line(error)}; {REMEDY}"
            raise DataError(message) from None

    return StoredArray(name, shape, dtype, read_numbers, is_fortran)


def _read_header(file: IO[bytes], member: zipfile.ZipInfo) -> _Header:
    """Read the header of one array; raise ValueError if the array's size contradicts the header."""
    from numpy.lib import format as npy

    name = to_one_line(member.filename.removesuffix(".npy"))
    start = file.read(12)
    old = npy.read_magic(io.BytesIO(start)) == (1, 0)
    length = int.from_bytes(start[8 : 10 if old else 12], "little")
    if length > _MAX_HEADER:  # NumPy would read it before it checks
        raise ValueError(f"{name} has a header of {length:,} bytes")
    # A header of version 1.0 starts after 10 bytes, and a later one after 12.
    header = io.BytesIO(start + file.read(max(0, length - (2 if old else 0))))
    header.seek(8)
    read_header = npy.read_array_header_1_0 if old else npy.read_array_header_2_0
    with warnings.catch_warnings(
        action="ignore"
    ):  # a damaged name of a number type may be outdated
        shape, is_fortran, dtype = read_header(header)
    available = member.file_size - header.tell()
    size = dtype.itemsize * math.prod(shape)
    if not dtype.hasobject and size != available:
        expected = format_count(size, "byte")
        raise ValueError(f"{name} should have {expected}, but has {available:,}")
    check_growth(member.compress_size, size, name)
    return shape, is_fortran, dtype
