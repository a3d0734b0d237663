"""The answers of `predict` as a person reads them, and what may not be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnnlab.errors import UsageError
from cnnlab.spec.words import one_line

if TYPE_CHECKING:
    from cnnlab.data.preparing import Asked
    from cnnlab.study.networks import Network

RANKED = 3  # classes in a row of the table


def require_sense(
    images: Sequence[str], count: int | None, seed: int | None, save: Path | None
) -> None:
    """Raise UsageError for what cannot be asked together, or would overwrite a file."""
    if not images and count is None:
        raise UsageError("no image is named; name files or folders, `-`, or --random 9")
    if images and count is not None:
        raise UsageError("images are named, and --random asks for others; choose one of the two")
    if seed is not None and count is None:
        raise UsageError("--seed chooses the images of --random, which is not given")
    if save is None:
        return
    if save.suffix.lower() != ".png":
        raise UsageError(f"--save {save}: a picture is written as PNG; name it {save.stem}.png")
    if not save.parent.is_dir():
        raise UsageError(f"--save {save}: there is no folder {save.parent}")
    if save.exists() and not _drawn_by_cnnlab(save):
        message = "is there already, and no picture of cnnlab's; choose another name"
        raise UsageError(f"--save {save}: {message}")


def _drawn_by_cnnlab(path: Path) -> bool:
    """Whether a file may be overwritten: the pattern `--save *.png` would name one's own photo."""
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as image:
            return image.info.get("Software") == "cnnlab"
    except (OSError, ValueError):
        return False


def tell(network: Network, answers: Sequence[Mapping[str, Any]]) -> None:
    """Print the table of answers, and how many are right where the truth is known."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    known = "true" in answers[0]
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("image", overflow="fold")
    if known:
        table.add_column("true", overflow="fold")
    table.add_column("predicted", overflow="fold")
    table.add_column("probability", justify="right")
    table.add_column("next", overflow="fold")
    for answer in answers:
        ranked = [f"{name} {share:.2%}" for name, share in answer["probabilities"].items()]
        table.add_row(
            one_line(answer["image"]),
            *([_truth(answer)] if known else []),
            answer["predicted"],
            f"{answer['probability']:.2%}",
            ", ".join(ranked[1:RANKED]),
        )
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 200  # a pipe has no edge to wrap at
    click.echo(_who(network))
    console.print(table)
    if known:
        right = sum(answer["true"] == answer["predicted"] for answer in answers)
        click.echo(f"{right} of {len(answers)} right")


def _truth(answer: Mapping[str, Any]) -> str:
    return answer["true"] if answer["true"] == answer["predicted"] else f"{answer['true']}, wrong"


def _who(network: Network) -> str:
    members = f", mean of {len(network.members)} members" if network.members else ""
    return f"{network.checkpoint or network.path}{members}"


def draw(
    save: Path, network: Network, asked: Sequence[Asked], answers: Sequence[dict[str, Any]]
) -> None:
    """Write the picture to where the person named, and say so."""
    from cnnlab import prediction
    from cnnlab.run_folder.atomic import told_by_the_disk, write_atomically

    who = network.run.name if network.run else network.path.name
    members = f", mean of {len(network.members)} members" if network.members else ""
    picture = prediction.picture(asked, answers, who + members)
    with told_by_the_disk(save, "--save"):
        write_atomically(save, picture)
    click.echo(f"written: {save}", err=True)
