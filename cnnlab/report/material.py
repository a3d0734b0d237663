"""What a report is made from: all of it read from a run folder, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cnnlab.errors import RunError
from cnnlab.run_folder import Record, RunFolder
from cnnlab.spec.experiment import DatasetInfo, Spec
from cnnlab.spec.table import Table, table

PICTURES = ("confusion_matrix.png", "mistakes.png", "calibration.png")


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class ClassRow(_Part):
    """The figures of one class."""

    name: str = Field(alias="class")
    precision: float
    recall: float
    f1: float
    support: int


class MemberRow(_Part):
    """What one member of an ensemble scored alone."""

    seed: int
    loss: float
    accuracy: float


class Sureness(_Part):
    """The part of a calibration that the page tells."""

    confidence: float
    expected_calibration_error: float


class Figures(_Part):
    """What the page tells of metrics.json."""

    images: int = Field(ge=1)
    loss: float
    accuracy: float
    accuracy_interval: list[float] = Field(min_length=2, max_length=2)
    calibration: Sureness
    per_class: list[ClassRow] = Field(min_length=2)
    confusion_matrix: list[list[int]]
    members: list[MemberRow] = []

    @model_validator(mode="after")
    def _square(self) -> Self:
        """The matrix has a row and a column for each class."""
        if {len(self.confusion_matrix), *map(len, self.confusion_matrix)} != {len(self.per_class)}:
            raise ValueError("a confusion matrix of other classes")
        return self


@dataclass(frozen=True)
class Material:
    """A run as its folder has it; an ensemble has `members`, and no history of its own."""

    run: RunFolder
    spec: Spec
    record: Record
    config: str
    history: Sequence[Mapping[str, float]]
    members: tuple[Material, ...] = ()

    def table(self) -> Table:
        """The table of layers."""
        inputs = self.spec.inputs
        info = DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0)
        return table(self.spec.experiment, info)


def read(run: RunFolder) -> Material:
    """What the folder of a trained run holds.

    Raises:
        RunError: something is missing or damaged.
    """
    record = run.read_record()
    members = tuple(read(run.member_run(number)) for number in range(1, len(record.seeds) + 1))
    history = [] if members else run.read_history()
    if not members and not _has_epochs(history):
        raise RunError(f"{run.path / 'history.csv'}: damaged: no epochs with their loss in it")
    return Material(run, run.read_spec(), record, run.read_config(), history, members)


def _has_epochs(history: Sequence[Mapping[str, float]]) -> bool:
    return bool(history) and {"epoch", "loss", "learning_rate"} <= history[0].keys()


def figures(run: RunFolder) -> Figures | None:
    """The figures of the evaluation on the test set; None if it has to be made, or made anew.

    An evaluation of an earlier version has less in it, and a damaged one cannot be told from none:
    both can be made again from the checkpoint.
    """
    folder = run.evaluation_folder("test")
    if not all((folder / name).is_file() for name in PICTURES):
        return None
    try:
        return Figures.model_validate(run.read_metrics())
    except (ValidationError, RunError):
        return None
