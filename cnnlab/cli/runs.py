"""`cnnlab runs`: the table of runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cnnlab.cli.options import echo_json, json_option, runs_option


@click.command()
@runs_option
@json_option
def runs(root: Path, as_json: bool) -> None:
    """List the runs, the newest last."""
    from cnnlab.runs import all_runs

    there = [_row(run) for run in all_runs(root)]
    if as_json:
        echo_json(there)
    elif not there:
        click.echo(f"{root}/ has no runs; `cnnlab train CONFIG` makes one", err=True)
    else:
        _print(there)


def _row(run: Any) -> dict[str, Any]:
    from cnnlab.errors import RunError

    try:
        record, accuracy = run.read_record(), _accuracy(run)
    except RunError as error:
        return {"run": run.name, "status": "damaged", "error": str(error)}
    return {
        "run": run.name,
        "status": record.status,
        "config": record.config,
        "members": len(record.seeds),
        "epochs": record.epochs,
        "best_monitor": record.best_monitor,
        "best_value": record.best_value,
        "test_accuracy": accuracy,
        "parameters": record.parameters,
        "seconds": record.seconds,
    }


def _accuracy(run: Any) -> float | None:
    from cnnlab.errors import RunError

    test = run.read_metrics()
    if test is None:
        return None
    accuracy = test.get("accuracy")
    if not isinstance(accuracy, int | float):
        raise RunError(f"{run.path}: its evaluation/metrics.json is damaged: no accuracy in it")
    return accuracy


def _print(rows: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from cnnlab.cli.text import duration

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("run", "status", "config"):
        table.add_column(heading, overflow="fold")
    for heading in ("epochs", "best validation", "test accuracy", "parameters", "time"):
        table.add_column(heading, justify="right")
    for row in rows:
        if row["status"] == "damaged":
            table.add_row(row["run"], "damaged", row["error"])
            continue
        best, accuracy = row["best_value"], row["test_accuracy"]
        table.add_row(
            row["run"],
            row["status"],
            f"{row['config']} × {row['members']}" if row["members"] else row["config"],
            str(row["epochs"]),
            f"{row['best_monitor']} {best:.4f}" if best is not None else "",
            f"{accuracy:.2%}" if accuracy is not None else "",
            f"{row['parameters']:,}",
            duration(row["seconds"]),
        )
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 200  # a pipe has no edge to wrap at
    console.print(table)
