"""`cnnlab runs rm`: run folders removed for good."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.options import runs_option


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="RUN...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@runs_option
def rm(names: tuple[str, ...], yes: bool, root: Path) -> None:
    """Remove RUNs with all their files, for good; asks first.

    All RUNs are looked at before any is removed: if one is not there, or may not be removed, all
    stay. A run that is being trained is refused, and so is a member of an ensemble.
    """
    from cnnlab.cli.text import size_of
    from cnnlab.run_folder import find, removal

    found = {run.path.resolve(): run for run in (find(name, root) for name in names)}
    runs = list(found.values())
    for run in runs:
        removal.require_removable(run)
    sizes = [removal.size(run) for run in runs]
    told = [
        f"{run.path}: {size.files:,} files, {size_of(size.size_bytes)}"
        for run, size in zip(runs, sizes, strict=True)
    ]
    if not yes:
        click.echo("\n".join(told), err=True)
        which = "this run" if len(runs) == 1 else f"these {len(runs)} runs"
        if not click.confirm(f"remove {which} for good?", err=True):
            click.echo("nothing was removed", err=True)
            return
    for run, line in zip(runs, told, strict=True):
        removal.remove(run)
        click.echo(f"removed {line}")
    if len(runs) > 1:
        click.echo(f"freed {size_of(sum(size.size_bytes for size in sizes))}")
