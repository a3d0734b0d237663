"""`cnnlab export`: write a trained network as a file for other programs, or as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_run
from cnnlab.cli.options import echo_json, json_option, moved_dataset_option, runs_option
from cnnlab.counts import format_bound, format_count

if TYPE_CHECKING:
    from cnnlab.api.network_export import ExportResult

_ENDINGS = {
    "onnx": ".onnx",
    "litert": ".tflite",
    "saved_model": "",  # a folder
    "keras": ".keras",
    "python": ".py",
    "page": ".html",
}


@click.command(cls=SuggestingCommand, short_help="Write a run as a file for other programs.")
@click.argument("run", metavar="RUN", shell_complete=complete_run)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_ENDINGS)),
    required=True,
    help="onnx and litert are for other runtimes, also on phones; saved_model and keras are for "
    "TensorFlow and Keras; python is a script that trains the network with Keras; page is one HTML "
    "file that opens without cnnlab.",
)
@click.option(
    "--quantize",
    type=click.Choice(["int8", "float16"]),
    help="Write onnx or litert with smaller numbers; cnnlab then measures the accuracy.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file to write (a folder for saved_model); by default the name of RUN in the current "
    "folder.",
)
@moved_dataset_option
@runs_option
@json_option
def export(
    run: str,
    form: str,
    quantize: str | None,
    output: Path | None,
    dataset: str | None,
    root: Path,
    as_json: bool,
) -> None:
    """Write the network of RUN into a file for people and programs without cnnlab.

    The network in the file takes uint8 images of the size of the data, scales them, and gives the
    probabilities of the classes; an ensemble becomes one network. Before the file gets its name,
    its own runtime computes test images with it, and the results must be those of RUN. The figures
    are in FILE.export.json.

    A page has the views Draw and Look of `cnnlab lab`: one draws, or opens a picture, and sees
    what each layer makes of it, and how each number is computed.

    RUN is the path of a folder, its name, a unique prefix of its name, or `last`.

    \b
      cnnlab export last --format onnx
      cnnlab export last --format litert --quantize int8
      cnnlab export last --format page --output lesson.html
    """
    from cnnlab.api import actions, network_export
    from cnnlab.api.exported_files import export_page
    from cnnlab.progress_display import show_waiting

    _check_output(form, output)
    loaded = actions.load(run, root)
    if form != "page":
        with show_waiting(f"exporting {loaded.name} as {form}"):
            result = network_export.export_network(
                loaded, form, output, quantize=quantize, dataset=dataset
            )
        _print_result(result, as_json)
        return
    if quantize:
        raise click.UsageError("--quantize is for onnx and litert; leave it out for a page")
    with show_waiting(f"exporting {loaded.name} as page"):
        path = export_page(loaded, output, dataset=dataset)
    size_bytes = path.stat().st_size
    if as_json:
        echo_json({"run": loaded.name, "format": form, "path": str(path), "size_bytes": size_bytes})
        return
    click.echo(f"written: {path} ({size_bytes / 1e6:.1f} MB)")


def _check_output(form: str, output: Path | None) -> None:
    """Raise BadParameter before any work if the path of --output does not fit the format."""
    from cnnlab.errors import UsageError
    from cnnlab.export.file_formats import require_output

    if output is not None:
        try:
            require_output(output, _ENDINGS[form])
        except UsageError as error:
            raise click.BadParameter(str(error), param_hint="'--output'") from None


def _print_result(result: ExportResult, as_json: bool) -> None:
    if as_json:
        echo_json(result.to_dict())
        return
    figures: dict[str, Any] = result.figures
    if (status := figures.get("status", "finished")) != "finished":
        epochs = format_count(figures["epochs"], "epoch")
        click.echo(f"note: the run is {status}; these are its weights after {epochs}")
    if result.sentence:
        click.echo(result.sentence)
    if precision := figures.get("precision"):
        click.echo(
            f"the run computes in {precision['run']}, the file in float32; between the two, a "
            f"probability differs by at most {format_bound(precision['largest_difference'])}, and "
            f"the classes of {format_count(precision['other_classes'], 'image')} differ"
        )
    size = f"{figures['size_bytes'] / 1e6:.2f} MB"
    if time := figures.get("milliseconds_per_image"):
        size += f"; {time:.2g} ms for one image"
    click.echo(f"written: {result.path} ({size})")
