"""Read sweeps as rows of the table of runs; this module loads no heavy library."""

from __future__ import annotations

from pathlib import PurePath

from cnnlab.errors import RunError
from cnnlab.run_folder import SweepFolder
from cnnlab.run_folder.runs_table import SweepRow
from cnnlab.study.trial_table import Goal, rank_trials, read_trials


def read_sweep_row(folder: SweepFolder) -> SweepRow:
    """Read a sweep as a row of the table of runs; `fault` of the row describes damage."""
    try:
        record = folder.read_record()
        metric, bound = record.sweep.get("metric"), record.sweep.get("at_least")
        if not isinstance(metric, str) or not isinstance(bound, int | float | None):
            raise RunError(f"{folder.path / 'sweep.json'}: damaged: the metric is missing")
        goal = Goal(metric, bound)
        trials = read_trials(folder, goal)
    except RunError as error:
        return SweepRow(folder, fault=str(error))
    ranked, planned = rank_trials(trials, goal), record.sweep.get("trials")
    return SweepRow(
        folder,
        status=record.status,
        config=PurePath(record.config_path).stem,
        started=record.started,
        seconds=record.seconds,
        trained=sum(trial.status in ("finished", "pruned", "failed") for trial in trials),
        planned=max(planned if isinstance(planned, int) else 0, len(trials)),
        metric=goal.metric,
        value=ranked[0].value if ranked else None,
    )
