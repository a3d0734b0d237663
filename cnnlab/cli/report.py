"""`cnnlab report`: a run on one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnlab.cli.options import echo_json, json_option, runs_option

if TYPE_CHECKING:
    from cnnlab.report.write import Report
    from cnnlab.runs import Run


@click.command()
@click.argument("name", metavar="RUN")
@runs_option
@json_option
def report(name: str, root: Path, as_json: bool) -> None:
    """Write RUN on one page: report.html, and architecture.svg, in its folder.

    The page has the result, a diagnosis in words, the architecture as a drawing, curves, what the
    test set shows, the config, and how to repeat it. It opens anywhere, without a network. A run
    that was not evaluated yet is evaluated first.

    RUN is a run folder, its name or a unique prefix of it, or the word `last`.
    """
    from cnnlab.runs import find

    run = find(name, root)
    written = reported(run)
    if as_json:
        echo_json(as_plain(run, written))
    else:
        tell(written)


def reported(run: Run) -> Report:
    """Write the report of a run; what its folder lacks is told before TensorFlow is imported."""
    from cnnlab.cli.chatter import import_tensorflow
    from cnnlab.report import material
    from cnnlab.study import networks

    network, found = networks.of_run(run), material.read(run)
    figures = material.figures(run)
    import_tensorflow()
    from cnnlab import evaluation
    from cnnlab.report.write import write
    from cnnlab.study import together

    if figures is None:
        answers, measured = together.evaluate([network])
        evaluation.write(run, answers, measured)
        figures = material.figures(run)
    assert figures is not None  # they were written just now
    return write(found, figures)


def as_plain(run: Run, written: Report) -> dict[str, object]:
    """What was written, as plain data for JSON."""
    from dataclasses import asdict

    paths = {"report": str(written.page), "architecture": str(written.architecture)}
    return {"run": str(run.path), **paths, "diagnosis": list(map(asdict, written.findings))}


def tell(written: Report) -> None:
    """Print what stands out, and where the page is."""
    for found in written.findings:
        click.echo(f"{found.title}\n  {found.evidence}")
        if found.advice:
            click.echo(f"  {found.advice}")
    if written.findings:
        click.echo()
    click.echo(f"written: {written.page}\n         {written.architecture}")
