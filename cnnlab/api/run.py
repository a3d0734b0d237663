"""The class Run of the Python API: properties and methods of one run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.api.edits import Edits, format_edits

if TYPE_CHECKING:
    import keras

    from cnnlab.api.evaluation_result import EvaluationResult
    from cnnlab.api.results import Prediction, Predictions
    from cnnlab.report.report_page import Report
    from cnnlab.run_folder import Record, RunFolder
    from cnnlab.run_folder.overview import Overview
    from cnnlab.spec.experiment import Spec


class Run:
    """A run: one trained network, or an ensemble of networks.

    Every property and method reads the files of the run folder again.
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
        """The contents of run.json: status, times, seed, versions, device, best epoch and more."""
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
        """The experiment with all edits and default values, together with facts about the data."""
        return self.folder.read_spec()

    @property
    def history(self) -> list[dict[str, float]]:
        """A row for each epoch: loss and metrics, learning_rate, seconds, images_per_second."""
        rows = self.folder.read_history()
        return [{**row, "epoch": int(row["epoch"])} for row in rows]

    @property
    def members(self) -> list[Run]:
        """The members of an ensemble, as a list of runs; an empty list for a single network."""
        numbers = range(1, len(self.record.seeds) + 1)
        return [Run(self.folder.member_run(number)) for number in numbers]

    def overview(self) -> Overview:
        """Read everything that `cnnlab runs show` prints, such as status, data and results."""
        from cnnlab.run_folder.overview import read_overview

        return read_overview(self.folder)

    def model(self) -> keras.Model:
        """Load the Keras model with the trained weights that `evaluate` uses.

        The input of the model is a float32 array of images, (batch, height, width, channels), with
        the scaling in `spec.inputs`. The output is a float32 array, (batch, classes).

        Raises:
            CheckpointError: the checkpoint does not fit the spec.
        """
        from cnnlab.run_folder import find_trained_checkpoint

        checkpoint_path, spec = find_trained_checkpoint(self.folder), self.spec
        from cnnlab.quiet_import import import_tensorflow

        import_tensorflow()
        from cnnlab import checkpoint

        return checkpoint.load_trained(spec, checkpoint_path)

    def evaluate(
        self, split: str = "test", tta: str | None = None, dataset: str | None = None
    ) -> EvaluationResult:
        """Measure the run on one split of its data, and write the results to its folder.

        Args:
            split: test, validation or train.
            tta: shift or flip: average the predictions for shifted or mirrored copies of each
                image. None: predict each image once.
            dataset: the new place of the data, if the data was moved.
        """
        from cnnlab.api.trained_networks import evaluate

        return evaluate(self, split=split, tta=tta, dataset=dataset)

    def predict(self, image: str | Path) -> Prediction:
        """Classify one image file; raises DataError if cnnlab cannot read the file."""
        from cnnlab.errors import DataError

        predictions = self.predict_all([image])
        if predictions.faults:
            raise DataError("\n".join(predictions.faults))
        return predictions[0]

    def predict_all(
        self, images: Iterable[str | Path], with_pictures: bool = False, each: bool = False
    ) -> Predictions:
        """Classify image files and folders of images, as `cnnlab.predict` does."""
        from cnnlab.api.trained_networks import predict

        return predict(self, images, with_pictures=with_pictures, each=each)

    def predict_random(self, count: int, seed: int = 0, dataset: str | None = None) -> Predictions:
        """Classify `count` random test images; `dataset` is the new place of moved data."""
        from cnnlab.api.trained_networks import predict_random

        return predict_random(self, count, seed, dataset=dataset)

    def explain(
        self,
        *parts: str,
        image: str | Path | None = None,
        index: int | None = None,
        label: str | None = None,
        layer: str | None = None,
        class_name: str | None = None,
        untrained: bool = False,
        dataset: str | None = None,
        report: Callable[[str], None] = lambda line: None,
    ) -> dict[str, Any]:
        """Draw what the network looks at, into the folder explain/; return the results as numbers.

        Args:
            parts: what to draw: kernels, maps, grad-cam, occlusion; all four if empty.
            image, index, label: the image to explain: an image file, or the index of a test image
                (from 0), or a class, whose first test image is explained. Without these
                arguments, the first test image is explained.
            layer: the name or the number of the layer for kernels and Grad-CAM.
            class_name: the class to explain: a name, `predicted` or `true`.
            untrained: also draw the feature maps of the untrained network.
            dataset: the new place of the data, if the data was moved.
            report: a function that is called with a line of text while cnnlab works.
        """
        from cnnlab.explain.explained_image import ImageChoice
        from cnnlab.explain.request import select_parts
        from cnnlab.explain.request_checks import check_request

        names = select_parts(parts, not parts)
        choice = ImageChoice(Path(image) if image is not None else None, index, label)
        request = check_request(
            self.folder,
            names,
            choice,
            layer=layer,
            class_name=class_name,
            untrained=untrained,
            dataset=dataset,
        )
        from cnnlab.quiet_import import import_tensorflow

        import_tensorflow()
        from cnnlab.explain.explanation import write_explanation

        return write_explanation(request, report)

    def report(self, dataset: str | None = None) -> Report:
        """Write the report of the run: report.html and architecture.svg.

        Returns the paths of the files and the diagnosis. If the present weights are not evaluated
        on the test split yet, cnnlab evaluates the run first. `dataset` is the new place of the
        data, if the data was moved.
        """
        from cnnlab.report import report_data
        from cnnlab.run_folder.untouched_test_set import require_finished_sweep
        from cnnlab.spec.foreign_preparation import ForeignModelOptions
        from cnnlab.study import networks

        require_finished_sweep(self.path)
        # This raises its errors before TensorFlow is imported.
        network = networks.load_network(self.folder, ForeignModelOptions(dataset))
        place = network.spec.experiment.data.dataset
        data = report_data.read_report_data(self.folder, place)
        figures = report_data.read_evaluation(self.folder)
        if figures is None:
            self.evaluate(dataset=dataset)
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
        dataset: str | None = None,
    ) -> Run:
        """Continue the training of the run after its last finished epoch.

        Args:
            epochs: the number of epochs in all (20), or of further epochs ("+10"). None keeps
                the planned number.
            edits: changes of training.epochs or training.callbacks, for all further epochs.
            device: auto, cpu, gpu for all GPUs, or gpu:N for the GPU with the number N.
            quiet: show no progress.
            command: the command line that run.json records.
            dataset: the new place of the data of the run, if it was moved. spec.json records it.
        """
        from cnnlab.training.saved_state import ResumeRequest, check_resume_request

        total = None if epochs is None else str(epochs)
        request = ResumeRequest(total, format_edits(edits), dataset)
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
        """Return whether the same command also trained runs with other seeds."""
        return self.record.series is not None

    def remove(self) -> None:
        """Remove the run folder for good; raises RunError or InUseError if this is not possible."""
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
        """Return the facts that a notebook shows about the run, as pairs of label and text."""
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
