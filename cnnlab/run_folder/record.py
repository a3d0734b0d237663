"""What a run says of itself, in run.json, and what its last finished epoch left, in state.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cnnlab.run_folder.commit import StoredFile
from cnnlab.spec.training import Training


@dataclass(frozen=True)
class Resumption:
    """When a run was taken up again, after how many epochs, and with which edits."""

    at: str
    epochs: int
    edits: list[str]
    command: list[str]


@dataclass(frozen=True)
class Series:
    """The runs over seeds that a run is one of: their seeds, and a word that only they have."""

    key: str
    seeds: list[int]


@dataclass
class Record:
    """What run.json says; times are ISO 8601 in UTC, epochs count from 1."""

    status: str = "running"  # running, finished, stopped, failed
    started: str = ""
    pid: int = 0  # the process that writes it, or was the last to do so, and its machine
    host: str = ""
    finished: str | None = None
    seconds: float = 0.0
    ended: str = ""  # why training ended, in words
    seed: int = 0
    seeds: list[int] = field(default_factory=list)  # of an ensemble: those of its members
    series: Series | None = None
    epochs: int = 0  # finished so far; of an ensemble, those of all members together
    best_epoch: int | None = None
    best_monitor: str | None = None
    best_value: float | None = None
    weights: str = ""  # the checkpoint that `trained_checkpoint` takes, and what is in it
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
    """An epoch that was finished: all that the next one follows from, beside the spec.

    `callbacks` has the counters and best values of each callback by its kind, as they were counted
    in `training`; `files` are what was written with it: checkpoints and history.csv.
    """

    record: Record
    training: Training | None = None
    callbacks: dict[str, dict[str, int | float | None]] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)


def utc_now() -> str:
    """The time as run.json has it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
