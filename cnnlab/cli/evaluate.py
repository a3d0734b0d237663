"""`cnnlab evaluate`: measure checkpoints on one split of their data."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_network
from cnnlab.cli.options import (
    dataset_option,
    echo_json,
    json_option,
    runs_option,
    scaling_option,
)


@click.command(cls=SuggestingCommand, short_help="Measure a run on the test set.")
@click.argument("names", nargs=-1, required=True, metavar="RUN...", shell_complete=complete_network)
@click.option(
    "--split",
    type=click.Choice(["test", "validation", "train"]),
    default="test",
    show_default=True,
    help="Which images to measure on.",
)
@click.option(
    "--tta",
    type=click.Choice(["shift", "flip"]),
    help="Take the mean over views of each image: shift, with its shifts by a pixel in the four "
    "directions; flip, with its mirror image.",
)
@dataset_option
@scaling_option
@runs_option
@json_option
def evaluate(
    names: tuple[str, ...],
    split: str,
    tta: str | None,
    dataset: str | None,
    scaling: str | None,
    root: Path,
    as_json: bool,
) -> None:
    """Measure RUN on the test set, and write its evaluation/ folder.

    RUN is a run folder, its name or a unique prefix of it, or the word `last`. cnnlab uses the
    best checkpoint; without one, the averaged checkpoint; without that, the last. RUN may also be
    a single .keras file, anywhere; then nothing is written. If another program wrote the file,
    cnnlab translates its layers, and --dataset and --scaling say the rest.

    The answer of an ensemble is the mean of its members' probabilities. Several RUNs are measured
    one by one, and by the mean of their probabilities; then nothing is written either.

    \b
      cnnlab evaluate last
      cnnlab evaluate last --tta shift
      cnnlab evaluate runs/mnist-001 runs/mnist-002 runs/mnist-003
      cnnlab evaluate runs/mnist-001/checkpoints/initial.keras
      cnnlab evaluate theirs.keras --dataset mnist --scaling unit
    """
    from cnnlab.api import actions
    from cnnlab.cli.evaluate_output import print_evaluation

    result = actions.evaluate(
        *names, split=split, tta=tta, runs=root, dataset=dataset, scaling=scaling
    )
    if tta == "flip" and result.dataset == "mnist":
        note = "note: few digits look like their mirror image; --tta shift suits them better"
        click.echo(note, err=True)
    if as_json:
        echo_json(result.figures)
    else:
        print_evaluation(result.figures, str(result.folder) if result.folder else None)
