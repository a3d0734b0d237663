"""Describe arrays in files by shape and number type, and read their numbers in pieces."""

from __future__ import annotations

import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

PIECE_BYTES = 2**20  # about the size of one piece
# A file over 256 MiB that was compressed to less than 1/100 holds no images. MNIST was compressed
# to 1/4.
SMALL_BYTES, MAX_RATIO = 256 * 2**20, 100
# The errors of zipfile, gzip, their decompressors and NumPy's readers on foreign bytes.
UNREADABLE = (
    OSError,
    KeyError,
    ValueError,
    TypeError,
    EOFError,
    SyntaxError,
    RuntimeError,
    MemoryError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


@dataclass(frozen=True)
class StoredArray:
    """An array in a file; messages call the array `name`.

    `read_pieces` yields the numbers in pieces, as flat arrays in the order of the file. If the file
    is in C order, a piece has whole rows of the first axis.
    """

    name: str
    shape: tuple[int, ...]
    dtype: Any
    read_pieces: Callable[[], Iterator[np.ndarray]]
    is_fortran: bool = False

    def describe(self) -> str:
        """Return the name, shape and number type, such as `images (300, 28, 28) uint8`."""
        return f"{self.name} {self.shape} {self.dtype}"


def read_pieces(
    file: IO[bytes], shape: tuple[int, ...], dtype: Any, *, is_fortran: bool = False
) -> Iterator[np.ndarray]:
    """Read the numbers of an array from an open file, about 1 MiB at a time.

    Raises:
        ValueError: the file has fewer or more bytes than the array.
    """
    row = 1 if is_fortran else math.prod(shape[1:])
    count = math.prod(shape)
    step = max(1, PIECE_BYTES // max(1, row * dtype.itemsize)) * row
    for start in range(0, count, max(1, step)):
        size = min(step, count - start) * dtype.itemsize
        content = file.read(size)
        if len(content) < size:
            raise ValueError("the file is cut short")
        yield np.frombuffer(content, dtype)
    if file.read(1):  # at the end, zipfile and gzip compare their check sums
        raise ValueError("the file has more bytes than its header says")


def check_growth(compressed_bytes: int, size: int, name: str) -> None:
    """Raise ValueError if a file of `compressed_bytes` decompresses to too many bytes, `size`."""
    if size > SMALL_BYTES and size > MAX_RATIO * compressed_bytes:
        raise ValueError(f"{name} grows from {compressed_bytes:,} bytes to {size:,}")


def join_pieces(array: StoredArray, dtype: Any) -> np.ndarray:
    """Read an array completely, and convert each piece to `dtype`."""
    flat = np.empty(math.prod(array.shape), dtype)
    start = 0
    for piece in array.read_pieces():
        flat[start : start + piece.size] = piece
        start += piece.size
    return shape_flat(flat, array)


def shape_flat(flat: np.ndarray, array: StoredArray) -> np.ndarray:
    """Reshape numbers in the order of the file to the shape of their array."""
    return flat.reshape(array.shape[::-1]).T if array.is_fortran else flat.reshape(array.shape)
