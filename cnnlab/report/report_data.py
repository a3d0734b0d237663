"""Read all data of a report from the files of the run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cnnlab.data.moved_data import set_place
from cnnlab.errors import RunError
from cnnlab.run_folder import Predictions, Record, RunFolder
from cnnlab.spec.experiment import DatasetInfo, Spec
from cnnlab.spec.layer_table import Table, build_table

Share = Annotated[float, Field(ge=0, le=1 + 1e-6)]  # a mean of float32 may be over 1 by rounding
Count = Annotated[int, Field(ge=0, lt=2**31)]
PICTURES = ("confusion_matrix.png", "mistakes.png", "calibration.png")


class _LenientModel(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class ClassRow(_LenientModel):
    """The metrics of one class in metrics.json; `support` is the number of its images.

    The other metrics are None for a class without images.
    """

    name: str = Field(alias="class")
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


class Majority(_LenientModel):
    """The class with the most images in metrics.json, and its share of all images."""

    name: str = Field(alias="class")
    share: Share


class MemberRow(_LenientModel):
    """The metrics of one member of an ensemble in metrics.json."""

    seed: int
    cross_entropy: float
    accuracy: float


class BinFigures(_LenientModel):
    """The numbers of one bin of the reliability diagram, as in `cnnlab.calibration.Bin`."""

    above: Share
    up_to: Share
    images: Count
    confidence: Share | None
    accuracy: Share | None


class CalibrationFigures(_LenientModel):
    """The calibration errors and bins in metrics.json that the report shows."""

    confidence: float
    expected_calibration_error: float
    bins: list[BinFigures]

    @model_validator(mode="after")
    def _require_figures(self) -> Self:
        """Raise ValueError if no bin has images, or a bin with images lacks a number."""
        used = [row for row in self.bins if row.images]
        if not used or any(row.confidence is None or row.accuracy is None for row in used):
            raise ValueError("a bin lacks its confidence or its accuracy")
        return self


class EvaluationFigures(_LenientModel):
    """The metrics in metrics.json that the report shows, and the rows of predictions.csv."""

    images: int = Field(ge=1)
    loss: float | None
    loss_definition: str | None
    cross_entropy: float
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    majority: Majority
    accuracy_interval: list[float] = Field(min_length=2, max_length=2)
    calibration: CalibrationFigures
    per_class: list[ClassRow] = Field(min_length=2)
    confusion_matrix: list[list[Count]]
    members: list[MemberRow] = []
    answers: Predictions

    @model_validator(mode="after")
    def _square(self) -> Self:
        """Raise ValueError if the confusion matrix lacks a row or a column for a class."""
        if {len(self.confusion_matrix), *map(len, self.confusion_matrix)} != {len(self.per_class)}:
            raise ValueError("the confusion matrix and per_class have different numbers of classes")
        return self

    @model_validator(mode="after")
    def _same_answers(self) -> Self:
        """Raise ValueError if predictions.csv and the confusion matrix count other mistakes."""
        counts = self.confusion_matrix
        mistakes = sum(map(sum, counts)) - sum(row[place] for place, row in enumerate(counts))
        if (len(self.answers.index), len(self.answers.mistakes)) != (self.images, mistakes):
            raise ValueError("predictions.csv does not fit the confusion matrix")
        return self


@dataclass(frozen=True)
class ReportData:
    """The contents of a run folder. An ensemble has `members`, but no history of its own."""

    run: RunFolder
    spec: Spec
    record: Record
    config: str
    history: Sequence[Mapping[str, float]]
    members: tuple[ReportData, ...] = ()

    def table(self) -> Table:
        """Build the table of the network's layers from the spec."""
        inputs = self.spec.inputs
        info = DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0)
        return build_table(self.spec.experiment, info)


def read_report_data(run: RunFolder, place: str) -> ReportData:
    """Read the folder of a trained run, and the folders of its members if the run is an ensemble.

    Args:
        place: where the data of the run is now.

    Raises:
        RunError: a file is missing or damaged.
    """
    record = run.read_record()
    members = tuple(
        read_report_data(run.member_run(number), place)
        for number in range(1, len(record.seeds) + 1)
    )
    history = [] if members else run.read_history()
    if not members and not _has_epochs(history):
        raise RunError(f"{run.path / 'history.csv'}: damaged: it lacks epochs 1, 2, … with a loss")
    spec = set_place(run.read_spec(), place)
    return ReportData(run, spec, record, run.read_config(), history, members)


def _has_epochs(history: Sequence[Mapping[str, float]]) -> bool:
    if not history or not {"epoch", "loss", "learning_rate"} <= history[0].keys():
        return False
    return [row["epoch"] for row in history] == list(range(1, len(history) + 1))


def read_evaluation(run: RunFolder) -> EvaluationFigures | None:
    """Read the evaluation on the test set; None if the evaluation cannot be used.

    The caller must evaluate the run again if the evaluation is missing, damaged, or made by an
    earlier version of cnnlab.
    """
    folder = run.evaluation_folder("test")
    if not all((folder / name).is_file() for name in PICTURES):
        return None
    try:
        answers = {"answers": run.read_predictions()}
        return EvaluationFigures.model_validate((run.read_metrics() or {}) | answers)
    except (ValidationError, RunError):
        return None
