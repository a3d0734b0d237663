"""The results that the Python API returns: figures as attributes, and tables in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.counts import format_count

if TYPE_CHECKING:
    from cnnlab.spec.config_reader import Config
    from cnnlab.spec.experiment import Experiment
    from cnnlab.spec.layer_table import Table
    from cnnlab.study.comparison import Comparison


@dataclass(frozen=True)
class CheckedConfig:
    """A config without faults: its experiment, its table of layers, and advice.

    `str` and `print` give the text that `cnnlab check` prints. `opened_images` is the number of
    images that the check opened; None if it opened no images.
    """

    config: Config
    opened_images: int | None = None

    @property
    def data_note(self) -> str:
        """Lines about the data: the images that were opened or counted, and notes; may be empty."""
        from cnnlab.spec.experiment import is_folder

        info = self.config.info
        lines = [*info.notes]
        if self.opened_images is not None:
            lines.append(
                f"{format_count(self.opened_images, 'image')} opened; all of them can be read"
            )
        elif is_folder(self.experiment.data.dataset):
            files = format_count(info.training_images + info.test_images, "image file")
            lines.append(f"{files} counted by name, not opened; --data opens them all")
        return "\n".join(lines)

    @property
    def experiment(self) -> Experiment:
        """The validated experiment, with every default."""
        return self.config.experiment

    @cached_property
    def table(self) -> Table:
        """The layers with their shapes, parameters, multiply-adds and receptive fields."""
        from cnnlab.spec.layer_table import build_table

        return build_table(self.config.experiment, self.config.info)

    @property
    def advice(self) -> list[str]:
        """Advice on a network that is valid but unusual, one sentence each; may be empty."""
        from cnnlab.spec.advice import give_advice

        return give_advice(self.experiment, self.table)

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab check --json` prints."""
        spec = self.experiment.model_dump(mode="json")
        findings = {"advice": self.advice, "opened_images": self.opened_images}
        findings |= {"notes": [*self.config.info.notes]}
        return {"valid": True, "spec": spec, **asdict(self.table), **findings}

    def __str__(self) -> str:
        from cnnlab.spec.summary_text import format_summary

        summary = format_summary(self.table, self.experiment, self.config.info)
        return f"{summary}\n{self.data_note}\n" if self.data_note else summary

    def _repr_html_(self) -> str:
        from cnnlab.html_page import format_notebook_text

        return format_notebook_text(str(self))


@dataclass(frozen=True)
class EvaluationResult:
    """The figures of one evaluation, with the same keys as metrics.json.

    `folder` is the folder of the written pictures and tables; None if nothing was written.
    `dataset` is the name of the data set.
    """

    figures: dict[str, Any]
    folder: Path | None
    dataset: str

    @property
    def accuracy(self) -> float:
        """The share of images that were classified correctly, from 0 to 1."""
        return float(self.figures["accuracy"])

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the accuracy."""
        low, high = self.figures["accuracy_interval"]
        return float(low), float(high)

    @property
    def loss(self) -> float:
        """The mean cross-entropy in nats."""
        return float(self.figures["loss"])

    @property
    def confidence(self) -> float:
        """The mean predicted probability, from 0 to 1."""
        return float(self.figures["calibration"]["confidence"])

    @property
    def class_figures(self) -> list[dict[str, Any]]:
        """Precision, recall, F1 and number of images (`support`) for each class."""
        return list(self.figures["per_class"])

    @property
    def confusion_matrix(self) -> list[list[int]]:
        """Numbers of images by true class (row) and predicted class (column)."""
        return [list(row) for row in self.figures["confusion_matrix"]]

    def __repr__(self) -> str:
        low, high = self.accuracy_interval
        count, split = self.figures["images"], self.figures["split"]
        interval = f"95% interval {low:.2%} to {high:.2%}"
        figures = f"accuracy {self.accuracy:.2%} ({interval}), loss {self.loss:.4f}"
        return f"<{figures}, {format_count(count, f'{split} image')}>"

    def _repr_html_(self) -> str:
        from cnnlab.html_page import build_table, to_html

        rows = [
            [
                row["class"],
                *(f"{row[name]:.2%}" for name in ("precision", "recall", "f1")),
                f"{row['support']:,}",
            ]
            for row in self.class_figures
        ]
        headings = ["class", "precision", "recall", "F1", "images"]
        table = build_table("figures of each class", headings, rows)
        return f"<p>{to_html(repr(self)[1:-1])}</p>{table}"


@dataclass(frozen=True)
class Prediction:
    """The prediction for one image.

    `probabilities` maps each class to its probability, the most probable class first. `true` is the
    true class of a test image; None if it is unknown.
    """

    image: str
    predicted: str
    probability: float
    probabilities: Mapping[str, float]
    true: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab predict --json` prints for one image."""
        truth = {} if self.true is None else {"true": self.true}
        return {
            "image": self.image,
            **truth,
            "predicted": self.predicted,
            "probability": self.probability,
            "probabilities": dict(self.probabilities),
        }

    def __repr__(self) -> str:
        ranked = ", ".join(f"{name} {p:.2%}" for name, p in list(self.probabilities.items())[:3])
        return f"<{self.image}: {ranked}>"

    def _repr_html_(self) -> str:
        from cnnlab.html_page import build_table

        rows = [[name, f"{p:.2%}"] for name, p in self.probabilities.items()]
        return build_table(self.image, [self.image, "probability"], rows)


class Predictions(list[Prediction]):
    """The predictions for several images, as a list.

    `faults` has a sentence for each image that could not be read. `network` is the path of the
    checkpoint or ensemble that predicted. `save` draws the predictions; it also draws the original
    images if they come from `predict_all` with `with_pictures=True`.
    """

    def __init__(
        self,
        answers: list[Prediction],
        faults: list[str],
        images: list[Any],
        network: str,
        title: str,
    ) -> None:
        super().__init__(answers)
        self.faults, self.network = faults, network
        self._images, self._title = images, title

    def draw(self) -> bytes:
        """Draw the first images as a PNG: the original, the network's input, and its prediction."""
        from cnnlab import prediction

        answers = [answer.to_dict() for answer in self]
        return prediction.draw_answers(self._images, answers, self._title)

    def save(self, path: str | Path) -> None:
        """Write the PNG of `draw` to a file; raises DiskError."""
        from cnnlab.run_folder import save_file

        save_file(Path(path), self.draw())

    def _repr_html_(self) -> str:
        from cnnlab.html_page import build_table

        rows = [
            [one.image, one.predicted, f"{one.probability:.2%}", one.true or ""] for one in self
        ]
        return build_table(
            "predictions", ["image", "predicted", "probability", "true"], rows, (0, 1, 3)
        )


@dataclass(frozen=True)
class ComparisonResult:
    """The result of `compare`: a sentence, notes that limit it, tables, a picture and a page."""

    comparison: Comparison

    @property
    def sentence(self) -> str:
        """One sentence: which run is better, and whether the difference is real."""
        from cnnlab.study.comparison_text import write_sentence

        return write_sentence(self.comparison)

    @property
    def notes(self) -> list[str]:
        """Sentences on what limits the comparison, such as different devices; may be empty."""
        from cnnlab.study.comparison_text import write_notes

        return write_notes(self.comparison)

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab compare --json` prints."""
        from cnnlab.study.comparison import to_dict

        return {"answer": self.sentence, "notes": self.notes, **to_dict(self.comparison)}

    def to_csv(self) -> str:
        """Format the CSV text that `cnnlab compare --csv` prints: one row for each run."""
        from cnnlab.study.comparison_tables import to_csv

        return to_csv(self.comparison)

    def save_picture(self, path: str | Path) -> None:
        """Write the curves of all runs and their accuracies as a PNG; raises DiskError."""
        from cnnlab.run_folder import save_file
        from cnnlab.study.comparison_page import draw_png

        save_file(Path(path), draw_png(self.comparison))

    def save_page(self, path: str | Path) -> None:
        """Write the whole comparison as one HTML page that opens offline; raises DiskError."""
        from cnnlab.run_folder import save_file
        from cnnlab.study.comparison_page import format_html

        save_file(Path(path), format_html(self.comparison).encode())

    def __repr__(self) -> str:
        return f"<{self.sentence}>"

    def _repr_html_(self) -> str:
        from cnnlab.html_page import build_table, to_html
        from cnnlab.study.comparison_tables import list_results

        headings, rows = list_results(self.comparison)
        return f"<p>{to_html(self.sentence)}.</p>{build_table('results', headings, rows)}"
