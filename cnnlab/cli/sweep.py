"""`cnnlab sweep`: search architectures and settings, and say which difference is real."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_config
from cnnlab.cli.options import (
    device_option,
    json_option,
    parallel_option,
    quiet_option,
    ray_option,
    runs_option,
)

if TYPE_CHECKING:
    from cnnlab.api.workers import Parallel


@click.command(cls=SuggestingCommand, short_help="Search architectures and settings.")
@click.argument("file", type=click.Path(path_type=Path), shell_complete=complete_config)
@click.option(
    "--set",
    "edits",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change the sweep file or its config only for this command, for example --set trials=10 "
    "or --set training.epochs=2. Can be repeated.",
)
@parallel_option
@ray_option
@runs_option
@device_option
@click.option("--dry-run", is_flag=True, help="Show what the sweep would do, and how long.")
@json_option
@quiet_option
def sweep(
    file: Path,
    edits: tuple[str, ...],
    parallel: Parallel | None,
    ray: str | None,
    root: Path,
    device: str,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the trials of a sweep FILE into a new folder, runs/NAME-001, -002, …

    FILE names a config, the settings that vary, and how to search. Each trial is an ordinary run.
    The search sees validation images only. With `confirm`, the best trials are trained again with
    other seeds, and compared with the config. Ctrl-C stops after the current batches; `cnnlab
    resume` goes on.

    \b
      cnnlab sweep configs/sweeps/mnist-small.yaml --dry-run
      cnnlab sweep configs/sweeps/mnist-small.yaml
      cnnlab report last
    """
    from cnnlab.api import sweeping
    from cnnlab.cli import sweep_output, sweep_plan_output

    options: dict[str, Any] = {"parallel": parallel, "ray": ray, "device": device}
    if dry_run:
        plan = sweeping.plan_sweep(file, edits, quiet=quiet, **options)
        sweep_plan_output.print_plan(plan, as_json)
        return
    command = ("cnnlab", *sys.argv[1:])
    result = sweeping.sweep(file, edits, runs=root, quiet=quiet, command=command, **options)
    sweep_output.print_sweep_report(result, as_json)
