"""`cnnlab runs`: print the table of runs and sweeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnnlab.cli.command_classes import SuggestingGroup
from cnnlab.cli.options import echo_json, json_option, runs_option
from cnnlab.cli.runs_rm import rm
from cnnlab.cli.runs_show import show
from cnnlab.counts import format_count

if TYPE_CHECKING:
    from cnnlab.run_folder.runs_table import RunRow, SweepRow

_COLUMNS = ("name", "status", "config", "epochs", "accuracy", "parameters", "seconds")


@click.group(
    cls=SuggestingGroup,
    invoke_without_command=True,
    short_help="List, show and remove runs and sweeps.",
)
@click.option(
    "--sort",
    metavar="NAME",
    help="Sort by accuracy, loss, cross_entropy, val_accuracy, val_loss, val_cross_entropy, "
    "parameters, seconds, epochs, members, seed, started, name, config, dataset or status. With "
    "NAME, the highest value is last; with -NAME, the lowest value is last.",
)
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="List only runs that meet a condition, such as 'accuracy>0.99': a name from --sort, "
    "then > >= < <= = or !=, then a value. Put the condition in quotes. Can be repeated.",
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
    """List the runs and sweeps, the newest last. Subcommands show one, or remove some.

    A sweep has one line, with the number of its trials and the best value of its metric.

    \b
      cnnlab runs
      cnnlab runs --where 'accuracy>0.99' --where status=finished --sort accuracy
      cnnlab runs show last
      cnnlab runs rm mnist-001 mnist-002
    """
    from cnnlab.errors import UsageError
    from cnnlab.run_folder import RunFolder, list_runs_and_sweeps, runs_table
    from cnnlab.study.sweep_rows import read_sweep_row

    if context.invoked_subcommand:
        if sort or conditions:
            name = context.invoked_subcommand
            raise UsageError(f"--sort and --where belong to `runs`, not to `runs {name}`")
        arguments = {"root": root, **({"as_json": True} if as_json else {})}
        context.default_map = {"show": arguments, "rm": arguments}
        return
    selection = runs_table.parse_selection(conditions, sort)
    all_rows = [
        runs_table.read_row(one) if isinstance(one, RunFolder) else read_sweep_row(one)
        for one in list_runs_and_sweeps(root)
    ]
    rows = selection.select(all_rows)
    more = [name for name in selection.columns if name not in _COLUMNS]
    if as_json:
        echo_json([_to_dict(row, more) for row in rows])
    elif not all_rows:
        click.echo(f"{root}/ has no runs; `cnnlab train CONFIG` makes one", err=True)
    elif not rows:
        joined = " and ".join(conditions)
        click.echo(
            f"none of {format_count(len(all_rows), 'run')} in {root}/ has {joined}", err=True
        )
    else:
        _print_runs(rows, more)


runs.add_command(show)
runs.add_command(rm)


def _to_dict(row: RunRow | SweepRow, more: list[str]) -> dict[str, Any]:
    """Convert a row to a dictionary for JSON: the usual columns, and the columns in `more`."""
    from cnnlab.run_folder import runs_table

    if isinstance(row, runs_table.SweepRow):
        more_values = {name: runs_table.read_value(row, name) for name in more}
        return {**_sweep_to_dict(row), **more_values}
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
        **{name: runs_table.read_value(row, name) for name in more},
    }


def _sweep_to_dict(row: SweepRow) -> dict[str, Any]:
    if row.fault:
        return {"sweep": row.sweep.name, "status": "damaged", "error": row.fault}
    return {
        "sweep": row.sweep.name,
        "status": row.status,
        "config": row.config,
        "trials": row.trained,
        "planned_trials": row.planned,
        "best_monitor": row.metric,
        "best_value": row.value,
        "seconds": row.seconds,
    }


def _print_runs(rows: list[RunRow | SweepRow], more: list[str]) -> None:
    from cnnlab.cli import text

    heads = ["run", "status", "config", "epochs", "best validation", "test accuracy"]
    heads += ["parameters", "time", *more]
    lines = [_list_cells(row, more) for row in rows]
    whole = [line for line in lines if len(line) > 2]
    if all(line[0].rpartition("-")[0] == line[2] for line in whole):
        for line in [heads, *whole]:
            del line[2]  # leave out the config's name, since the run's name begins with it
        text.print_table(heads, lines, (0, 1))
    else:
        text.print_table(heads, lines, (0, 1, 2))
    for row in rows:
        if row.fault:
            click.echo(row.fault)


def _list_cells(row: RunRow | SweepRow, more: list[str]) -> list[str]:
    """List the cells of a row of the table; a damaged run or sweep has only two cells."""
    from cnnlab.cli.text import format_duration
    from cnnlab.run_folder import runs_table

    others = [_format_cell(runs_table.read_value(row, name), name) for name in more]
    if isinstance(row, runs_table.SweepRow):
        if row.fault:
            return [row.sweep.name, "damaged"]
        trials = f"{row.trained} of {format_count(row.planned, 'trial')}"
        value = f"{row.metric} {row.value:.4f}" if row.value is not None else ""
        cells = [row.sweep.name, row.status, row.config, trials, value, "", ""]
        return [*cells, format_duration(row.seconds), *others]
    record = row.record
    if record is None:
        return [row.run.name, "damaged"]
    count, best = len(record.seeds), record.best_value
    return [
        row.run.name,
        record.status,
        f"{record.config} × {count}" if count else record.config,
        str(record.epochs),
        f"{record.best_monitor} {best:.4f}" if best is not None else "",
        f"{row.accuracy:.2%}" if row.accuracy is not None else "",
        f"{record.parameters:,}",
        format_duration(record.seconds),
        *others,
    ]


def _format_cell(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2%}" if name.endswith("accuracy") else f"{value:.4f}"
    return str(value)
