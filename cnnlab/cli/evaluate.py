"""`cnnlab evaluate`: checkpoints against one split of their data."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.options import (
    dataset_option,
    echo_json,
    json_option,
    runs_option,
    scaling_option,
)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="RUN...")
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

    RUN is a run folder, its name or a unique prefix of it, or the word `last`; its best checkpoint
    is taken, or the averaged one where none was kept as best, or the last one where there is no
    average either. It may also be a single .keras file, anywhere: then nothing is written. Of one
    that cnnlab did not write, its layers are translated, and --dataset and --scaling say the rest.

    An ensemble answers by the mean of its members' probabilities. Several RUNs are measured each
    alone, and by the mean of their probabilities; then nothing is written either.

    \b
      cnnlab evaluate last
      cnnlab evaluate last --tta shift
      cnnlab evaluate runs/mnist-001 runs/mnist-002 runs/mnist-003
      cnnlab evaluate runs/mnist-001/checkpoints/initial.keras
      cnnlab evaluate theirs.keras --dataset mnist --scaling unit
    """
    from cnnlab.cli.chatter import import_tensorflow
    from cnnlab.keras_file import Said
    from cnnlab.study import networks

    asked = networks.named(names, root, split, Said(dataset, scaling))
    import_tensorflow()
    from cnnlab import evaluation
    from cnnlab.cli.answers import tell
    from cnnlab.study import together

    if tta == "flip" and asked[0].spec.experiment.data.dataset == "mnist":
        note = "note: few digits look like their mirror image; --tta shift suits them better"
        click.echo(note, err=True)
    answers, figures = together.evaluate(asked, split, tta)
    run = asked[0].run if len(asked) == 1 else None
    if run:
        evaluation.write(run, answers, figures)
    if as_json:
        echo_json(figures)
    else:
        tell(figures, str(run.evaluation_folder(answers.name)) if run else None)
