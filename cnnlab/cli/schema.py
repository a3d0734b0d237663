"""`cnnlab schema`: print the JSON Schema of configs or sweep files, for editors."""

from __future__ import annotations

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.options import echo_json


@click.command(cls=SuggestingCommand, short_help="Print the JSON Schema of configs.")
@click.option("--sweep", is_flag=True, help="Print the JSON Schema of sweep files.")
def schema(sweep: bool) -> None:
    """Print the JSON Schema of configs, with which editors complete and explain the settings.

    \b
      cnnlab schema > configs/cnnlab.schema.json
      cnnlab schema --sweep > configs/sweeps/cnnlab.sweep.schema.json
    """
    from cnnlab.api import actions

    echo_json(actions.schema(sweep=sweep))
