"""Format the trials of a sweep as CSV, and their values as short texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from cnnlab.spec.wording import format_short
from cnnlab.study.trial_table import Trial


def to_csv(trials: Sequence[Trial], parameters: Sequence[str], metric: str) -> str:
    """Format trials as CSV, with a row for each trial and a column for each parameter."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    counts = ("best_epoch", "epochs", "seconds", "parameters", "multiply_adds")
    writer.writerow(["trial", "status", *parameters, metric, *counts, "run", "reason"])
    for trial in trials:
        values = [format_cell(trial.values.get(name)) for name in parameters]
        figures = [trial.value, *(getattr(trial, name) for name in counts)]
        rest = [trial.run.path.as_posix(), trial.reason]
        writer.writerow([trial.number, trial.status, *values, *figures, *rest])
    return file.getvalue()


def format_cell(value: Any) -> str:
    """Format a value of a parameter as short YAML; a missing value is an empty text.

    >>> format_cell(0.00025), format_cell([{"conv": 8}, "flatten"]), format_cell(None)
    ('0.00025', '[conv: 8, flatten]', 'none')
    """
    if isinstance(value, list):
        return f"[{', '.join(_format_item(one) for one in value)}]"
    return format_short(value)


def _format_item(value: Any) -> str:
    if isinstance(value, Mapping) and len(value) == 1:  # a layer: its kind and its fields
        [(kind, fields)] = value.items()
        return f"{kind}: {format_cell(fields)}"
    return format_cell(value)
