"""`cnnlab runs rm`: remove run folders and sweeps for good."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_run_or_sweep
from cnnlab.cli.options import runs_option
from cnnlab.counts import format_count


@click.command(cls=SuggestingCommand, short_help="Ask, then remove runs or sweeps for good.")
@click.argument(
    "names", nargs=-1, required=True, metavar="RUN...", shell_complete=complete_run_or_sweep
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@runs_option
def rm(names: tuple[str, ...], yes: bool, root: Path) -> None:
    """Ask, then remove RUNs with all their files, for good.

    RUN may also be a sweep, which is removed with all its trials. A run in training, a running
    sweep, a member of an ensemble and a trial of a sweep cannot be removed. If one of the RUNs does
    not exist or cannot be removed, all of them stay.
    """
    from cnnlab.api import actions
    from cnnlab.api.sweep_result import SweepResult
    from cnnlab.cli.text import format_size
    from cnnlab.run_folder import removal

    runs = list(dict.fromkeys(actions.load_run_or_sweep(name, root) for name in names))
    for run in runs:
        removal.require_removable(run.folder)
    sizes = [removal.measure_size(run.folder) for run in runs]
    lines = [
        f"{run.path}: {format_count(size.files, 'file')}, {format_size(size.size_bytes)}"
        for run, size in zip(runs, sizes, strict=True)
    ]
    if not yes:
        click.echo("\n".join(lines), err=True)
        sweeps = sum(isinstance(run, SweepResult) for run in runs)
        noun = "run" if not sweeps else "sweep" if sweeps == len(runs) else "run or sweep"
        which = f"this {noun}" if len(runs) == 1 else f"these {len(runs)} {noun}s"
        if not click.confirm(f"remove {which} for good?", err=True):
            click.echo("nothing was removed", err=True)
            return
    for run, line in zip(runs, lines, strict=True):
        run.remove()
        click.echo(f"removed {line}")
    if len(runs) > 1:
        click.echo(f"freed {format_size(sum(size.size_bytes for size in sizes))}")
