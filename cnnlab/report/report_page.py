"""Write report.html and architecture.svg into a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.class_figures import are_uneven
from cnnlab.data.run_splits import describe_changed_images, read_split
from cnnlab.html_page import build_page
from cnnlab.report import page_sections
from cnnlab.report.diagnosis import diagnose
from cnnlab.report.evidence import Finding, MajorityComparison, RunEvidence
from cnnlab.report.network_inspection import (
    OpenedRun,
    count_silent_maps,
    measure_kernel_changes,
    open_run,
    view_inside,
)
from cnnlab.report.report_data import EvaluationFigures, ReportData


@dataclass(frozen=True)
class Report:
    """The paths of the report's files, its findings, and a note if the test images have changed."""

    page: Path
    architecture: Path
    findings: list[Finding]
    note: str


def write_report(data: ReportData, figures: EvaluationFigures) -> Report:
    """Write the report page and the architecture drawing of a run.

    Raises:
        CheckpointError: a checkpoint does not fit the spec.
        DataError: the test images are missing, or differ from the test images of the run.
        DiskError: cnnlab cannot write into the folder.
    """
    test = read_split(data.spec, "test")
    note = describe_changed_images(data.spec, "test", test)
    parts = data.members or (data,)
    insides = [open_run(part, test) for part in parts]
    accuracies = [row.accuracy for row in figures.members] or [figures.accuracy]
    majorities = [_compare_with_majority(figures, accuracy) for accuracy in accuracies]
    findings = list(map(diagnose_run, parts, insides, majorities))
    all_findings = _label_members(findings) if data.members else findings[0]
    architecture, svg = page_sections.format_architecture(data)
    validated = bool(data.spec.experiment.data.validation)
    body = [
        page_sections.format_result(data, figures, note),
        page_sections.format_diagnosis(all_findings, validated),
        page_sections.format_members(data, figures),
        architecture,
        page_sections.format_curves(data),
        page_sections.format_answers(data, figures, test),
        page_sections.format_inside(view_inside(insides[0])),
        page_sections.format_config(data),
        page_sections.format_commands(data),
    ]
    run = data.run
    drawing = run.write_architecture(svg)
    page = run.write_report(build_page(run.name, "\n".join(filter(None, body))))
    return Report(page, drawing, all_findings, note)


def _label_members(findings: Sequence[Sequence[Finding]]) -> list[Finding]:
    """Join the findings of all members of an ensemble; each title names the member's number."""
    return [
        replace(finding, title=f"Member {number}: {finding.title}")
        for number, member in enumerate(findings, 1)
        for finding in member
    ]


def _compare_with_majority(figures: EvaluationFigures, accuracy: float) -> MajorityComparison:
    majority = figures.majority
    is_uneven = are_uneven([row.support for row in figures.per_class])
    return MajorityComparison(accuracy, majority.name, majority.share, is_uneven)


def diagnose_run(
    data: ReportData, inside: OpenedRun, majority: MajorityComparison
) -> list[Finding]:
    """List the findings about a run that is not an ensemble."""
    inputs, untrained = data.spec.inputs, inside.untrained
    evidence = RunEvidence(
        history=data.history,
        record=data.record,
        experiment=data.spec.experiment,
        image_shape=inputs.image_shape,
        classes=len(inputs.class_names),
        silent=count_silent_maps(inside),
        moved=measure_kernel_changes(untrained.network, inside.trained.network)
        if untrained
        else [],
        majority=majority,
    )
    return diagnose(evidence)
