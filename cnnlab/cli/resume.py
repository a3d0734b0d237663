"""`cnnlab resume`: a run that was stopped, killed or failed goes on; a finished one, further."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cnnlab.cli.options import device_option, json_option, runs_option


@click.command()
@click.argument("name", metavar="RUN")
@click.option(
    "--epochs",
    metavar="N|+N",
    help="Train to N epochs in all, or N more than there are; of an ensemble, each member.",
)
@click.option(
    "--set",
    "edits",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change training.epochs or training.callbacks from now on. May be given again.",
)
@device_option
@runs_option
@json_option
@click.option("--quiet", is_flag=True, help="Show no progress.")
def resume(
    name: str,
    epochs: str | None,
    edits: tuple[str, ...],
    device: str,
    root: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train RUN on from its last finished epoch, as if it had never been stopped.

    Weights, optimizer, learning rate, what callbacks have counted, history and time spent are taken
    up; the same device gives the same weights, to the last bit, as a run that was not stopped. An
    ensemble goes on with the member that was interrupted, runs over --seeds with the seed.

    \b
      cnnlab resume last
      cnnlab resume runs/mnist-001 --epochs +10
      cnnlab resume last --epochs 50 --set training.callbacks[1].early_stopping.patience=5
    """
    from cnnlab.cli.chatter import import_tensorflow
    from cnnlab.run_folder import find
    from cnnlab.training.left import Wish, require_possible

    run, wish = find(name, root), Wish(epochs, edits)
    require_possible(run, wish)
    record = run.read_record()
    import_tensorflow()
    from cnnlab.cli import trained
    from cnnlab.cli.display import shown
    from cnnlab.study import ensemble
    from cnnlab.study import seeds as over_seeds
    from cnnlab.training import resume as single
    from cnnlab.training.device import choose

    chosen = choose(device)
    command = ("cnnlab", *sys.argv[1:])
    with shown(quiet) as progress:
        if record.series and wish == Wish():
            rows = over_seeds.resume(run, progress, chosen, command)
        else:
            kind = ensemble if record.seeds else single
            record, rows = kind.resume(run, wish, progress, chosen, command), []
    if rows:
        trained.tell_series(rows, as_json)
    else:
        trained.tell_run(run, record, as_json)
