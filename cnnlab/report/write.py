"""A run folder → report.html and architecture.svg in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.data.splits import split_images
from cnnlab.html_page import page
from cnnlab.report import sections
from cnnlab.report.diagnosis import Evidence, Finding, diagnose
from cnnlab.report.inside import Opened, figures_of_the_inside, opened_run, silent_maps
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
        DataError: the test images are missing, or are not those of the run.
        DiskError: the folder cannot be written.
    """
    test = split_images(material.spec, "test")
    parts = material.members or (material,)
    insides = [opened_run(part, test) for part in parts]
    findings = [diagnosed(part, inside) for part, inside in zip(parts, insides, strict=True)]
    told = _of_members(findings) if material.members else findings[0]
    architecture, svg = sections.drawing(material)
    validated = material.spec.experiment.data.validation > 0
    body = [
        sections.result(material, figures),
        sections.diagnosis(told, validated),
        sections.members(material, figures),
        architecture,
        sections.curves(material),
        sections.answers(material, figures),
        sections.inside(figures_of_the_inside(insides[0], parts[0].run.name)),
        sections.config(material),
        sections.repeat(material),
    ]
    run = material.run
    drawn = run.write_architecture(svg)
    written = run.write_report(page(run.name, "\n".join(filter(None, body))))
    return Report(written, drawn, told)


def _of_members(findings: Sequence[Sequence[Finding]]) -> list[Finding]:
    """What stands out in each member of an ensemble."""
    return [
        replace(found, title=f"Member {number}: {found.title}")
        for number, member in enumerate(findings, 1)
        for found in member
    ]


def diagnosed(material: Material, inside: Opened) -> list[Finding]:
    """What stands out in a run that is no ensemble."""
    inputs, untrained = material.spec.inputs, inside.untrained
    evidence = Evidence(
        history=material.history,
        record=material.record,
        experiment=material.spec.experiment,
        image_shape=inputs.image_shape,
        classes=len(inputs.class_names),
        silent=silent_maps(inside),
        moved=moved(untrained.network, inside.trained.network) if untrained else [],
    )
    return diagnose(evidence)
