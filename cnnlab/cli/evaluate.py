"""`cnnlab evaluate`: a checkpoint against one split of its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cnnlab.cli.options import echo_json, json_option, runs_option


@click.command()
@click.argument("run")
@click.option(
    "--split",
    type=click.Choice(["test", "validation", "train"]),
    default="test",
    show_default=True,
    help="Which images to measure on.",
)
@runs_option
@json_option
def evaluate(run: str, split: str, root: Path, as_json: bool) -> None:
    """Measure RUN on the test set, and write its evaluation/ folder.

    RUN is a run folder, its name or a unique prefix of it, or the word `last`; its best checkpoint
    is taken, or the averaged one where none was kept as best, or the last one where there is no
    average either. It may also be a single .keras file that cnnlab wrote, anywhere: then nothing is
    written.

    \b
      cnnlab evaluate last
      cnnlab evaluate runs/mnist-001/checkpoints/initial.keras
    """
    from cnnlab.cli.chatter import import_tensorflow
    from cnnlab.runs import find

    folder = None if run.endswith(".keras") else find(run, root)
    path = folder.trained_checkpoint() if folder else Path(run)
    spec = folder.read_spec() if folder else None
    import_tensorflow()
    from cnnlab import checkpoint, evaluation

    answers = evaluation.evaluate(spec or checkpoint.read_spec(path), path, split)
    figures = {
        "run": str(folder.path) if folder else None,
        "checkpoint": str(path),
        **evaluation.metrics(answers),
    }
    if folder:
        evaluation.write(folder, answers, figures)
    if as_json:
        echo_json(figures)
    else:
        _tell(figures, str(folder.evaluation_folder(split)) if folder else None)


def _tell(figures: dict[str, Any], written: str | None) -> None:
    low, high = figures["accuracy_interval"]
    click.echo(f"{figures['checkpoint']} on {figures['images']:,} {figures['split']} images\n")
    click.echo(f"loss      {figures['loss']:.4f}")
    click.echo(f"accuracy  {figures['accuracy']:.2%}  (95 % interval {low:.2%} to {high:.2%})\n")
    width = max(len(row["class"]) for row in figures["per_class"] + [{"class": "class"}])
    click.echo(f"{'class':<{width}}  precision  recall      f1  images")
    for row in figures["per_class"]:
        scores = f"{row['precision']:>9.2%} {row['recall']:>7.2%} {row['f1']:>7.2%}"
        click.echo(f"{row['class']:<{width}}  {scores} {row['support']:>7,}")
    click.echo()
    for line in _confusions(figures):
        click.echo(line)
    if written:
        click.echo(f"written: {written}/ with confusion_matrix.png, mistakes.png and tables")


def _confusions(figures: dict[str, Any], most: int = 5) -> list[str]:
    """The pairs of classes that were confused most often."""
    names = [row["class"] for row in figures["per_class"]]
    pairs = [
        (count, names[true], names[answer])
        for true, row in enumerate(figures["confusion_matrix"])
        for answer, count in enumerate(row)
        if true != answer and count
    ]
    pairs.sort(key=lambda pair: -pair[0])
    if not pairs:
        return ["no mistakes"]
    listed = ", ".join(f"{true} as {answer} {count:,} ×" for count, true, answer in pairs[:most])
    return [f"confused most: {listed}"]
