"""A run folder → report.html and architecture.svg in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.page import page
from cnnlab.report import inside, sections
from cnnlab.report.diagnosis import Evidence, Finding, diagnose
from cnnlab.report.material import Figures, Material
from cnnlab.report.weights import moved


@dataclass(frozen=True)
class Report:
    """What was written, and what it says."""

    page: Path
    architecture: Path
    findings: list[Finding]


def write(material: Material, figures: Figures) -> Report:
    """Write the page of a run, and its drawing.

    Raises:
        CheckpointError: a checkpoint does not fit the spec.
        DiskError: the folder cannot be written.
    """
    findings = diagnosed(material)
    architecture, svg = sections.drawing(material)
    validated = material.spec.experiment.data.validation > 0
    body = [
        sections.result(material, figures),
        sections.diagnosis(findings, validated),
        sections.members(material, figures),
        architecture,
        sections.curves(material),
        sections.answers(material, figures),
        sections.inside(inside.figures_of_the_inside(material)),
        sections.config(material),
        sections.repeat(material),
    ]
    run = material.run
    drawn = run.write_architecture(svg)
    written = run.write_report(page(run.name, "\n".join(filter(None, body))))
    return Report(written, drawn, findings)


def diagnosed(material: Material) -> list[Finding]:
    """What stands out in a run; in an ensemble, what does so in each member."""
    if material.members:
        return [
            replace(found, title=f"Member {number}: {found.title}")
            for number, member in enumerate(material.members, 1)
            for found in diagnosed(member)
        ]
    inputs = material.spec.inputs
    evidence = Evidence(
        history=material.history,
        record=material.record,
        experiment=material.spec.experiment,
        image_shape=inputs.image_shape,
        classes=len(inputs.class_names),
        silent=inside.silent_maps(material),
        moved=moved(material),
    )
    return diagnose(evidence)
