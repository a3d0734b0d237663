"""`cnnlab report`: write a report about a run as one HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_run
from cnnlab.cli.options import echo_json, json_option, moved_dataset_option, runs_option


@click.command(cls=SuggestingCommand, short_help="Write a run on one HTML page.")
@click.argument("name", metavar="RUN", shell_complete=complete_run)
@moved_dataset_option
@runs_option
@json_option
def report(name: str, dataset: str | None, root: Path, as_json: bool) -> None:
    """Write a report about RUN into its folder: report.html and architecture.svg.

    The page has the result, a diagnosis in words, a drawing of the architecture, curves, the errors
    on the test set, the config, and the commands that repeat the run. The page opens offline in any
    browser. If the present weights of RUN are not evaluated yet, cnnlab evaluates RUN first.

    RUN is the path of a run folder, its name, a unique prefix of its name, or the word `last`.
    """
    from dataclasses import asdict

    from cnnlab.api import actions

    run = actions.load(name, root)
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
