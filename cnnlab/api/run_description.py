"""Describe runs and sweeps as plain data, for `cnnlab runs --json` and for the page of the lab."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.errors import RunError

if TYPE_CHECKING:
    from cnnlab.api.run import Run
    from cnnlab.run_folder import RunFolder, SweepFolder


def list_run_rows(folder: str | Path = "runs") -> list[dict[str, Any]]:
    """List the runs and sweeps in a folder as plain data, the newest first.

    Each row has name, kind (run, ensemble or sweep), status, started, dataset, epochs, accuracy
    (on the test split, or None), val_accuracy and parameters. A damaged run or sweep has `fault`.
    """
    from cnnlab.run_folder import RunFolder, list_runs_and_sweeps

    return [
        _describe_row(one) if isinstance(one, RunFolder) else _describe_sweep_row(one)
        for one in reversed(list_runs_and_sweeps(Path(folder)))
    ]


def _describe_row(run: RunFolder) -> dict[str, Any]:
    from cnnlab.run_folder.runs_table import read_row, read_value

    row = read_row(run)
    record = row.record
    if record is None:
        return {"name": run.name, "kind": "run", "status": "damaged", "fault": row.fault}
    return {
        "name": run.name,
        "kind": "ensemble" if record.seeds else "run",
        "status": record.status,
        "started": record.started,
        "dataset": record.data.get("dataset", ""),
        "epochs": record.epochs,
        "accuracy": row.accuracy,
        "val_accuracy": read_value(row, "val_accuracy"),
        "parameters": record.parameters,
        "fault": "",
    }


def _describe_sweep_row(sweep: SweepFolder) -> dict[str, Any]:
    from cnnlab.study.sweep_rows import read_sweep_row

    row = read_sweep_row(sweep)
    is_accuracy = row.metric == "val_accuracy"
    return {
        "name": sweep.name,
        "kind": "sweep",
        "status": row.status,
        "started": row.started,
        "dataset": "",
        "epochs": 0,
        "accuracy": None,
        "val_accuracy": row.value if is_accuracy else None,
        "parameters": 0,
        "trials": row.trained,
        "planned_trials": row.planned,
        "fault": row.fault,
    }


def overview_to_dict(run: Run) -> dict[str, Any]:
    """Convert the overview of a run to the dictionary that `cnnlab runs show --json` prints."""
    plain = asdict(run.overview())
    return {"run": str(run.path), **plain.pop("record"), **plain}


def describe_run(run: Run) -> dict[str, Any]:
    """Describe a run with its config, its history and its diagnosis, as plain data.

    `config` is the text of the config, and `config_name` its name. `members` lists the names of the
    members of an ensemble whose training has begun. Each entry of `diagnosis` is a finding in
    sentences.
    """
    from cnnlab.report.history_diagnosis import diagnose_history

    findings = diagnose_history(run.folder)
    overview = overview_to_dict(run)
    members = sorted(run.folder.list_started_members(), key=lambda one: int(one.path.name))
    has_history = bool(overview["epochs"]) and not overview["seeds"]
    config = ""
    with suppress(RunError):  # the network and its results are there without it
        config = run.config
    return {
        "name": run.name,
        **overview,
        "config_name": overview["config"],
        "config": config,
        "history": run.history if has_history else [],
        "members": [member.name for member in members],
        "diagnosis": [" ".join(filter(None, vars(one).values())) for one in findings],
        "findings": [asdict(one) for one in findings],
    }
