"""`cnnlab schema`: the JSON Schema of the language, for editors."""

from __future__ import annotations

import click

from cnnlab.cli.options import echo_json


@click.command()
def schema() -> None:
    """Print the JSON Schema (draft-07) of configs, by which editors complete and explain keys.

    \b
      cnnlab schema > configs/cnnlab.schema.json
    """
    from cnnlab.spec.schema import json_schema

    echo_json(json_schema())
