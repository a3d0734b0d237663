"""What a list of runs shows of each, in what order, and which of them."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.errors import RunError, UsageError
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.record import Record
from cnnlab.spec.words import nearest

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
_CONDITION = re.compile(r"\s*([A-Za-z_]+)\s*(>=|<=|!=|==|=|>|<)\s*(.*?)\s*")


@dataclass(frozen=True)
class RunRow:
    """A run with its record, or with what is wrong with it; the test figures if there are any."""

    run: RunFolder
    record: Record | None = None
    accuracy: float | None = None
    loss: float | None = None
    fault: str = ""


def read_row(run: RunFolder) -> RunRow:
    """What a list shows of a run; of a damaged one, its fault."""
    try:
        record, figures = run.read_record(), run.read_metrics()
        if figures is None:
            return RunRow(run, record)
        accuracy, loss = figures.get("accuracy"), figures.get("loss")
        if not isinstance(accuracy, int | float):
            message = "its evaluation/metrics.json is damaged: no accuracy in it"
            raise RunError(f"{run.path}: {message}")
        return RunRow(run, record, accuracy, loss if isinstance(loss, int | float) else None)
    except RunError as error:
        return RunRow(run, fault=str(error))


def _read_from_record(name: str) -> Callable[[RunRow, Record], Any]:
    return lambda listed, record: getattr(record, name)


def _read_from_history(name: str) -> Callable[[RunRow, Record], float | None]:
    """A figure of the epoch whose weights are evaluated; None if it was never computed."""

    def read(listed: RunRow, record: Record) -> float | None:
        try:
            rows = listed.run.read_history()
        except RunError:  # an ensemble has none, nor has a run that failed at once
            return None
        return rows[(record.best_epoch or len(rows)) - 1].get(name) if rows else None

    return read


@dataclass(frozen=True)
class Column:
    """A word by which runs are sorted and chosen, and what it is of a run; None if it has none."""

    read: Callable[[RunRow, Record], Any]
    kind: type = float
    share: bool = False


COLUMNS = {
    "accuracy": Column(lambda listed, record: listed.accuracy, share=True),
    "loss": Column(lambda listed, record: listed.loss),
    "val_accuracy": Column(_read_from_history("val_accuracy"), share=True),
    "val_loss": Column(_read_from_history("val_loss")),
    "parameters": Column(_read_from_record("parameters")),
    "seconds": Column(_read_from_record("seconds")),
    "epochs": Column(_read_from_record("epochs")),
    "members": Column(lambda listed, record: len(record.seeds)),
    "seed": Column(_read_from_record("seed")),
    "started": Column(_read_from_record("started"), str),
    "name": Column(lambda listed, record: listed.run.name, str),
    "config": Column(_read_from_record("config"), str),
    "dataset": Column(lambda listed, record: record.data.get("dataset"), str),
    "status": Column(_read_from_record("status"), str),
}


def read_value(row: RunRow, name: str) -> Any:
    """What column `name` is of a run: a number, a text, or None if it has none."""
    if row.record is None:
        return {"name": row.run.name, "status": "damaged"}.get(name)
    found = COLUMNS[name].read(row, row.record)
    return None if isinstance(found, float) and math.isnan(found) else found


@dataclass(frozen=True)
class Condition:
    """One thing that a run must be: its `name` stands to `bound` as `sign` says."""

    name: str
    sign: str
    bound: float | str

    def holds(self, row: RunRow) -> bool:
        """Whether it holds; never for a run that has no such value."""
        found = read_value(row, self.name)
        return found is not None and _SIGNS[self.sign](found, self.bound)


def parse_condition(text: str) -> Condition:
    """A condition as a person writes it: `accuracy>0.99`, `status=finished`.

    Raises:
        UsageError: it is none, or asks for what runs do not have.
    """
    match = _CONDITION.fullmatch(text)
    if not match:
        raise UsageError(
            f"--where {text}: not a condition; expected a name, one of > >= < <= = !=, and a "
            "value, as in accuracy>0.99"
        )
    name, sign, bound = match[1], match[2].replace("==", "="), match[3]
    column = _find_column(f"--where {text}", name)
    if column.kind is str:
        if not bound:
            raise UsageError(f"--where {text}: there is no value after {match[2]}")
        return Condition(name, sign, bound)
    try:
        number = float(bound)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"--where {text}: `{bound}` is not a number, as {name} is")
    if column.share and not 0 <= number <= 1:
        raise UsageError(f"--where {text}: {name} is a share from 0 to 1, as in {name}>0.99")
    return Condition(name, sign, number)


def _find_column(told: str, name: str) -> Column:
    if name in COLUMNS:
        return COLUMNS[name]
    message = f"{told}: runs have no `{name}`; expected one of {', '.join(COLUMNS)}"
    raise UsageError("; ".join(filter(None, (message, nearest(name, COLUMNS)))))


def parse_order(text: str) -> tuple[str, bool]:
    """The column to sort by, and whether from the highest down: `accuracy`, `-accuracy`."""
    name = text.removeprefix("-")
    _find_column(f"--sort {text}", name)
    return name, text.startswith("-")


def sort_rows(rows: Sequence[RunRow], name: str, descending: bool) -> list[RunRow]:
    """Runs sorted by a column; equal ones stay as they are, those without a value come first.

    The end of a list is what a person sees above the prompt, so that nothing known is hidden.
    """
    known = [row for row in rows if read_value(row, name) is not None]
    unknown = [row for row in rows if read_value(row, name) is None]
    return unknown + sorted(known, key=lambda row: read_value(row, name), reverse=descending)
