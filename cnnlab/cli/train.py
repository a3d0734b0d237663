"""`cnnlab train`: an experiment into a run folder."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnlab.cli.options import config_argument, echo_json, json_option, runs_option, set_option

if TYPE_CHECKING:
    from cnnlab.runs import Record, Run


@click.command()
@config_argument
@set_option
@runs_option
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="What to train on; auto takes a GPU if TensorFlow finds one.",
)
@json_option
@click.option("--quiet", is_flag=True, help="Show no progress.")
def train(
    config: Path, edits: tuple[str, ...], root: Path, device: str, as_json: bool, quiet: bool
) -> None:
    """Train the experiment in CONFIG into a new folder, runs/NAME-001, -002, …

    Faults of the config are told before TensorFlow is loaded. Ctrl-C stops after the batch at hand
    and keeps the epochs that are done.

    \b
      cnnlab train configs/mnist.yaml
      cnnlab train configs/mnist.yaml --set training.epochs=2 --set data.batch_size=128
    """
    from cnnlab.cli.chatter import import_tensorflow
    from cnnlab.data.sources import describe
    from cnnlab.runs import create
    from cnnlab.spec.reader import read

    found = read(config, describe, edits)
    import_tensorflow()
    from cnnlab.cli.display import Bar, Lines
    from cnnlab.training import fit
    from cnnlab.training.callbacks import require_extras
    from cnnlab.training.device import choose
    from cnnlab.training.progress import SILENT

    chosen = choose(device)
    require_extras(found.spec.training)
    command = ("cnnlab", *sys.argv[1:])
    run = create(root, found.spec.name)  # last: what was refused or stopped above leaves no folder
    if quiet:
        record = fit.train(found, run, SILENT, chosen, command)
    elif sys.stderr.isatty():
        with Bar() as bar:
            record = fit.train(found, run, bar, chosen, command)
    else:
        record = fit.train(found, run, Lines(), chosen, command)
    if as_json:
        echo_json(_answer(run, record))
    else:
        _tell(run, record)


def _answer(run: Run, record: Record) -> dict[str, object]:
    from dataclasses import asdict

    last = run.read_history()[-1]
    return {"run": str(run.path), **asdict(record), "last_epoch": last}


def _tell(run: Run, record: Record) -> None:
    from cnnlab.cli.text import duration

    rows = run.read_history()
    best = rows[(record.best_epoch or len(rows)) - 1]
    which = "best epoch" if record.best_epoch else "last epoch"
    hidden = ("epoch", "learning_rate", "seconds", "images_per_second")
    figures = ", ".join(f"{name} {value:.4f}" for name, value in best.items() if name not in hidden)
    click.echo(f"{record.ended}, {duration(record.seconds)}")
    click.echo(f"{which} {int(best['epoch'])}: {figures}")
    click.echo(f"{run.path} has the checkpoints, history.csv, curves.png and summary.txt")
    click.echo(f"`evaluate` takes {record.weights}")
    click.echo(f"next: cnnlab evaluate {shlex.quote(str(run.path))}")
