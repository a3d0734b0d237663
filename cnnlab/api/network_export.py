"""The function of the Python API that writes a trained network into a file for other runtimes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab.api.actions import Reference, load
from cnnlab.counts import format_bound, format_count


@dataclass(frozen=True)
class ExportResult:
    """An exported file or folder, and the figures of its check, the content of its .export.json."""

    path: Path
    figures: dict[str, Any]

    @property
    def verdict(self) -> str:
        """`good` or `worse` for a quantized file; empty for a file that computes the same."""
        return str(self.figures.get("accuracy", {}).get("verdict", ""))

    @property
    def sentence(self) -> str:
        """One sentence about how well the file agrees with the run."""
        if "accuracy" not in self.figures:
            found = self.figures.get("agreement")
            if found is None:
                return ""
            images = format_count(found["images"], "test image")
            return (
                f"checked on {images}: the same classes, and probabilities that differ by at most "
                f"{format_bound(found['largest_difference'])}"
            )
        found = self.figures["accuracy"]
        (low, high), p = found["file"]["accuracy_interval"], found["mcnemar_p"]
        sentence = (
            f"accuracy on {format_count(found['images'], 'test image')}: "
            f"{found['file']['accuracy']:.2%} (95% interval {low:.2%} to {high:.2%}), the run "
            f"{found['run']['accuracy']:.2%}; McNemar's test: p = {p:.2g}"
        )
        if self.verdict == "worse":
            return f"{sentence}; the file is worse than the run"
        return f"{sentence}; no worse than the run by this test"

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab export --json` prints."""
        return {"path": str(self.path), **self.figures}


def export_network(
    run: Reference,
    form: str,
    output: str | Path | None = None,
    *,
    quantize: str | None = None,
    dataset: str | None = None,
    runs: str | Path = "runs",
) -> ExportResult:
    """Write the network of a run into a file that another runtime opens, and check the file.

    The network in the file takes uint8 images of the size of the data, scales them, and computes
    probabilities; an ensemble becomes one network. Before the file gets its name, its own runtime
    computes test images with it.

    Args:
        run: a run, its path, its name, a unique prefix of its name, or `last`.
        form: onnx, litert, saved_model, keras, or python for a script that trains the network.
        output: the path of the file; the name of the run in the current folder if not given.
        quantize: int8 or float16 make an onnx or litert file smaller, and change its answers.
        dataset: the new place of the data, if the data was moved.

    Raises:
        UsageError: a package is missing, or the format has no such numbers.
        RunError: no run fits, or the run has no trained weights.
        DataError: the data is missing, or is not the data that the network was trained on.
        ExportError: the file does not compute what the run computes, or the run's training saved
            another epoch meanwhile; then no file is written.
        DiskError: the file cannot be written.
    """
    from cnnlab.errors import UsageError
    from cnnlab.export.file_formats import FILE_FORMATS, require_output
    from cnnlab.run_folder.untouched_test_set import require_finished_sweep
    from cnnlab.spec.foreign_preparation import ForeignModelOptions
    from cnnlab.study import networks

    if form not in FILE_FORMATS:
        hint = "; cnnlab.export_page writes pages" if form == "page" else ""
        raise UsageError(f"{form}: no such format; expected {', '.join(FILE_FORMATS)}{hint}")
    file_format = FILE_FORMATS[form]
    file_format.require_quantization(quantize)
    if output is not None:
        require_output(Path(output), file_format.ending)
    folder = load(run, runs).folder
    file_format.require_installed()
    require_finished_sweep(folder.path)
    network = networks.load_network(folder, ForeignModelOptions(dataset))
    path = Path(output if output is not None else _choose_name(folder.name, form, quantize))
    from cnnlab.quiet_import import import_tensorflow

    import_tensorflow()
    from cnnlab.export import exported_file

    request = exported_file.ExportRequest(network, file_format, quantize, path)
    write = exported_file.export_script if form == "python" else exported_file.export_network
    return ExportResult(path, write(request))


def _choose_name(run: str, form: str, quantize: str | None) -> str:
    from cnnlab.export.file_formats import FILE_FORMATS

    ending = FILE_FORMATS[form].ending or f"-{form}"
    return f"{run.replace('/', '-')}{f'-{quantize}' if quantize else ''}{ending}"
