"""Files of a run folder, which may be a stranger's: none elsewhere is read, none without limit."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from cnnlab.errors import RunError
from cnnlab.files import open_ordinary, read_ordinary
from cnnlab.run_folder.serialization import describe_first_fault
from cnnlab.spec.words import one_line

MAX_BYTES = 32 * 2**20  # a confusion matrix of 1,000 classes takes 12 MB
T = TypeVar("T")


@dataclass(frozen=True)
class Predictions:
    """What predictions.csv says of each image: its place in the data set, and classes by name."""

    index: tuple[int, ...]
    true: tuple[str, ...]
    predicted: tuple[str, ...]


@contextmanager
def open_own_path(folder: Path, name: str) -> Iterator[Path]:
    """The path of a file of the folder; no link in a stranger's folder leads out of it.

    Raises:
        RunError: it is a link, or was refused while this was entered.
    """
    path = folder / name
    try:
        if os.path.realpath(path) != os.path.join(os.path.realpath(folder), name):
            raise RunError(f"{path}: a link, not a file of the run; put the file itself there")
        yield path
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from None


def read_bytes(folder: Path, name: str, most: int = MAX_BYTES) -> bytes:
    """What a file holds; raises RunError if it is missing, or has more than `most` bytes."""
    with open_own_path(folder, name) as path:
        return read_ordinary(path, most)


def read_json(form: TypeAdapter[T], folder: Path, name: str) -> T:
    """A JSON file as `form` has it; raises RunError if it is not of that form."""
    try:
        return form.validate_json(read_bytes(folder, name), strict=True)
    except ValidationError as error:
        raise RunError(f"{folder / name}: damaged: {describe_first_fault(error)}") from None


def read_number_table(folder: Path, name: str) -> list[dict[str, float]]:
    """A CSV file of numbers, one dict per row; raises RunError if one is none."""
    try:
        rows = csv.DictReader(io.StringIO(read_bytes(folder, name).decode()))
        return [{key: float(value) for key, value in row.items()} for row in rows]
    except (TypeError, ValueError, csv.Error) as error:
        raise RunError(f"{folder / name}: damaged: {one_line(error)}") from None


def read_predictions(folder: Path, name: str) -> Predictions:
    """What predictions.csv says; raises RunError if it is damaged."""
    try:
        with open_own_path(folder, name) as path, open_ordinary(path) as file:
            rows = csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
            if next(rows, [])[:3] != ["index", "true", "predicted"]:
                raise ValueError("its columns are not index, true, predicted, …")
            index: list[int] = []
            true: list[str] = []
            predicted: list[str] = []
            for row in rows:
                index.append(int(row[0]))
                true.append(sys.intern(row[1]))  # the classes are few
                predicted.append(sys.intern(row[2]))
            if not index:
                raise ValueError("it has no rows")
    except (IndexError, ValueError, csv.Error) as error:
        raise RunError(f"{folder / name}: damaged: {one_line(error)}") from None
    return Predictions(tuple(index), tuple(true), tuple(predicted))
