"""`cnnlab report`: write a report about a run or a sweep as one HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_run_or_sweep
from cnnlab.cli.options import echo_json, json_option, moved_dataset_option, runs_option


@click.command(cls=SuggestingCommand, short_help="Write a run or a sweep on one HTML page.")
@click.argument("name", metavar="RUN|SWEEP", shell_complete=complete_run_or_sweep)
@moved_dataset_option
@runs_option
@json_option
def report(name: str, dataset: str | None, root: Path, as_json: bool) -> None:
    """Write a report about RUN into its folder: report.html and architecture.svg.

    The page has the result, a diagnosis in words, a drawing of the architecture, curves, the errors
    on the test set, the config, and the commands that repeat the run. The page opens offline in any
    browser. If the present weights of RUN are not evaluated yet, cnnlab evaluates RUN first.

    For a SWEEP, also while it runs, cnnlab writes report.html, trials.csv and pictures into its
    folder: the best trials, which settings matter, and accuracy against cost. This evaluates no
    test images.

    RUN or SWEEP is the path of a folder, its name, a unique prefix of its name, or `last`.
    """
    from dataclasses import asdict

    from cnnlab.api import actions
    from cnnlab.api.sweep_result import SweepResult
    from cnnlab.cli.sweep_output import print_sweep_report
    from cnnlab.errors import UsageError
    from cnnlab.progress_display import show_waiting

    run = actions.load_run_or_sweep(name, root)
    if isinstance(run, SweepResult):
        if dataset is not None:
            raise UsageError("--dataset: the report of a sweep reads no data; leave it out")
        print_sweep_report(run, as_json)
        return
    with show_waiting(f"writing the report of {run.name}"):
        written = run.report(dataset)
    if as_json:
        paths = {"report": str(written.page), "architecture": str(written.architecture)}
        findings = [asdict(finding) for finding in written.findings]
        echo_json({"run": str(run.path), **paths, "note": written.note, "diagnosis": findings})
        return
    if written.note:
        click.echo(f"note: {written.note}\n")
    for finding in written.findings:
        lines = [finding.title, f"  {finding.evidence}", f"  {finding.advice}"]
        click.echo("\n".join(line for line in lines if line.strip()))
    if written.findings:
        click.echo()
    click.echo(f"written: {written.page}\n         {written.architecture}")
