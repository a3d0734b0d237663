"""Build the table of runs, filtered by the option --where and sorted by the option --sort."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from cnnlab.errors import RunError, UsageError
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.record import Record
from cnnlab.run_folder.sweep_folder import SweepFolder
from cnnlab.spec.figures import describe_loss
from cnnlab.spec.wording import suggest_word

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
    """A row of the table of runs: a run, the contents of run.json, and figures on the test split.

    For a damaged run, `record` is None and `fault` describes the damage. For a run without an
    evaluation, the figures are None; an ensemble has no loss.
    """

    run: RunFolder
    record: Record | None = None
    accuracy: float | None = None
    loss: float | None = None
    cross_entropy: float | None = None
    fault: str = ""


@dataclass(frozen=True)
class SweepRow:
    """A sweep as a row of the table of runs.

    `trained` counts the trials that have ended, and `planned` all trials. `value` is the value of
    `metric` of the best trial, or None. For a damaged sweep, `fault` describes the damage.
    """

    sweep: SweepFolder
    status: str = "damaged"
    config: str = ""
    started: str = ""
    seconds: float = 0.0
    trained: int = 0
    planned: int = 0
    metric: str = ""
    value: float | None = None
    fault: str = ""


Row = TypeVar("Row", bound="RunRow | SweepRow")


def read_row(run: RunFolder) -> RunRow:
    """Read a run as a row of the table of runs. For a damaged run, `fault` describes the damage."""
    try:
        record, figures = run.read_record(), run.read_metrics()
        if figures is None:
            return RunRow(run, record)
        accuracy = figures.get("accuracy")
        if not isinstance(accuracy, int | float):
            message = "evaluation/metrics.json is damaged: the accuracy is missing"
            raise RunError(f"{run.path}: {message}")
        loss, entropy = (_read_number(figures, name) for name in ("loss", "cross_entropy"))
        return RunRow(run, record, accuracy, loss, entropy)
    except RunError as error:
        return RunRow(run, fault=str(error))


def _read_number(figures: dict[str, Any], name: str) -> float | None:
    number = figures.get(name)
    return number if isinstance(number, int | float) else None


def _read_from_record(name: str) -> Callable[[RunRow, Record], Any]:
    return lambda listed, record: getattr(record, name)


def _read_from_history(name: str) -> Callable[[RunRow, Record], float | None]:
    """Build a function that reads a value of the column `name` from the history.csv of a run.

    The value is that of the epoch whose weights `evaluate` uses. Without such a value, the function
    returns None.
    """

    def read(listed: RunRow, record: Record) -> float | None:
        try:
            rows = listed.run.read_history()
        except RunError:  # ensembles have no history, and neither has a run that failed at once
            return None
        return rows[(record.best_epoch or len(rows)) - 1].get(name) if rows else None

    return read


def _read_validation_cross_entropy(listed: RunRow, record: Record) -> float | None:
    """Read `val_cross_entropy`, or `val_loss` if the loss of the run is the plain cross-entropy."""
    entropy = _read_from_history("val_cross_entropy")(listed, record)
    if entropy is not None:
        return entropy
    loss = _read_from_history("val_loss")(listed, record)
    if loss is None:
        return None
    try:
        is_plain = describe_loss(listed.run.read_spec().experiment) == "cross-entropy"
    except RunError:
        return None
    return loss if is_plain else None


@dataclass(frozen=True)
class Column:
    """A column of the table of runs: a function that reads the value of a run, and its type.

    `share` is True if the values are shares from 0 to 1.
    """

    read: Callable[[RunRow, Record], Any]
    kind: type = float
    share: bool = False


COLUMNS = {
    "accuracy": Column(lambda listed, record: listed.accuracy, share=True),
    "loss": Column(lambda listed, record: listed.loss),
    "cross_entropy": Column(lambda listed, record: listed.cross_entropy),
    "val_accuracy": Column(_read_from_history("val_accuracy"), share=True),
    "val_loss": Column(_read_from_history("val_loss")),
    "val_cross_entropy": Column(_read_validation_cross_entropy),
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


def read_value(row: RunRow | SweepRow, name: str) -> Any:
    """Return the cell of a row in the column `name`: a number, a text, or None if empty."""
    if isinstance(row, SweepRow):
        values = {"name": row.sweep.name, "status": row.status, row.metric: row.value}
        if not row.fault:
            values |= {"config": row.config, "started": row.started, "seconds": row.seconds}
        return values.get(name)
    if row.record is None:
        return {"name": row.run.name, "status": "damaged"}.get(name)
    value = COLUMNS[name].read(row, row.record)
    return None if isinstance(value, float) and math.isnan(value) else value


@dataclass(frozen=True)
class Condition:
    """A condition such as accuracy>0.99: the name of a column, a sign, and a bound."""

    name: str
    sign: str
    bound: float | str

    def holds(self, row: RunRow | SweepRow) -> bool:
        """Return whether a row meets the condition. A row with an empty cell never meets it."""
        value = read_value(row, self.name)
        return value is not None and _SIGNS[self.sign](value, self.bound)


def parse_condition(text: str) -> Condition:
    """Parse the text of a condition, such as `accuracy>0.99` or `status=finished`.

    Raises:
        UsageError: the text is not a condition, or names an unknown column.
    """
    match = _CONDITION.fullmatch(text)
    if not match:
        raise UsageError(
            f"--where {text}: this is not a condition; expected a name, one of > >= < <= = !=, "
            "and a value, as in accuracy>0.99"
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
        raise UsageError(
            f"--where {text}: {name} is a number; compare it with a number, not with `{bound}`"
        )
    if column.share and not 0 <= number <= 1:
        raise UsageError(f"--where {text}: {name} is a share from 0 to 1, as in {name}>0.99")
    return Condition(name, sign, number)


def _find_column(option: str, name: str) -> Column:
    if name in COLUMNS:
        return COLUMNS[name]
    message = f"{option}: runs have no `{name}`; expected one of {', '.join(COLUMNS)}"
    raise UsageError("; ".join(filter(None, (message, suggest_word(name, COLUMNS)))))


@dataclass(frozen=True)
class Selection:
    """Conditions that the listed runs meet, and the column by which the runs are sorted."""

    conditions: tuple[Condition, ...] = ()
    sort: str | None = None
    is_descending: bool = False

    @property
    def columns(self) -> list[str]:
        """The names of the columns that occur in the conditions or order the rows, each once."""
        names = [*(one.name for one in self.conditions), *([self.sort] if self.sort else [])]
        return list(dict.fromkeys(names))

    def select(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows that meet all conditions, sorted by the column `sort`.

        Rows with an empty cell in this column come first, so that the rows with values are just
        above the prompt. Rows with equal values keep their order.
        """
        rows = [row for row in rows if all(condition.holds(row) for condition in self.conditions)]
        if self.sort is None:
            return rows
        name = self.sort
        with_value = [row for row in rows if read_value(row, name) is not None]
        without_value = [row for row in rows if read_value(row, name) is None]
        return without_value + sorted(
            with_value, key=lambda row: read_value(row, name), reverse=self.is_descending
        )


def parse_selection(conditions: Iterable[str], sort: str | None) -> Selection:
    """Parse the conditions of --where and the column of --sort; raises UsageError."""
    parsed = tuple(parse_condition(text) for text in conditions)
    if not sort:
        return Selection(parsed)
    name = sort.removeprefix("-")
    _find_column(f"--sort {sort}", name)
    return Selection(parsed, name, sort.startswith("-"))
