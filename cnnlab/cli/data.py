"""The command `cnnlab data`, which describes a data set before any training."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_data
from cnnlab.cli.options import echo_json, file_option, json_option, set_option


@click.command(cls=SuggestingCommand, short_help="Describe a data set: classes, sizes, duplicates.")
@click.argument("source", metavar="DATA", shell_complete=complete_data)
@set_option
@file_option(
    "--save", ".png", "Draw samples of each class into this file, data.png by default.", "data.png"
)
@json_option
def data(source: str, edits: tuple[str, ...], save: Path | None, as_json: bool) -> None:
    """Describe DATA before training: images of each class, sizes, colours and duplicates.

    DATA is mnist, fashion_mnist, a file (.npz, .csv or IDX), a folder of images, or a config.
    cnnlab counts the images of each split. For a config, the validation images that a training
    holds out are also a split. The command does not load TensorFlow.

    Exact duplicates have the same pixels. Near duplicates share 99% of their variance after a small
    shift and a change of brightness and contrast. If files cannot be read, cnnlab names these
    files, and ends with exit code 3.

    \b
      cnnlab data mnist
      cnnlab data photos/ --save
      cnnlab data configs/mnist.yaml --json
    """
    # For the small products of this command, waiting for a second thread costs more than it saves.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from cnnlab.api.data_description import describe_data
    from cnnlab.errors import DataError
    from cnnlab.progress_display import show_progress

    with show_progress(quiet=False) as progress:
        described = describe_data(source, edits or None, report=progress.reading)
    if as_json:
        echo_json(described.to_dict())
    else:
        click.echo(str(described), nl=False)
    if save:
        described.save(save)
        click.echo(f"picture: {save}", err=True)
    if described.unreadable:
        raise SystemExit(DataError.exit_code)
