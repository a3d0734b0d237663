"""`cnnlab export`: write a trained network as one HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_run
from cnnlab.cli.options import (
    echo_json,
    file_option,
    json_option,
    moved_dataset_option,
    runs_option,
)


@click.command(cls=SuggestingCommand, short_help="Write a run as a page to draw and look inside.")
@click.argument("run", metavar="RUN", shell_complete=complete_run)
@click.option(
    "--format",
    "form",
    type=click.Choice(["page"]),
    required=True,
    help="The format: page is one HTML file that opens without cnnlab and without a network.",
)
@file_option("--output", ".html", "The file to write; RUN.html in the current folder if not given.")
@moved_dataset_option
@runs_option
@json_option
def export(
    run: str, form: str, output: Path | None, dataset: str | None, root: Path, as_json: bool
) -> None:
    """Write the network of RUN into a file for people without cnnlab.

    The page has the views Draw and Look of `cnnlab lab`: one draws, or opens a picture, and sees
    what each layer makes of it, and how each number is computed. The page has the trained and the
    untrained weights, and some test images.

    RUN is the path of a folder, its name, a unique prefix of its name, or `last`.
    """
    from cnnlab.api import actions
    from cnnlab.api.exported_files import export_page

    loaded = actions.load(run, root)
    path = export_page(loaded, output, dataset=dataset)
    size_bytes = path.stat().st_size
    if as_json:
        echo_json({"run": loaded.name, "format": form, "path": str(path), "size_bytes": size_bytes})
        return
    click.echo(f"written: {path} ({size_bytes / 1e6:.1f} MB)")
