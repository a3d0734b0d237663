"""`cnnlab check`: every fault of a config with its line, or its table of shapes."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.options import config_argument, echo_json, json_option, set_option


@click.command()
@config_argument
@set_option
@json_option
def check(config: Path, edits: tuple[str, ...], as_json: bool) -> None:
    """Check CONFIG without training: all its faults, or its shapes and arithmetic.

    Needs no TensorFlow, and answers at once. Exit code 2 if there are faults.

    \b
      cnnlab check configs/mnist.yaml
      cnnlab check configs/mnist.yaml --set model[0].conv.kernel_size=5
    """
    from dataclasses import asdict

    from cnnlab.data.sources import describe
    from cnnlab.errors import ConfigError
    from cnnlab.spec.advice import advice
    from cnnlab.spec.reader import read
    from cnnlab.spec.summary import summary
    from cnnlab.spec.table import table

    try:
        found = read(config, describe, edits)
    except ConfigError as error:
        if not as_json:
            raise
        echo_json({"valid": False, "faults": [asdict(fault) for fault in error.faults]})
        raise SystemExit(error.exit_code) from None
    rows = table(found.spec, found.info)
    if as_json:
        spec = found.spec.model_dump(mode="json")
        answer = {"valid": True, "spec": spec, **asdict(rows), "advice": advice(found.spec, rows)}
        echo_json(answer)
    else:
        click.echo(summary(rows, found.spec, found.info), nl=False)
