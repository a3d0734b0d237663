"""The contents of run.json and of state.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cnnlab.run_folder.commit import StoredFile
from cnnlab.spec.training import Training


@dataclass(frozen=True)
class Resumption:
    """One resumption of a run: its time, the epochs finished before it, its edits and command."""

    at: str
    epochs: int
    edits: list[str]
    command: list[str]


@dataclass(frozen=True)
class Series:
    """The series of a run over seeds: a key that is the same in all its runs, and their seeds."""

    key: str
    seeds: list[int]


@dataclass
class Record:
    """The contents of run.json. Times are ISO 8601 in UTC; epochs count from 1."""

    status: str = "running"  # running, finished, stopped, failed
    started: str = ""
    pid: int = 0  # the process that trains the run or trained it last; `host` is its machine
    host: str = ""
    finished: str | None = None
    seconds: float = 0.0
    ended: str = ""  # why training ended, in words
    seed: int = 0
    seeds: list[int] = field(default_factory=list)  # the seeds of an ensemble's members
    series: Series | None = None
    epochs: int = 0  # number of finished epochs; for an ensemble, the sum over all members
    best_epoch: int | None = None
    best_monitor: str | None = None
    best_value: float | None = None
    weights: str = ""  # the checkpoint that `evaluate` uses, and what it contains
    parameters: int = 0
    config: str = ""
    command: list[str] = field(default_factory=list)
    resumed: list[Resumption] = field(default_factory=list)
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    git_commit: str | None = None
    data: dict[str, Any] = field(default_factory=dict)  # name, images of each split, fingerprint


@dataclass
class State:
    """The contents of state.json: what the next epoch needs in addition to the spec.

    `training` is the training section of the config that ran. `callbacks` maps the kind of each of
    its callbacks to counters and best values. `files` lists the checkpoints and history.csv of the
    last finished epoch.
    """

    record: Record
    training: Training | None = None
    callbacks: dict[str, dict[str, int | float | None]] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)


def utc_now() -> str:
    """Return the present time in UTC as run.json has it: 2025-01-31T12:00:00Z."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
