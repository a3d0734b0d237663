"""Compare two runs in everything except times."""

from __future__ import annotations

import csv
import io
import zipfile


def members(path):
    """The contents of a checkpoint, without the times of the zip file."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "metadata.json"}


def history(run):
    """The rows of history.csv without times."""
    rows = csv.DictReader(io.StringIO((run.path / "history.csv").read_text()))
    return [{k: v for k, v in row.items() if "second" not in k} for row in rows]


def equal_runs(one, other):
    names = sorted(path.name for path in (one.path / "checkpoints").iterdir())
    assert names == sorted(path.name for path in (other.path / "checkpoints").iterdir())
    for name in names:
        pair = [members(run.path / "checkpoints" / name) for run in (one, other)]
        assert pair[0].keys() == pair[1].keys()
        assert [part for part in pair[0] if pair[0][part] != pair[1][part]] == [], name
    assert history(one) == history(other)
    first, second = one.read_record(), other.read_record()
    for field in ("status", "ended", "epochs", "best_epoch", "best_value", "weights", "data"):
        assert getattr(first, field) == getattr(second, field), field
