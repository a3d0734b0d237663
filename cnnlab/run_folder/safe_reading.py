"""Read files of a run folder safely: only regular files, no links, and up to a size limit."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from cnnlab.errors import RunError
from cnnlab.run_folder.serialization import describe_first_fault
from cnnlab.spec.wording import to_one_line
from cnnlab.untrusted_files import DuplicateKey, open_regular, parse_json, read_regular

MAX_BYTES = 32 * 2**20  # a confusion matrix of 1,000 classes needs 12 MB
T = TypeVar("T")


@dataclass(frozen=True)
class Predictions:
    """Columns of predictions.csv: the index of each image, its true class, its predicted class.

    `mistakes` maps the index of each row with a wrong prediction to the predicted probability.
    """

    index: tuple[int, ...]
    true: tuple[str, ...]
    predicted: tuple[str, ...]
    mistakes: Mapping[int, float]


@contextmanager
def open_own_path(folder: Path, name: str) -> Iterator[Path]:
    """Return the path of the file `name` in `folder`; the `with` block may read the file.

    Raises:
        RunError: the file is a link, or cannot be read.
    """
    path = folder / name
    try:
        if os.path.realpath(path) != os.path.join(os.path.realpath(folder), name):
            raise RunError(f"{path}: this is a link; replace the link by the file itself")
        yield path
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from None


def read_bytes(folder: Path, name: str, most: int = MAX_BYTES) -> bytes:
    """Read a file of a run; raises RunError if it is missing, or has more than `most` bytes."""
    with open_own_path(folder, name) as path:
        return read_regular(path, most)


def read_json(form: TypeAdapter[T], folder: Path, name: str) -> T:
    """Read a JSON file as a value of the type `form`; raises RunError if the file does not fit."""
    try:
        text = read_bytes(folder, name)
        value = form.validate_json(text, strict=True)
        parse_json(text)  # pydantic takes the last of two equal keys
        return value
    except DuplicateKey as key:
        fault = f"damaged: the key {to_one_line(key)} occurs twice"
        raise RunError(f"{folder / name}: {fault}") from None
    except ValidationError as error:
        raise RunError(f"{folder / name}: damaged: {describe_first_fault(error)}") from None


def read_number_table(folder: Path, name: str) -> list[dict[str, float]]:
    """Read a CSV file of numbers as a dict for each row; raises RunError if it is damaged."""
    try:
        rows = csv.DictReader(io.StringIO(read_bytes(folder, name).decode()))
        return [{key: float(value) for key, value in row.items()} for row in rows]
    except (TypeError, ValueError, csv.Error) as error:
        raise RunError(f"{folder / name}: damaged: {to_one_line(error)}") from None


def read_predictions(folder: Path, name: str) -> Predictions:
    """Read the file predictions.csv of an evaluation; raises RunError if the file is damaged."""
    try:
        with open_own_path(folder, name) as path, open_regular(path) as file:
            rows = csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
            head = next(rows, [])
            if head[:3] != ["index", "true", "predicted"]:
                raise ValueError("the first columns are not index, true, predicted")
            index: list[int] = []
            true: list[str] = []
            predicted: list[str] = []
            mistakes: dict[int, float] = {}
            probabilities = [place for place, name in enumerate(head) if name.startswith("p_")]
            for row in rows:
                if row[1] != row[2]:
                    mistakes[len(index)] = max((float(row[n]) for n in probabilities), default=0.0)
                index.append(int(row[0]))
                true.append(sys.intern(row[1]))  # few classes, many rows
                predicted.append(sys.intern(row[2]))
            if not index:
                raise ValueError("the table has no rows")
    except (IndexError, ValueError, csv.Error) as error:
        raise RunError(f"{folder / name}: damaged: {to_one_line(error)}") from None
    return Predictions(tuple(index), tuple(true), tuple(predicted), mistakes)
