"""`cnnlab runs`: the table of runs, and what can be done with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnnlab.cli.options import echo_json, json_option, runs_option
from cnnlab.cli.remove import rm
from cnnlab.cli.show import show

if TYPE_CHECKING:
    from cnnlab.run_folder.listing import Listed

_SHOWN = ("name", "status", "config", "epochs", "accuracy", "parameters", "seconds")


@click.group(invoke_without_command=True)
@click.option(
    "--sort",
    metavar="NAME",
    help="Sort by accuracy, loss, val_accuracy, val_loss, parameters, seconds, epochs, members, "
    "seed, started, name, config, dataset or status, the highest last; -NAME, the lowest last.",
)
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Only runs of which it holds: one of the names above, > >= < <= = or !=, and a value, "
    "quoted for the shell. May be given again.",
)
@runs_option
@json_option
@click.pass_context
def runs(
    context: click.Context,
    sort: str | None,
    conditions: tuple[str, ...],
    root: Path,
    as_json: bool,
) -> None:
    """List the runs, the newest last; or show one, or remove some.

    \b
      cnnlab runs
      cnnlab runs --where 'accuracy>0.99' --where status=finished --sort accuracy
      cnnlab runs show last
      cnnlab runs rm mnist-001 mnist-002
    """
    from cnnlab.errors import UsageError
    from cnnlab.run_folder import all_runs, listing

    if context.invoked_subcommand:
        if sort or conditions:
            raise UsageError(f"--sort and --where list runs; {context.invoked_subcommand} has none")
        given = {"root": root, **({"as_json": True} if as_json else {})}
        context.default_map = {"show": given, "rm": given}
        return
    wanted = [listing.condition(text) for text in conditions]
    order = listing.ordering(sort) if sort else None
    there = [listing.listed(run) for run in all_runs(root)]
    found = [row for row in there if all(one.holds(row) for one in wanted)]
    if order:
        found = listing.in_order(found, *order)
    asked = [one.name for one in wanted] + ([order[0]] if order else [])
    more = [name for name in dict.fromkeys(asked) if name not in _SHOWN]
    if as_json:
        echo_json([_plain(row, more) for row in found])
    elif not there:
        click.echo(f"{root}/ has no runs; `cnnlab train CONFIG` makes one", err=True)
    elif not found:
        told = " and ".join(conditions)
        click.echo(f"none of {len(there)} runs in {root}/ has {told}", err=True)
    else:
        _print(found, more)


runs.add_command(show)
runs.add_command(rm)


def _plain(row: Listed, more: list[str]) -> dict[str, Any]:
    """A run as JSON has it, with the columns `more` that were asked about."""
    from cnnlab.run_folder import listing

    record = row.record
    if record is None:
        return {"run": row.run.name, "status": "damaged", "error": row.fault}
    return {
        "run": row.run.name,
        "status": record.status,
        "config": record.config,
        "members": len(record.seeds),
        "epochs": record.epochs,
        "best_monitor": record.best_monitor,
        "best_value": record.best_value,
        "test_accuracy": row.accuracy,
        "parameters": record.parameters,
        "seconds": record.seconds,
        **{name: listing.value(row, name) for name in more},
    }


def _print(rows: list[Listed], more: list[str]) -> None:
    from cnnlab.cli import tables
    from cnnlab.cli.text import duration
    from cnnlab.run_folder import listing

    heads = ["run", "status", "config", "epochs", "best validation", "test accuracy"]
    lines = []
    for row in rows:
        record = row.record
        if record is None:
            lines.append([row.run.name, "damaged", row.fault])
            continue
        count, best = len(record.seeds), record.best_value
        lines.append(
            [
                row.run.name,
                record.status,
                f"{record.config} × {count}" if count else record.config,
                str(record.epochs),
                f"{record.best_monitor} {best:.4f}" if best is not None else "",
                f"{row.accuracy:.2%}" if row.accuracy is not None else "",
                f"{record.parameters:,}",
                duration(record.seconds),
                *(_cell(listing.value(row, name), name) for name in more),
            ]
        )
    tables.show([*heads, "parameters", "time", *more], lines, (0, 1, 2))


def _cell(found: Any, name: str) -> str:
    if found is None:
        return ""
    if isinstance(found, float):
        return f"{found:.2%}" if name.endswith("accuracy") else f"{found:.4f}"
    return str(found)
