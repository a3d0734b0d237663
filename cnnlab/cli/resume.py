"""`cnnlab resume`: continue a run or a sweep that was interrupted, or train a run longer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_run_or_sweep
from cnnlab.cli.options import (
    device_option,
    json_option,
    moved_dataset_option,
    quiet_option,
    runs_option,
)


@click.command(
    cls=SuggestingCommand, short_help="Continue a run or a sweep, or train a run longer."
)
@click.argument("name", metavar="RUN|SWEEP", shell_complete=complete_run_or_sweep)
@click.option(
    "--epochs",
    metavar="N|+N",
    help="Train until N epochs in all, or +N more. In an ensemble, this applies to each member.",
)
@click.option(
    "--set",
    "edits",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change training.epochs or training.callbacks from now on. Can be repeated.",
)
@moved_dataset_option
@click.option(
    "--ray",
    metavar="auto|ADDRESS",
    help="For a sweep: go on with it on the machines of a Ray cluster; auto finds the cluster of "
    "this machine. Without this option, a sweep goes on where it began.",
)
@device_option
@runs_option
@json_option
@quiet_option
def resume(
    name: str,
    epochs: str | None,
    edits: tuple[str, ...],
    dataset: str | None,
    ray: str | None,
    device: str,
    root: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Continue the training of a run or a sweep after its last finished epoch.

    cnnlab restores weights, optimizer, learning rate, counters of callbacks, history and time. On
    the same device, the weights become the same, to the last bit, as in a training that never
    stopped. An ensemble continues with the interrupted member, and a training with --seeds
    continues with the interrupted seed, also after --parallel: one after another in this process.
    Only sweeps take --ray. If the data was moved, name the new place with --dataset; spec.json then
    records this place.

    A sweep goes on with its interrupted trials and its other trials, with as many workers as
    before. It takes none of --epochs, --set, --dataset and --device.

    \b
      cnnlab resume last
      cnnlab resume runs/kernels-001
      cnnlab resume runs/mnist-001 --epochs +10
      cnnlab resume last --epochs 50 --set training.callbacks[1].early_stopping.patience=5
    """
    from cnnlab.api import actions, sweeping, training
    from cnnlab.api.sweep_result import SweepResult
    from cnnlab.cli import sweep_output, train_output
    from cnnlab.errors import UsageError

    run = actions.load_run_or_sweep(name, root)
    if isinstance(run, SweepResult):
        given = {"--epochs": epochs, "--set": edits, "--dataset": dataset}
        wrong = [name for name, value in given.items() if value] + ["--device"] * (device != "auto")
        if wrong:
            raise UsageError(f"a sweep goes on as it began: leave out {' and '.join(wrong)}")
        result = sweeping.resume_sweep(run, ray=ray, quiet=quiet)
        sweep_output.print_sweep_report(result, as_json)
        return
    if ray is not None:
        raise UsageError(f"--ray: {run.path} is one run, and Ray trains sweeps; leave out --ray")
    options: dict[str, Any] = {
        "device": device,
        "quiet": quiet,
        "command": ("cnnlab", *sys.argv[1:]),
        "dataset": dataset,
    }
    if run.is_one_of_several_seeds() and epochs is None and not edits:
        trained = training.resume_seeds(run, **options)
        train_output.print_series(trained, as_json)
    else:
        run.resume(epochs, edits, **options)
        train_output.print_run(run, as_json)
