"""`cnnlab train`: train the experiment of a config into a new run folder."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.options import (
    config_argument,
    device_option,
    json_option,
    parallel_option,
    quiet_option,
    ray_option,
    runs_option,
    set_option,
)

if TYPE_CHECKING:
    from cnnlab.api.run import Run
    from cnnlab.api.workers import Parallel


@click.command(cls=SuggestingCommand, short_help="Train a config into a new run folder.")
@config_argument
@set_option
@runs_option
@device_option
@click.option(
    "--seeds",
    type=click.IntRange(2, 100),
    metavar="N",
    help="Train N runs, with the config's seed and the next N - 1 seeds, and print their spread.",
)
@parallel_option
@ray_option
@click.option("--report", "reports", is_flag=True, help="Write report.html after training.")
@json_option
@quiet_option
def train(
    config: Path,
    edits: tuple[str, ...],
    root: Path,
    device: str,
    seeds: int | None,
    parallel: Parallel | None,
    ray: str | None,
    reports: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the experiment in CONFIG into a new folder, runs/NAME-001, -002, …

    cnnlab reports faults of the config before it loads TensorFlow. Ctrl-C stops the training after
    the current batch; the finished epochs are saved. The runs of --seeds and the members of an
    ensemble are trained one after another; with --parallel or --ray, several of them train at once.

    \b
      cnnlab train configs/mnist.yaml
      cnnlab train configs/mnist.yaml --set training.epochs=2 --set data.batch_size=128
      cnnlab train configs/mnist.yaml --seeds 5 --parallel auto
    """
    from cnnlab.api import training
    from cnnlab.cli import train_output

    options: dict[str, Any] = {
        "parallel": parallel,
        "ray": ray,
        "runs": root,
        "device": device,
        "quiet": quiet,
        "command": ("cnnlab", *sys.argv[1:]),
    }
    if seeds:
        started = time.perf_counter()
        trained: Sequence[Run] = training.train_seeds(config, seeds, edits, **options)
        at_once = parallel is not None or ray is not None
        seconds = time.perf_counter() - started if at_once else None
        train_output.print_series(trained, as_json, seconds)
    else:
        trained = [training.train(config, edits, **options)]
        train_output.print_run(trained[0], as_json)
    if reports:
        train_output.print_reports(trained, as_json)
