"""The results that the Python API returns: values as attributes, and tables in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.counts import format_count

if TYPE_CHECKING:
    import numpy as np

    from cnnlab.data.image_look import Likeness
    from cnnlab.spec.config_reader import Config
    from cnnlab.spec.experiment import Experiment
    from cnnlab.spec.layer_table import Table
    from cnnlab.study.comparison import Comparison


@dataclass(frozen=True)
class CheckedConfig:
    """A config without faults: its experiment, its table of layers, and advice.

    `print` shows the text that `cnnlab check` prints. `opened_images` is the number of images that
    the check opened; None if the check opened no images.
    """

    config: Config
    opened_images: int | None = None

    @property
    def data_note(self) -> str:
        """Lines about the data: notes, and how many images were opened or counted; may be empty."""
        info = self.config.info
        lines = [*info.notes]
        if self.opened_images is not None:
            count = format_count(self.opened_images, "image")
            lines.append(f"{count} opened; all of them can be read")
        elif info.is_folder:
            images = info.training_images + info.validation_images + info.test_images
            files = format_count(images, "image file")
            lines.append(f"{files} found by their names; --data opens all of them")
        return "\n".join(lines)

    @property
    def experiment(self) -> Experiment:
        """The experiment that the config describes, with all default values."""
        return self.config.experiment

    @cached_property
    def table(self) -> Table:
        """The layers with their shapes, parameters, multiply-adds and receptive fields."""
        from cnnlab.spec.layer_table import build_table

        return build_table(self.config.experiment, self.config.info)

    @property
    def advice(self) -> list[str]:
        """Sentences of advice about a valid but unusual network; may be empty."""
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
class Prediction:
    """The prediction of a network for one image.

    `probabilities` maps each class to its probability, the most probable class first. `true` is the
    true class of a test image; None if the true class is unknown. `changes` says what cnnlab
    changed in the picture. `likeness` says how much the input of the network differs from the
    training images; None if cnnlab does not know what the training images look like.
    """

    image: str
    predicted: str
    probability: float
    probabilities: Mapping[str, float]
    true: str | None = None
    changes: Sequence[str] = ()
    likeness: Likeness | None = None

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab predict --json` prints for one image."""
        truth = {} if self.true is None else {"true": self.true}
        return {
            "image": self.image,
            **truth,
            "predicted": self.predicted,
            "probability": self.probability,
            "probabilities": dict(self.probabilities),
            "changes": list(self.changes),
            "likeness": self.likeness.to_dict() if self.likeness else None,
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

    `faults` has a sentence for each image that cnnlab could not read. `network` is the path of the
    checkpoint or ensemble that predicted. `save` draws the predictions; with predictions from
    `predict_all(…, with_pictures=True)`, `save` also draws the original images.
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

    @property
    def inputs(self) -> list[np.ndarray]:
        """The images that the network read, before scaling: uint8 (height, width, channels)."""
        return [image.pixels for image in self._images]

    def draw(self) -> bytes:
        """Draw a PNG of the first images, the network's inputs, and the predictions."""
        from cnnlab import prediction

        answers = [answer.to_dict() for answer in self]
        return prediction.draw_answers(self._images, answers, self._title)

    def save(self, path: str | Path) -> None:
        """Write the picture that `draw` returns to a PNG file; raises DiskError."""
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
    """The result of a comparison of runs: a sentence, notes, tables, a picture and an HTML page."""

    comparison: Comparison

    @property
    def sentence(self) -> str:
        """One sentence that says which run is better, and whether the difference is real."""
        from cnnlab.study.comparison_text import write_sentence

        return write_sentence(self.comparison)

    @property
    def notes(self) -> list[str]:
        """Reasons to doubt the comparison, such as different devices, as a list of sentences."""
        from cnnlab.study.comparison_text import write_notes

        return write_notes(self.comparison)

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab compare --json` prints."""
        from cnnlab.study.comparison import to_dict

        return {"answer": self.sentence, "notes": self.notes, **to_dict(self.comparison)}

    def to_csv(self) -> str:
        """Format the CSV that `cnnlab compare --csv` prints, with one row for each run."""
        from cnnlab.study.comparison_tables import to_csv

        return to_csv(self.comparison)

    def save_picture(self, path: str | Path) -> None:
        """Write a PNG file with the curves and accuracies of all runs; raises DiskError."""
        from cnnlab.run_folder import save_file
        from cnnlab.study.comparison_page import draw_png

        save_file(Path(path), draw_png(self.comparison))

    def save_page(self, path: str | Path) -> None:
        """Write the whole comparison as one HTML page, which opens offline; raises DiskError."""
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
