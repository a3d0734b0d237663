"""Diagnose a run from its history and its metrics alone, without loading its network."""

from __future__ import annotations

from cnnlab.report.diagnosis import diagnose
from cnnlab.report.evidence import Finding, RunEvidence
from cnnlab.run_folder import RunFolder


def diagnose_history(run: RunFolder) -> list[Finding]:
    """List the findings about a run that has ended; [] before the first epoch, or for an ensemble.

    The report of a run has more findings, because it also looks at feature maps and kernels.
    """
    record = run.read_record()
    if record.status == "running" or record.seeds or not record.epochs:
        return []
    history, spec = run.read_history(), run.read_spec()
    inputs = spec.inputs
    evidence = RunEvidence(
        history=history,
        record=record,
        experiment=spec.experiment,
        image_shape=inputs.image_shape,
        classes=len(inputs.class_names),
    )
    return diagnose(evidence)
