"""`cnnlab evaluate`: measure runs and .keras files on one split of their data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_network
from cnnlab.cli.options import echo_json, foreign_options, json_option, runs_option


@click.command(cls=SuggestingCommand, short_help="Measure a run on the test set.")
@click.argument("names", nargs=-1, required=True, metavar="RUN...", shell_complete=complete_network)
@click.option(
    "--split",
    type=click.Choice(["test", "validation", "train"]),
    default="test",
    show_default=True,
    help="Choose the images on which to measure.",
)
@click.option(
    "--tta",
    type=click.Choice(["shift", "flip"]),
    help="Average the predictions for several copies of each image. shift: the image, and the "
    "image moved by one pixel in four directions. flip: the image and its mirror image.",
)
@foreign_options
@runs_option
@json_option
def evaluate(
    names: tuple[str, ...],
    split: str,
    tta: str | None,
    foreign: dict[str, Any],
    root: Path,
    as_json: bool,
) -> None:
    """Measure RUN on the test set, and write the results into its folder evaluation/.

    RUN is the path of a run folder, its name, a unique prefix of its name, or `last`. cnnlab uses
    the checkpoint `best` of the run if there is one, else `averaged`, else `last`. RUN may also be
    the path of a .keras file; then cnnlab writes no files. If another program wrote the file,
    cnnlab translates the layers. Name the data with --dataset. Say how the program that trained the
    network prepared the images with --scaling, and for image files with --resize and --exif.
    RUN may also be one .onnx or .tflite file that `cnnlab export` wrote.

    An ensemble predicts by the mean of its members' probabilities. cnnlab measures several RUNs one
    by one, and by the mean of their probabilities, and writes no files.

    \b
      cnnlab evaluate last
      cnnlab evaluate last --tta shift
      cnnlab evaluate runs/mnist-001 runs/mnist-002 runs/mnist-003
      cnnlab evaluate runs/mnist-001/checkpoints/initial.keras
      cnnlab evaluate theirs.keras --dataset mnist --scaling unit
      cnnlab evaluate theirs.keras --dataset photos/ --scaling unit --resize pad
    """
    from cnnlab.api import trained_networks
    from cnnlab.cli.evaluate_output import print_evaluation
    from cnnlab.progress_display import show_waiting

    with show_waiting(f"evaluating {', '.join(names)}"):
        result = trained_networks.evaluate(*names, split=split, tta=tta, runs=root, **foreign)
    if tta == "flip" and result.dataset == "mnist":
        note = "note: few digits look like their mirror image; --tta shift suits digits better"
        click.echo(note, err=True)
    if as_json:
        echo_json(result.figures)
    else:
        print_evaluation(result.figures, str(result.folder) if result.folder else None)
