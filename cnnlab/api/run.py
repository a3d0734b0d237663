"""The class Run: a run folder, and the methods that evaluate, explain, resume or remove it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.api.edits import Edits, format_edits

if TYPE_CHECKING:
    import keras

    from cnnlab.api.results import EvaluationResult, Prediction, Predictions
    from cnnlab.report.report_page import Report
    from cnnlab.run_folder import Record, RunFolder
    from cnnlab.run_folder.overview import Overview
    from cnnlab.spec.experiment import Spec


class Run:
    """A run: one trained network, or an ensemble.

    Every property and method reads the run folder again at each call; nothing is kept in memory.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        """The path of the run folder."""
        return self.folder.path

    @property
    def name(self) -> str:
        """The name of the run, `mnist-001`; for a member of an ensemble, `mnist-001/members/2`."""
        return self.folder.name

    @property
    def record(self) -> Record:
        """The contents of run.json: status, times, seed, versions, device, best epoch, and more."""
        return self.folder.read_record()

    @property
    def status(self) -> str:
        """The status of the run: running, finished, stopped, failed or killed."""
        return self.record.status

    @property
    def config(self) -> str:
        """The text of the config as the user wrote it, without edits."""
        return self.folder.read_config()

    @property
    def spec(self) -> Spec:
        """The spec: the experiment with all edits and defaults, and what its data is."""
        return self.folder.read_spec()

    @property
    def history(self) -> list[dict[str, float]]:
        """One row per epoch: loss, metrics, val_*, learning_rate, seconds, images_per_second."""
        rows = self.folder.read_history()
        return [{**row, "epoch": int(row["epoch"])} for row in rows]

    @property
    def members(self) -> list[Run]:
        """The members of an ensemble; empty for an ordinary run."""
        numbers = range(1, len(self.record.seeds) + 1)
        return [Run(self.folder.member_run(number)) for number in numbers]

    def overview(self) -> Overview:
        """Read what `cnnlab runs show` prints: state, data, network, results, files, commands."""
        from cnnlab.run_folder.overview import read_overview

        return read_overview(self.folder)

    def model(self) -> keras.Model:
        """Load the Keras model with the trained weights that `evaluate` uses.

        It maps images, float32 (batch, height, width, channels) scaled as `spec.inputs` says, to
        float32 (batch, classes). Raises CheckpointError if the checkpoint does not fit the spec.
        """
        from cnnlab.run_folder import find_trained_checkpoint

        checkpoint_path, spec = find_trained_checkpoint(self.folder), self.spec
        from cnnlab.quiet_import import import_tensorflow

        import_tensorflow()
        from cnnlab import checkpoint

        return checkpoint.load_trained(spec, checkpoint_path)

    def evaluate(self, split: str = "test", tta: str | None = None) -> EvaluationResult:
        """Measure the run on a split, and write its evaluation/ folder.

        Args:
            split: test, validation or train.
            tta: shift or flip: the mean over shifted or mirrored views of each image, or None.
        """
        from cnnlab.api.actions import evaluate

        return evaluate(self, split=split, tta=tta)

    def predict(self, image: str | Path) -> Prediction:
        """Classify one image file; raises DataError if it is not an image that cnnlab reads."""
        from cnnlab.errors import DataError

        predictions = self.predict_all([image])
        if predictions.faults:
            raise DataError("\n".join(predictions.faults))
        return predictions[0]

    def predict_all(
        self, images: Iterable[str | Path], with_pictures: bool = False, each: bool = False
    ) -> Predictions:
        """Classify image files and folders, as `cnnlab.predict` does."""
        from cnnlab.api.actions import predict

        return predict(self, images, with_pictures=with_pictures, each=each)

    def predict_random(self, count: int, seed: int = 0) -> Predictions:
        """Classify `count` random test images; the result has their true classes too."""
        from cnnlab.api.actions import predict_random

        return predict_random(self, count, seed)

    def explain(
        self,
        *parts: str,
        image: str | Path | None = None,
        index: int | None = None,
        label: str | None = None,
        layer: str | None = None,
        class_name: str | None = None,
        untrained: bool = False,
        report: Callable[[str], None] = lambda line: None,
    ) -> dict[str, Any]:
        """Draw what the network looks at into explain/; returns the figures behind the pictures.

        Args:
            parts: what to draw: kernels, maps, grad-cam, occlusion; all four if empty.
            image, index, label: the image to explain: a file, a number in the test set (from 0),
                or a class, for its first test image. Without them: the first test image.
            layer: the layer for kernels and Grad-CAM, by its name or number.
            class_name: the class to explain: a name, `predicted` or `true`.
            untrained: also draw the maps of the untrained network, beside the trained ones.
            report: a function that gets a line of text for each finished part.
        """
        from cnnlab.explain.explained_image import ImageChoice
        from cnnlab.explain.request import select_parts
        from cnnlab.explain.request_checks import check_request

        names = select_parts(parts, not parts)
        choice = ImageChoice(Path(image) if image is not None else None, index, label)
        request = check_request(
            self.folder, names, choice, layer=layer, class_name=class_name, untrained=untrained
        )
        from cnnlab.quiet_import import import_tensorflow

        import_tensorflow()
        from cnnlab.explain.explanation import write_explanation

        return write_explanation(request, report)

    def report(self) -> Report:
        """Write report.html and architecture.svg; returns their paths and the diagnosis.

        If the present weights are not evaluated on the test split yet, this happens first.
        """
        from cnnlab.report import report_data
        from cnnlab.study import networks

        networks.load_network(self.folder)  # raises its errors before TensorFlow is imported
        data = report_data.read_report_data(self.folder)
        figures = report_data.read_evaluation(self.folder)
        if figures is None:
            self.evaluate()
            figures = report_data.read_evaluation(self.folder)
            assert figures is not None  # `evaluate` wrote them
        from cnnlab.quiet_import import import_tensorflow

        import_tensorflow()
        from cnnlab.report.report_page import write_report

        return write_report(data, figures)

    def resume(
        self,
        epochs: int | str | None = None,
        edits: Edits | None = None,
        *,
        device: str = "auto",
        quiet: bool = False,
        command: Sequence[str] = (),
    ) -> Run:
        """Continue to train after the last finished epoch.

        Args:
            epochs: the number in all (20), or of further ones ("+10"); None keeps the plan.
            edits: changes of training.epochs or training.callbacks from now on.
            device: auto, cpu or gpu.
            quiet: show no progress.
            command: the command line that run.json records.
        """
        from cnnlab.training.saved_state import ResumeRequest, check_resume_request

        request = ResumeRequest(None if epochs is None else str(epochs), format_edits(edits))
        check_resume_request(self.folder, request)
        is_ensemble = bool(self.record.seeds)
        from cnnlab.quiet_import import import_tensorflow

        import_tensorflow()
        from cnnlab.progress_display import show_progress
        from cnnlab.study import ensemble_training
        from cnnlab.training import single_run
        from cnnlab.training.device import choose_device

        chosen = choose_device(device)
        with show_progress(quiet) as progress:
            resume = ensemble_training.resume if is_ensemble else single_run.resume
            resume(self.folder, request, progress, chosen, tuple(command))
        return self

    def is_one_of_several_seeds(self) -> bool:
        """Whether one command trained this run together with runs of other seeds."""
        return self.record.series is not None

    def remove(self) -> None:
        """Remove the run folder for good; raises RunError or InUseError if it must stay."""
        from cnnlab.run_folder import removal

        removal.require_removable(self.folder)
        removal.remove_run(self.folder)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.path.resolve() == other.path.resolve()

    def __hash__(self) -> int:
        return hash(self.path.resolve())

    def __repr__(self) -> str:
        return f"<Run {self.path}: {self._describe()}>"

    def _repr_html_(self) -> str:
        from cnnlab.html_page import build_facts, to_html

        return f"<p><b>{to_html(str(self.path))}</b></p>{build_facts(self._facts)}"

    @property
    def _facts(self) -> list[tuple[str, str]]:
        """The facts that a notebook shows about the run, as pairs of label and text."""
        from cnnlab.run_folder.runs_table import read_row

        row = read_row(self.folder)
        if row.record is None:
            return [("damaged", row.fault)]
        record = row.record
        facts = [
            ("status", f"{record.status}: {record.ended}" if record.ended else record.status),
            ("config", record.config),
            ("epochs", str(record.epochs)),
        ]
        if record.best_value is not None:
            best = f"{record.best_monitor} {record.best_value:.4f}, epoch {record.best_epoch}"
            facts.append(("best", best))
        if row.accuracy is not None:
            facts.append(("test accuracy", f"{row.accuracy:.2%}"))
        return [*facts, ("parameters", f"{record.parameters:,}"), ("device", record.device)]

    def _describe(self) -> str:
        return ", ".join(f"{name} {text}" for name, text in self._facts[:3])


class RunList(list[Run]):
    """A list of runs, which a notebook shows as a table."""

    def _repr_html_(self) -> str:
        from cnnlab.html_page import build_table
        from cnnlab.run_folder.runs_table import read_row

        rows = []
        for run in self:
            row = read_row(run.folder)
            record, accuracy = row.record, row.accuracy
            if record is None:
                rows.append([run.name, "damaged", "", "", ""])
                continue
            shown = "" if accuracy is None else f"{accuracy:.2%}"
            rows.append([run.name, record.status, record.config, str(record.epochs), shown])
        headings = ["run", "status", "config", "epochs", "test accuracy"]
        return build_table("runs", headings, rows, (0, 1, 2))
