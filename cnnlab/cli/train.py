"""`cnnlab train`: an experiment into a run folder."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cnnlab.cli.options import config_argument, device_option, json_option, runs_option, set_option


@click.command()
@config_argument
@set_option
@runs_option
@device_option
@click.option(
    "--seeds",
    type=click.IntRange(2, 100),
    metavar="N",
    help="Train N runs, with the config's seed and the following ones, and tell their spread.",
)
@click.option("--report", "reports", is_flag=True, help="Then write report.html, as `report` does.")
@json_option
@click.option("--quiet", is_flag=True, help="Show no progress.")
def train(
    config: Path,
    edits: tuple[str, ...],
    root: Path,
    device: str,
    seeds: int | None,
    reports: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the experiment in CONFIG into a new folder, runs/NAME-001, -002, …

    Faults of the config are told before TensorFlow is loaded. Ctrl-C stops after the batch at hand
    and keeps the epochs that are done. An ensemble trains its members one after another.

    \b
      cnnlab train configs/mnist.yaml
      cnnlab train configs/mnist.yaml --set training.epochs=2 --set data.batch_size=128
      cnnlab train configs/mnist.yaml --seeds 5
    """
    from cnnlab.cli.chatter import import_tensorflow
    from cnnlab.data.sources import describe
    from cnnlab.errors import UsageError
    from cnnlab.spec.reader import read

    found = read(config, describe, edits)
    if seeds and found.spec.ensemble:
        message = "--seeds: the config asks for an ensemble, whose members have seeds of their own"
        raise UsageError(f"{message}; leave one of the two out, this one with --set ensemble=")
    import_tensorflow()
    from cnnlab.cli import trained
    from cnnlab.cli.display import shown
    from cnnlab.run_folder import create
    from cnnlab.study import ensemble
    from cnnlab.study import seeds as over_seeds
    from cnnlab.training import fit
    from cnnlab.training.callbacks import require_extras
    from cnnlab.training.device import choose

    chosen = choose(device)
    require_extras(found.spec.training)
    command = ("cnnlab", *sys.argv[1:])
    with shown(quiet) as progress:
        if seeds:
            rows = over_seeds.train(found, seeds, root, progress, chosen, command)
        else:
            run = create(root, found.spec.name)  # last: what was refused above leaves no folder
            kind = ensemble if found.spec.ensemble else fit
            record = kind.train(found, run, progress, chosen, command)
    if seeds:
        trained.tell_series(rows, as_json)
    else:
        trained.tell_run(run, record, as_json)
    made = [row.run for row in rows] if seeds else [run]
    if reports:
        trained.tell_reports(made, as_json)
    elif not as_json:
        trained.tell_how_to_report(made)
