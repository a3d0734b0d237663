"""Print the results of sweeps for `cnnlab report` and `cnnlab runs show`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from cnnlab.cli.options import echo_json
from cnnlab.counts import format_count

if TYPE_CHECKING:
    from cnnlab.api.sweep_result import SweepResult
    from cnnlab.study.sweep_results import SweepResults
    from cnnlab.study.trial_table import Trial

_PIPE_WIDTH = 500  # characters; the columns of parameters have long names
_REPORTED, _SHOWN = 5, 20  # trials in the table of `report`, and of `runs show`


def print_sweep_report(sweep: SweepResult, as_json: bool) -> None:
    """Write the report of a sweep, and print its short answer."""
    from cnnlab.api.sweep_result import to_dict
    from cnnlab.study import sweep_text
    from cnnlab.study.sweep_page import write_sweep_report

    results = sweep.read()
    written = write_sweep_report(results)
    paths = [written.page, written.table, *written.pictures]
    if as_json:
        echo_json({**to_dict(results), "written": [str(path) for path in paths]})
        return
    if results.record.status == "running":
        click.echo("note: the sweep is running; this is the report of its trials until now\n")
    _print_trials(results, results.ranked_trials[:_REPORTED])
    for sentence in (
        sweep_text.write_best_sentence(results),
        sweep_text.get_confirmation_sentence(results),
        sweep_text.write_sentence_of_importance(results),
    ):
        if sentence:
            click.echo(sentence)
    click.echo(f"\nwritten: {paths[0]}")
    click.echo("".join(f"         {path}\n" for path in paths[1:]), nl=False)
    click.echo("".join(f"\nnext: {command}" for command in sweep_text.list_next_commands(results)))


def show_sweep(sweep: SweepResult, as_json: bool) -> None:
    """Print what a sweep searches, how far it is, its trials, and the next commands."""
    from dataclasses import asdict

    from cnnlab.api.sweep_result import trial_to_dict
    from cnnlab.cli.text import format_duration
    from cnnlab.study import sweep_text

    results = sweep.read()
    record, plain = results.record, results.record.sweep
    if as_json:
        trials = [trial_to_dict(trial) for trial in results.trials]
        echo_json({"run": str(sweep.path), **asdict(record), "trials": trials})
        return
    click.echo(f"{sweep.path}\n")
    ended = f" ({record.ended})" if record.ended else ""
    workers = format_count(record.workers, "worker")
    for word, text in (
        ("state", f"{sweep_text.write_status(results)}{ended}"),
        ("started", f"{record.started}, took {format_duration(record.seconds)}"),
        ("command", shlex.join(record.command)),
        ("config", record.config_path),
        ("searched", f"{sweep_text.describe_goal(results)}, by {plain.get('method')}"),
        ("engine", f"{record.engine}, {workers}, {record.device}"),
    ):
        click.echo(f"{word:<11} {text}".rstrip())
    for path, parameter in results.parameters.items():
        click.echo(f"{'':<11}   {path}: {sweep_text.describe_space(parameter)}")
    click.echo()
    rest = [trial for trial in results.trials if trial not in results.ranked_trials]
    trials_shown = [*results.ranked_trials, *rest][:_SHOWN]
    _print_trials(results, trials_shown)
    if len(results.trials) > _SHOWN:
        click.echo(f"{len(results.trials) - _SHOWN} more: cnnlab report {sweep.path} lists them")
    for trial in trials_shown:
        if trial.status == "failed":
            click.echo(f"trial {trial.number} failed: {trial.reason}")
    click.echo(sweep_text.write_best_sentence(results))
    if sentence := sweep_text.get_confirmation_sentence(results):
        click.echo(sentence)
    click.echo("".join(f"\nnext: {command}" for command in sweep_text.list_next_commands(results)))


def _print_trials(results: SweepResults, trials: list[Trial]) -> None:
    from cnnlab.cli.text import print_table
    from cnnlab.study.sweep_text import list_trials

    if trials:
        heads, rows = list_trials(results, trials)
        print_table(heads, rows, range(2 + len(results.parameters)), pipe_width=_PIPE_WIDTH)
