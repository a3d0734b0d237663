"""Print the results of `cnnlab train` and `cnnlab resume`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cnnlab.cli.options import echo_json
from cnnlab.cli.text import format_duration, format_run_table

if TYPE_CHECKING:
    from cnnlab.api.run import Run
    from cnnlab.study.seed_training import TrainedRun

_MOST_FIGURES = 2  # so many in the line of the result, which then fits 80 columns


def print_run(run: Run, as_json: bool) -> None:
    """Print the result of a run, the checkpoint with the trained weights, and the next command."""
    from cnnlab.study.seed_training import read_trained_run

    record = run.record
    if record.seeds:
        _print_ensemble(run, as_json)
        return
    if as_json:
        last_epoch = run.history[-1]
        echo_json({"run": str(run.path), **asdict(record), "last_epoch": last_epoch})
        return
    figures = list(read_trained_run(run.folder).figures.items())[:_MOST_FIGURES]
    result = ", ".join(f"{name} {value:.4f}" for name, value in figures)
    epoch = f" (epoch {record.best_epoch})" if record.best_epoch else ""
    end = record.ended.split(":")[0]  # `early stopping: val_loss has not …`
    click.echo(f"{end} in {format_duration(record.seconds)}: {result}{epoch}")
    click.echo(f"kept {record.weights}")
    click.echo(f"next: cnnlab evaluate {shlex.quote(str(run.path))}")


def _print_ensemble(run: Run, as_json: bool) -> None:
    from cnnlab.study.seed_training import read_trained_run

    record = run.record
    members = [read_trained_run(member.folder) for member in run.members]
    if as_json:
        echo_json({"run": str(run.path), **asdict(record), **_to_dict("members", members)})
        return
    _print_table(members)
    click.echo(f"\n{record.ended} in {format_duration(record.seconds)}")
    click.echo(f"kept the trained weights of each member in {run.path}/members/")
    click.echo(f"next: cnnlab evaluate {shlex.quote(str(run.path))}")


def print_series(runs: Sequence[Run], as_json: bool, seconds: float | None = None) -> None:
    """Print the results of runs with different seeds, their spread, and the next command.

    `seconds` is the time of runs that trained at once; None means the sum of the times of the runs.
    """
    from cnnlab.study.seed_training import read_trained_run

    trained = [read_trained_run(run.folder) for run in runs]
    command = f"cnnlab evaluate {shlex.join(str(run.path) for run in runs)}"
    if as_json:
        echo_json({**_to_dict("runs", trained), "next": command})
        return
    _print_table(trained)
    if seconds is None:
        seconds = sum(one.record.seconds for one in trained)
    click.echo(f"\nall {len(runs)} runs trained in {format_duration(seconds)}")
    click.echo("kept the trained weights of each run in its folder")
    click.echo(f"next: {command}")


def print_reports(runs: Sequence[Run], as_json: bool) -> None:
    """Write the report of each run; print the path of the report, except in JSON output."""
    for run in runs:
        report = run.report()
        if not as_json:
            click.echo(f"written: {report.page}")


def _to_dict(name: str, runs: Sequence[TrainedRun]) -> dict[str, Any]:
    """Convert runs and the spread of their results to a dictionary for JSON."""
    from cnnlab.study.seed_training import compute_spreads

    rows = [{"run": str(r.run.path), **asdict(r.record), "figures": r.figures} for r in runs]
    spread = {key: asdict(one) for key, one in compute_spreads(runs).items()}
    return {name: rows, "spread": spread}


def _print_table(runs: Sequence[TrainedRun]) -> None:
    from cnnlab.study.seed_training import compute_spreads

    rows = [
        {
            "run": str(one.run.path),
            "seed": one.record.seed,
            "epochs": one.record.epochs,
            "best": one.record.best_epoch or "",
            **one.figures,
        }
        for one in runs
    ]
    forms = dict.fromkeys(runs[0].figures, ".4f")
    click.echo("\n".join(format_run_table(rows, compute_spreads(runs), forms)))
