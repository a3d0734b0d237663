"""`cnnlab check`: print all faults of a config with their lines, or its table of layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.options import config_argument, echo_json, json_option, set_option

if TYPE_CHECKING:
    from cnnlab.api.results import CheckedConfig


@click.command(cls=SuggestingCommand, short_help="List the faults of a config, or its layers.")
@config_argument
@set_option
@click.option("--data", is_flag=True, help="Also open every image of the data set.")
@json_option
def check(config: Path, edits: tuple[str, ...], data: bool, as_json: bool) -> None:
    """Check CONFIG without training: list all of its faults, or its layers with their shapes.

    This needs no TensorFlow and takes less than a second. If there are faults, the exit code is 2.
    In a folder of images, cnnlab counts the image files; with --data it also opens them, and names
    the broken ones, ten of each kind. `cnnlab data` shows more of a data set.

    \b
      cnnlab check configs/mnist.yaml
      cnnlab check photos.yaml --data
      cnnlab check configs/mnist.yaml --set model[0].conv.kernel_size=5
    """
    from dataclasses import asdict

    from cnnlab.api import actions
    from cnnlab.errors import ConfigError

    try:
        checked = _open_images(config, edits) if data else actions.check(config, edits)
    except ConfigError as error:
        if not as_json:
            raise
        echo_json({"valid": False, "faults": [asdict(fault) for fault in error.faults]})
        raise SystemExit(error.exit_code) from None
    if as_json:
        echo_json(checked.to_dict())
    else:
        click.echo(str(checked), nl=False)


def _open_images(config: Path, edits: tuple[str, ...]) -> CheckedConfig:
    """Check a config and open its images, with the progress display of training."""
    from cnnlab.api import actions
    from cnnlab.progress_display import show_progress

    with show_progress(quiet=False) as progress:
        return actions.check(config, edits, data=True, report=progress.reading)
