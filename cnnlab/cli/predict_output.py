"""Print the results of `cnnlab predict`, and check that its options fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnlab.counts import format_count
from cnnlab.errors import UsageError
from cnnlab.spec.wording import to_one_line

if TYPE_CHECKING:
    from cnnlab.api.results import Prediction, Predictions

RANKED_CLASSES = 3  # number of classes in each row of the table


def require_consistent_options(
    images: Sequence[str], count: int | None, seed: int | None, save: Path | None, each: bool
) -> None:
    """Raise UsageError if options contradict each other, or --save would overwrite a photo."""
    if not images and count is None:
        raise UsageError("no image is named; name files or folders, `-`, or --random 9")
    if images and count is not None:
        message = "--random chooses test images, but images are named too"
        raise UsageError(f"{message}; give only one of the two")
    if each and count is not None:
        raise UsageError("--each is for pictures with several digits, but --random chooses images")
    if seed is not None and count is None:
        raise UsageError("--seed chooses the images of --random; give both options, or neither")
    if save is None:
        return
    if save.suffix.lower() != ".png":
        raise UsageError(f"--save {save}: a picture is written as PNG; name it {save.stem}.png")
    if not save.parent.is_dir():
        raise UsageError(f"--save {save}: there is no folder {save.parent}")
    if save.exists() and not _is_drawn_by_cnnlab(save):
        message = "this file exists, and cnnlab did not draw it; choose another name"
        raise UsageError(f"--save {save}: {message}")


def _is_drawn_by_cnnlab(path: Path) -> bool:
    """Return whether cnnlab drew this PNG, so that cnnlab may overwrite the file."""
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as image:
            return image.info.get("Software") == "cnnlab"
    except (OSError, ValueError):
        return False


def print_answers(answers: Predictions) -> None:
    """Print the table of predictions and, for test images, the number of right predictions."""
    from cnnlab.cli.text import print_table

    has_truth = answers[0].true is not None
    heads = ["image", *(["true"] if has_truth else []), "predicted", "probability", "next"]
    rows = []
    for answer in answers:
        ranked = [f"{name} {share:.2%}" for name, share in answer.probabilities.items()]
        rows.append(
            [
                to_one_line(answer.image),
                *([_format_truth(answer)] if has_truth else []),
                answer.predicted,
                f"{answer.probability:.2%}",
                ", ".join(ranked[1:RANKED_CLASSES]),
            ]
        )
    words = [place for place, heading in enumerate(heads) if heading != "probability"]
    click.echo(f"{answers.network}\n")
    print_table(heads, rows, words)
    if has_truth:
        right = sum(answer.true == answer.predicted for answer in answers)
        click.echo(f"{right} of {len(answers)} right")
    else:
        _print_findings(answers)


def _print_findings(answers: Predictions) -> None:
    """Print what cnnlab changed in pictures, and which inputs look unlike the training images."""
    changed: dict[str, list[str]] = {}
    for answer in answers:
        for change in answer.changes:
            changed.setdefault(change, []).append(answer.image)
    for change, names in changed.items():
        click.echo(f"{_name_images(names)}: cnnlab {change}")
    for answer in answers:
        if answer.likeness and answer.likeness.is_unlike:
            click.echo(f"{to_one_line(answer.image)} {answer.likeness.sentence}")


def _name_images(names: Sequence[str]) -> str:
    return to_one_line(names[0]) if len(names) == 1 else format_count(len(names), "image")


def _format_truth(answer: Prediction) -> str:
    truth = str(answer.true)
    return truth if answer.true == answer.predicted else f"{truth}, wrong"


def save_picture(path: Path, answers: Predictions) -> None:
    """Draw the predictions as a picture, and write the picture to the path that the user named."""
    from cnnlab.run_folder.atomic_write import report_disk_errors, write_atomically

    picture = answers.draw()
    with report_disk_errors(path, "--save"):
        write_atomically(path, picture)
    click.echo(f"written: {path}", err=True)
