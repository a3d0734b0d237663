"""What `cnnlab train` answers: one run, an ensemble, or runs over seeds."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from cnnlab.cli.options import echo_json
from cnnlab.cli.reported import reported
from cnnlab.cli.text import duration, table_of_runs
from cnnlab.run_folder import Record, Run
from cnnlab.study import seeds
from cnnlab.study.seeds import Row

_HIDDEN = ("epoch", "learning_rate", "seconds", "images_per_second")


def tell_run(run: Run, record: Record, as_json: bool) -> None:
    """Tell what became of a run, or of an ensemble."""
    if record.seeds:
        _tell_ensemble(run, record, as_json)
    elif as_json:
        echo_json({"run": str(run.path), **asdict(record), "last_epoch": run.read_history()[-1]})
    else:
        rows = run.read_history()
        best = rows[(record.best_epoch or len(rows)) - 1]
        which = "best epoch" if record.best_epoch else "last epoch"
        shown = [f"{name} {value:.4f}" for name, value in best.items() if name not in _HIDDEN]
        click.echo(f"{record.ended}, {duration(record.seconds)}")
        click.echo(f"{which} {int(best['epoch'])}: {', '.join(shown)}")
        click.echo(f"{run.path} has the checkpoints, history.csv, curves.png and summary.txt")
        click.echo(f"`evaluate` takes {record.weights}")
        click.echo(f"next: cnnlab evaluate {shlex.quote(str(run.path))}")


def _tell_ensemble(run: Run, record: Record, as_json: bool) -> None:
    members = [run.member(number) for number in range(1, len(record.seeds) + 1)]
    rows = [seeds.row(member, member.read_record()) for member in members]
    if as_json:
        echo_json({"run": str(run.path), **asdict(record), **_plain("members", rows)})
        return
    click.echo(f"{record.ended}, {duration(record.seconds)}\n")
    _table(rows)
    click.echo(f"\n{run.path}/members/ has each with its checkpoints, history.csv and curves.png")
    click.echo(f"next: cnnlab evaluate {shlex.quote(str(run.path))}")


def tell_series(rows: Sequence[Row], as_json: bool) -> None:
    """Tell what became of runs over seeds: each, their spread, and how to measure them."""
    following = f"cnnlab evaluate {shlex.join(str(row.run.path) for row in rows)}"
    if as_json:
        echo_json({**_plain("runs", rows), "next": following})
        return
    seconds = sum(row.record.seconds for row in rows)
    click.echo(f"all {len(rows)} runs trained, {duration(seconds)}\n")
    _table(rows)
    click.echo(f"\nnext: {following}")


def tell_reports(runs: Sequence[Run], as_json: bool) -> None:
    """Write the report of each run, and tell where it is; in JSON, the answer was given before."""
    for run in runs:
        written = reported(run)
        if not as_json:
            click.echo(f"written: {written.page}")


def tell_how_to_report(runs: Sequence[Run]) -> None:
    """Name the command that puts a run on one page."""
    click.echo(f"on one page: cnnlab report {shlex.quote(str(runs[0].path))}")


def _plain(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Runs and the spread of their figures as plain data, the runs under `name`."""
    runs = [
        {"run": str(row.run.path), **asdict(row.record), "figures": row.figures} for row in rows
    ]
    return {name: runs, "spread": {key: asdict(s) for key, s in seeds.spreads(rows).items()}}


def _table(rows: Sequence[Row]) -> None:
    shown = [
        {
            "run": str(row.run.path),
            "seed": row.record.seed,
            "epochs": row.record.epochs,
            "best": row.record.best_epoch or "",
            **row.figures,
        }
        for row in rows
    ]
    forms = dict.fromkeys(rows[0].figures, ".4f")
    click.echo("\n".join(table_of_runs(shown, seeds.spreads(rows), forms)))
