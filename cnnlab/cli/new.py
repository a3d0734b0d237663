"""`cnnlab new`: write a first config, with comments that explain each setting."""

from __future__ import annotations

import click

from cnnlab.cli.command_classes import SuggestingCommand


@click.command("new", cls=SuggestingCommand, short_help="Write a commented config to start from.")
@click.argument("name", default="experiment")
@click.option(
    "--dataset",
    default="mnist",
    show_default=True,
    help="mnist, fashion_mnist, a file (.npz, .csv or IDX), or a folder of images. A path starts "
    "at the config's folder, or else at the current folder.",
)
def create_config(name: str, dataset: str) -> None:
    """Write NAME.yaml, a config with comments to start from, and the JSON Schema for editors.

    cnnlab writes both files into the folder configs/ if that folder exists, and otherwise into the
    current folder. NAME may also be a path. An existing config is never overwritten, but an
    existing schema is replaced.
    """
    from cnnlab.api import actions

    path = actions.create_config(name, dataset)
    click.echo(f"{path}\nnext: cnnlab check {path}")
