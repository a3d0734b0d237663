"""Read a CSV file, or a CSV file in gzip, where each line has the label and pixels of an image.

Kaggle's digits and the CSV form of MNIST have this layout. The images are square and gray.
"""

from __future__ import annotations

import array
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from cnnlab.counts import format_count
from cnnlab.data.compressed_files import open_decompressed
from cnnlab.data.stored_arrays import PIECE_BYTES, UNREADABLE, StoredArray, check_growth
from cnnlab.errors import DataError
from cnnlab.spec.wording import to_one_line

_MAX_LINE = 2**22  # bytes; enough for an image of 1,024 × 1,024 pixels
_LABEL_NAMES = ("label", "labels", "class", "target", "y")
EXPECTED = "a label and the pixels of a square gray image in each line, separated by commas"


@dataclass(frozen=True)
class _Columns:
    """The columns of a CSV file, whose images are `side` × `side` pixels.

    `label` is the index of the column with the labels, or None if there is no such column.
    """

    count: int
    label: int | None
    side: int
    has_header: bool


def read_arrays(path: Path) -> tuple[StoredArray, StoredArray | None]:
    """Find the images and the labels of a CSV file; the labels are None if no column has them.

    The function reads all lines, but converts only the labels.

    Raises:
        DataError: a line is not the data of an image; the error names the first wrong line.
    """
    name = to_one_line(path.name)
    try:
        with open_decompressed(path) as (file, size, is_compressed):
            lines = _iterate_lines(file, size, is_compressed)
            first = next(lines, b"")
            columns = _find_columns(first)
            numbers = array.array("d")
            for number, line in enumerate(itertools.chain([first], lines), start=1):
                if number > 1 or not columns.has_header:
                    numbers.append(_read_label(line, columns, number))
            values = np.frombuffer(numbers, np.float64) if numbers else np.empty(0)
            if not columns.has_header:
                _require_several_labels(values)
    except UNREADABLE as error:
        raise _build_error(path, error) from None
    shape = (len(values), columns.side, columns.side)
    images = StoredArray(
        f"{name} (pixels)", shape, np.dtype(float), lambda: _read_pixels(path, columns, len(values))
    )
    labels = StoredArray(f"{name} (labels)", values.shape, values.dtype, lambda: iter([values]))
    return images, None if columns.label is None else labels


def _iterate_lines(file: IO[bytes], size: int, is_compressed: bool) -> Iterator[bytes]:
    """Yield the lines of a file without line breaks, and skip empty lines at the end."""
    total, number, is_at_end = 0, 0, False
    while line := file.readline(_MAX_LINE + 1):
        number += 1
        total += len(line)
        if len(line) > _MAX_LINE:
            raise ValueError(f"line {number:,} has over {_MAX_LINE:,} bytes")
        if is_compressed:
            check_growth(size, total, "it")
        text = line.strip().removeprefix(b"\xef\xbb\xbf")
        if text and is_at_end:
            raise ValueError(f"line {number - 1:,} is empty")
        is_at_end = not text
        if text:
            yield text


def _find_columns(first: bytes) -> _Columns:
    """Find the columns of a CSV file in its first line, which is a header or data.

    Raises:
        ValueError: the columns are not a label and the pixels of a square image.
    """
    fields = [field.strip().strip('"') for field in first.decode("utf-8").split(",")]
    has_header = not all(map(_is_number, fields))
    label: int | None = 0
    if has_header:
        found = [i for i, field in enumerate(fields) if field.lower() in _LABEL_NAMES]
        if len(found) > 1:
            raise ValueError(f"it has {len(found)} columns of labels; expected one")
        label = found[0] if found else None
    pixels = len(fields) - (label is not None)
    side = math.isqrt(pixels)
    if not pixels or side * side != pixels:
        names = ", ".join(fields[:5]) + (", …" if len(fields) > 5 else "")
        kind = "header" if has_header else "first line"
        raise ValueError(
            f"its {kind} is {to_one_line(names)}: {format_count(len(fields), 'column')}, of which "
            f"{pixels:,} would be pixels; expected {EXPECTED}"
        )
    return _Columns(len(fields), label, side, has_header)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_label(line: bytes, columns: _Columns, number: int) -> float:
    """Return the label of a line, or 0 if the file has no labels.

    Raises:
        ValueError: the line has another number of columns, or the label is no number.
    """
    if line.count(b",") != columns.count - 1:
        count = format_count(line.count(b",") + 1, "column")
        raise ValueError(f"line {number:,} has {count}; the lines before have {columns.count:,}")
    if columns.label is None:
        return 0.0
    # Most files have the label first, and then only one field of the line is split off.
    field = line.split(b",", columns.label + 1)[columns.label].strip().strip(b'"')
    try:
        return float(field)
    except ValueError:
        text = to_one_line(field.decode("utf-8", "replace"))[:40]
        message = f"line {number:,} has the label {text}; labels must be whole numbers"
        raise ValueError(message) from None


def _require_several_labels(values: np.ndarray) -> None:
    """Raise ValueError if the first column of a file without a header cannot have the labels."""
    if len(values) > 1 and np.ptp(values) == 0:
        raise ValueError(
            f"its first column, which has the labels if there is no header, is {values[0]:g} in "
            f"all {len(values):,} lines; if another column has the labels, add a first line with "
            "the names of all columns, and name that column label"
        )


def _read_pixels(path: Path, columns: _Columns, count: int) -> Iterator[np.ndarray]:
    """Yield the pixels of the images as flat arrays, about 1 MiB at a time."""
    step = max(1, PIECE_BYTES // (8 * columns.count))
    try:
        with open_decompressed(path) as (file, size, is_compressed):
            lines = _iterate_lines(file, size, is_compressed)
            if columns.has_header:
                next(lines, b"")
            done = 0
            while some := list(itertools.islice(lines, step)):
                done += len(some)
                if done > count:
                    break
                yield _parse_lines(some, columns, done - len(some) + 1 + columns.has_header)
            if done != count:
                raise ValueError("the file has changed since it was opened")
    except UNREADABLE as error:
        raise _build_error(path, error) from None


def _parse_lines(lines: list[bytes], columns: _Columns, number: int) -> np.ndarray:
    try:
        rows = _parse_short_numbers(b",".join(lines))
        if rows is None:
            texts = [line.decode("ascii") for line in lines]
            rows = np.loadtxt(texts, float, comments=None, delimiter=",", quotechar='"', ndmin=2)
        rows = rows.reshape(len(lines), columns.count)
    except ValueError as error:
        raise ValueError(f"in line {number:,} or soon after: {to_one_line(error)}") from None
    if columns.label is not None:
        rows = np.delete(rows, columns.label, axis=1)
    return rows.reshape(-1)


def _parse_short_numbers(text: bytes) -> np.ndarray | None:
    """Parse numbers of one to three digits between commas; return None for any other text.

    This takes a tenth of the time of numpy.loadtxt.
    """
    digits = np.frombuffer(b"," + text + b",", np.uint8).astype(np.int16) - ord("0")
    is_comma = digits == ord(",") - ord("0")
    if not (is_comma | ((digits >= 0) & (digits <= 9))).all():
        return None
    ends = np.flatnonzero(is_comma)
    lengths = np.diff(ends) - 1
    if lengths.min() < 1 or lengths.max() > 3:
        return None
    digits[is_comma] = 0
    ones, tens, hundreds = (digits[ends[1:] - place] for place in (1, 2, 3))
    values = ones + 10 * np.where(lengths > 1, tens, 0) + 100 * np.where(lengths > 2, hundreds, 0)
    return np.asarray(values, np.float64)


def _build_error(path: Path, error: BaseException) -> DataError:
    return DataError(f"{path}: this CSV file cannot be read: {to_one_line(error)}")
