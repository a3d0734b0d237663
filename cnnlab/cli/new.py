"""`cnnlab new`: a commented config to start from."""

from __future__ import annotations

import click

from cnnlab.cli.command_classes import SuggestingCommand


@click.command("new", cls=SuggestingCommand, short_help="Write a commented config to start from.")
@click.argument("name", default="experiment")
@click.option(
    "--dataset",
    default="mnist",
    show_default=True,
    help="mnist, fashion_mnist, an .npz file, or a folder of images (paths from the config's "
    "folder, or from this one).",
)
def create_config(name: str, dataset: str) -> None:
    """Write a commented starter config, NAME.yaml, and the schema that editors read beside it.

    It goes to configs/ if there is such a folder here, else to this folder. NAME may also be a
    path. An existing config is never overwritten. The schema is always rewritten.
    """
    from cnnlab.api import actions

    path = actions.create_config(name, dataset)
    click.echo(f"{path}\nnext: cnnlab check {path}")
