"""`cnnlab check`: print all faults of a config or a sweep file, or a table about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.options import config_argument, echo_json, json_option, set_option

if TYPE_CHECKING:
    from cnnlab.api.checked_sweep import CheckedSweep
    from cnnlab.api.results import CheckedConfig


@click.command(cls=SuggestingCommand, short_help="List the faults of a config, or its layers.")
@config_argument
@set_option
@click.option("--data", is_flag=True, help="Also open every image of the data set.")
@json_option
def check(config: Path, edits: tuple[str, ...], data: bool, as_json: bool) -> None:
    """Check CONFIG without training: print all of its faults, or its layers with their shapes.

    The check takes less than a second. If the config has faults, the exit code is 2. If the data
    set is a folder, cnnlab counts the image files; with --data, cnnlab also opens each image, and
    names broken files, ten of each kind. `cnnlab data` shows more of a data set.

    CONFIG can also be a sweep file. Then the result has the parameters with their values, and the
    number of their combinations.

    \b
      cnnlab check configs/mnist.yaml
      cnnlab check photos.yaml --data
      cnnlab check configs/mnist.yaml --set model[0].conv.kernel_size=5
    """
    from dataclasses import asdict

    from cnnlab.api import actions
    from cnnlab.errors import ConfigError

    try:
        checked = _open_images(config, edits) if data else actions.check_file(config, edits)
    except ConfigError as error:
        if not as_json:
            raise
        echo_json({"valid": False, "faults": [asdict(fault) for fault in error.faults]})
        raise SystemExit(error.exit_code) from None
    if as_json:
        echo_json(checked.to_dict())
    else:
        click.echo(str(checked), nl=False)


def _open_images(config: Path, edits: tuple[str, ...]) -> CheckedConfig | CheckedSweep:
    """Check a config and open all images of its data set, with a progress display."""
    from cnnlab.api import actions
    from cnnlab.progress_display import show_progress

    with show_progress(quiet=False) as progress:
        return actions.check_file(config, edits, data=True, report=progress.reading)
