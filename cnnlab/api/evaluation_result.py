"""The result of an evaluation, with its metrics as attributes and as a table in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab.counts import format_count


@dataclass(frozen=True)
class EvaluationResult:
    """The results of one evaluation, with the same keys as metrics.json.

    `folder` is the folder with the pictures and tables of the evaluation; None if the evaluation
    wrote no files. `dataset` is the name of the data set.
    """

    figures: dict[str, Any]
    folder: Path | None
    dataset: str

    @property
    def accuracy(self) -> float:
        """The share of images that the network classified correctly, from 0 to 1."""
        return float(self.figures["accuracy"])

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the accuracy."""
        low, high = self.figures["accuracy_interval"]
        return float(low), float(high)

    @property
    def loss(self) -> float | None:
        """The loss that training minimizes, in nats; on the validation split, this is `val_loss`.

        `figures["loss_definition"]` says what the loss contains. The loss is None for the mean of
        several networks, for the mean over transformed copies of the images, and for a network that
        cnnlab did not train.
        """
        loss = self.figures["loss"]
        return None if loss is None else float(loss)

    @property
    def cross_entropy(self) -> float | None:
        """The mean cross-entropy in nats, without smoothing, class weights or penalties.

        The value is None if the probabilities of an image do not add up to 1.
        """
        entropy = self.figures["cross_entropy"]
        return None if entropy is None else float(entropy)

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have images, from 0 to 1."""
        return float(self.figures["balanced_accuracy"])

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes that have images, from 0 to 1."""
        return float(self.figures["macro_f1"])

    @property
    def confidence(self) -> float:
        """The mean probability of the predicted classes, from 0 to 1."""
        return float(self.figures["calibration"]["confidence"])

    @property
    def class_figures(self) -> list[dict[str, Any]]:
        """The precision, recall, F1 and number of images (`support`) of each class.

        Precision, recall and F1 are None for a class without images.
        """
        return list(self.figures["per_class"])

    @property
    def confusion_matrix(self) -> list[list[int]]:
        """The numbers of images for each true class (row) and predicted class (column)."""
        return [list(row) for row in self.figures["confusion_matrix"]]

    def __repr__(self) -> str:
        low, high = self.accuracy_interval
        count, split = self.figures["images"], self.figures["split"]
        interval = f"95% interval {low:.2%} to {high:.2%}"
        entropy = "–" if self.cross_entropy is None else f"{self.cross_entropy:.4f}"
        figures = f"accuracy {self.accuracy:.2%} ({interval}), cross-entropy {entropy}"
        return f"<{figures}, {format_count(count, f'{split} image')}>"

    def _repr_html_(self) -> str:
        from cnnlab.class_figures import format_share
        from cnnlab.html_page import build_table, to_html

        rows = [
            [
                row["class"],
                *(format_share(row[name]) for name in ("precision", "recall", "f1")),
                f"{row['support']:,}",
            ]
            for row in self.class_figures
        ]
        headings = ["class", "precision", "recall", "F1", "images"]
        table = build_table("figures of each class", headings, rows)
        return f"<p>{to_html(repr(self)[1:-1])}</p>{table}"
