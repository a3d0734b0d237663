"""Build the evidence of a run, and diagnose it."""

from __future__ import annotations

from cnnlab.report.diagnosis import diagnose
from cnnlab.report.evidence import RunEvidence
from cnnlab.run_folder import Record
from cnnlab.spec.experiment import Experiment

CONV = {"conv": {"filters": 8, "kernel_size": 3}}
MODEL = [CONV, "flatten", {"dense": {"units": 10, "activation": "softmax"}}]


def experiment(model=MODEL, rate=0.01, **data):
    training = {"optimizer": {"adam": rate}}
    plain = {"name": "made", "data": data, "model": model, "training": training}
    return Experiment.model_validate(plain)


def find_findings(
    loss,
    validation=None,
    *,
    ended=None,
    rates=None,
    best=None,
    spec=None,
    columns=None,
    images=6000,
    **more,
):
    """The findings for these losses by epoch, validation losses and further columns if given.

    `images` is the number of training images, in batches of 32.
    """
    rates = rates or [0.01] * len(loss)
    rows = [
        {"epoch": epoch, "loss": one, "learning_rate": rate}
        for epoch, (one, rate) in enumerate(zip(loss, rates, strict=True), 1)
    ]
    for row, held_out in zip(rows, validation or [], strict=False):
        row["val_loss"] = held_out
    for name, values in (columns or {}).items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    ended = ended or f"all {len(loss)} epochs done"
    record = Record(best_epoch=best, ended=ended, data={"training_images": images})
    evidence = RunEvidence(rows, record, spec or experiment(), (28, 28, 1), 10, **more)
    return diagnose(evidence)


def titles(*arguments, **more):
    return [finding.title for finding in find_findings(*arguments, **more)]
