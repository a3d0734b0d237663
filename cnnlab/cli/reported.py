"""What `cnnlab report` does and answers; `train --report` does it too."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from cnnlab.cli.options import echo_json
from cnnlab.run_folder import Run

if TYPE_CHECKING:
    from cnnlab.report.write import Report


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


def tell(run: Run, written: Report, as_json: bool) -> None:
    """Tell what stands out, and where the page is."""
    if as_json:
        paths = {"report": str(written.page), "architecture": str(written.architecture)}
        findings = [asdict(found) for found in written.findings]
        echo_json({"run": str(run.path), **paths, "diagnosis": findings})
        return
    for found in written.findings:
        lines = [found.title, f"  {found.evidence}", f"  {found.advice}"]
        click.echo("\n".join(line for line in lines if line.strip()))
    if written.findings:
        click.echo()
    click.echo(f"written: {written.page}\n         {written.architecture}")
