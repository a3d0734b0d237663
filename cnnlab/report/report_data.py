"""Read all data of a report from the run folder, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cnnlab.errors import RunError
from cnnlab.run_folder import Record, RunFolder
from cnnlab.spec.experiment import DatasetInfo, Spec
from cnnlab.spec.layer_table import Table, build_table

PICTURES = ("confusion_matrix.png", "mistakes.png", "calibration.png")


class _LenientModel(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class ClassRow(_LenientModel):
    """The figures of one class in metrics.json; `support` is its number of images."""

    name: str = Field(alias="class")
    precision: float
    recall: float
    f1: float
    support: int


class MemberRow(_LenientModel):
    """The figures of one member of an ensemble in metrics.json."""

    seed: int
    loss: float
    accuracy: float


class CalibrationFigures(_LenientModel):
    """The calibration figures in metrics.json that the report shows."""

    confidence: float
    expected_calibration_error: float


class EvaluationFigures(_LenientModel):
    """The figures in metrics.json that the report shows."""

    images: int = Field(ge=1)
    loss: float
    accuracy: float
    accuracy_interval: list[float] = Field(min_length=2, max_length=2)
    calibration: CalibrationFigures
    per_class: list[ClassRow] = Field(min_length=2)
    confusion_matrix: list[list[int]]
    members: list[MemberRow] = []

    @model_validator(mode="after")
    def _square(self) -> Self:
        """Require that the confusion matrix has a row and a column for each class."""
        if {len(self.confusion_matrix), *map(len, self.confusion_matrix)} != {len(self.per_class)}:
            raise ValueError("the confusion matrix has another number of classes than per_class")
        return self


@dataclass(frozen=True)
class ReportData:
    """The contents of a run folder. An ensemble has `members`, and an empty history."""

    run: RunFolder
    spec: Spec
    record: Record
    config: str
    history: Sequence[Mapping[str, float]]
    members: tuple[ReportData, ...] = ()

    def table(self) -> Table:
        """Build the table of layers from the spec."""
        inputs = self.spec.inputs
        info = DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0)
        return build_table(self.spec.experiment, info)


def read_report_data(run: RunFolder) -> ReportData:
    """Read the folder of a trained run, and the folders of its members.

    Raises:
        RunError: a file is missing or damaged.
    """
    record = run.read_record()
    members = tuple(
        read_report_data(run.member_run(number)) for number in range(1, len(record.seeds) + 1)
    )
    history = [] if members else run.read_history()
    if not members and not _has_epochs(history):
        raise RunError(f"{run.path / 'history.csv'}: damaged: it has no epochs with a loss")
    return ReportData(run, run.read_spec(), record, run.read_config(), history, members)


def _has_epochs(history: Sequence[Mapping[str, float]]) -> bool:
    return bool(history) and {"epoch", "loss", "learning_rate"} <= history[0].keys()


def read_evaluation(run: RunFolder) -> EvaluationFigures | None:
    """Read the evaluation on the test set; None if the run must be evaluated again.

    It must be evaluated again if the evaluation is missing, damaged, or written by an earlier
    version of cnnlab.
    """
    folder = run.evaluation_folder("test")
    if not all((folder / name).is_file() for name in PICTURES):
        return None
    try:
        return EvaluationFigures.model_validate(run.read_metrics())
    except (ValidationError, RunError):
        return None
