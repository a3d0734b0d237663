"""Data classes for the contents of run.json and state.json, two files of a run folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cnnlab.run_folder.commit import StoredFile
from cnnlab.spec.training import Training


@dataclass(frozen=True)
class Resumption:
    """One resumption of a run: time, number of epochs before it, edits and command line."""

    at: str
    epochs: int
    edits: list[str]
    command: list[str]


@dataclass(frozen=True)
class Series:
    """Runs that one command trained with different seeds: their common key and all their seeds."""

    key: str
    seeds: list[int]


@dataclass
class Record:
    """The contents of run.json. Times are in UTC, as ISO 8601; epochs count from 1."""

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
    """The contents of state.json: the data with which training resumes after the last epoch.

    `training` is the section `training` of the experiment. `callbacks` maps the kind of each
    callback, such as early_stopping, to its counters and best values. `files` lists the checkpoints
    and history.csv of the last finished epoch.
    """

    record: Record
    training: Training | None = None
    callbacks: dict[str, dict[str, int | float | None]] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingProgress:
    """The contents of progress.json: how far a training is at the time `time`, in UTC.

    `epoch` counts from 1, and `step` counts the trained batches of this epoch. `figures` has the
    loss and the metrics over these batches; None stands for NaN and infinity. `seconds_left` and
    `images_per_second` are None while they are unknown. `history` is the number of finished epochs.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    figures: dict[str, float | None]
    images_per_second: float | None
    seconds_left: float | None
    history: int
    time: str


def utc_now() -> str:
    """Return the present time in UTC as text, in the form 2025-01-31T12:00:00Z."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
