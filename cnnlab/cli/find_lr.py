"""`cnnlab find-lr`: suggest a learning rate for a config, by a short training."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.options import (
    config_argument,
    device_option,
    echo_json,
    file_option,
    json_option,
    quiet_option,
    set_option,
)
from cnnlab.spec.rate_ramp import RateRamp


@click.command(
    "find-lr", cls=SuggestingCommand, short_help="Suggest a learning rate by a range test."
)
@config_argument
@set_option
@click.option(
    "--lowest",
    type=float,
    default=RateRamp.lowest,
    show_default=True,
    help="The first rate, from 1e-12.",
)
@click.option(
    "--highest",
    type=float,
    default=RateRamp.highest,
    show_default=True,
    help="The last rate, up to 1000.",
)
@click.option(
    "--steps",
    type=int,
    default=RateRamp.steps,
    show_default=True,
    help="The number of batches, from 60 to 10,000.",
)
@file_option(
    "--save", ".png", "Draw the losses into this file, find-lr.png by default.", "find-lr.png"
)
@device_option
@json_option
@quiet_option
def find_learning_rate(
    config: Path,
    edits: tuple[str, ...],
    lowest: float,
    highest: float,
    steps: int,
    save: Path | None,
    device: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Suggest a learning rate for CONFIG, and print the option of `train` that sets this rate.

    The command trains the network of CONFIG for 200 batches. The learning rate rises by the same
    factor after each batch. The suggestion is the rate at which the loss falls most steeply. If
    this rate is far below or close to the rate with the lowest loss, the suggestion is a tenth or a
    quarter of that rate. If the losses allow no suggestion, the command says why, and also exits
    with 0. It writes no run and no weights.

    \b
      cnnlab find-lr configs/mnist.yaml
      cnnlab find-lr configs/mnist.yaml --set training.optimizer=sgd --save
    """
    from cnnlab.api import learning_rate

    found = learning_rate.find_learning_rate(
        config,
        edits,
        lowest=lowest,
        highest=highest,
        steps=steps,
        device=device,
        quiet=quiet,
    )
    if as_json:
        echo_json(found.to_dict())
    else:
        click.echo(str(found), nl=False)
    if save:
        found.save(save)
        click.echo(f"picture: {save}", err=True)
