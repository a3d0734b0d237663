"""The class SweepFolder, which reads and writes the files of a sweep and defines their names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cnnlab.errors import RunError
from cnnlab.run_folder import lock, safe_reading
from cnnlab.run_folder.atomic_write import report_disk_errors, write_atomically
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.locked_folder import LockedFolder
from cnnlab.run_folder.run_names import BASE, CONFIRMATION, TRIALS
from cnnlab.run_folder.serialization import to_json

_SWEEP_NAME = "sweep.json"
_DEPTH = 6  # folders from a sweep to confirm/007/5/members/2/checkpoints


@dataclass
class SweepRecord:
    """The contents of sweep.json: what the sweep searches, with what, and how far it is.

    `sweep` is the content of the sweep file with all edits and default values, and `config` is the
    text of the config, with the edits of `--set` in place. `workers` counts the processes, and
    `threads` the threads of TensorFlow in each of them; if `threads` is None, TensorFlow chooses.
    `confirmation` has the results of the best trials over several seeds. Times are in UTC, as
    ISO 8601.
    """

    sweep: dict[str, Any]
    config: str
    config_path: str
    status: str = "running"  # running, finished, stopped, failed
    started: str = ""
    pid: int = 0
    host: str = ""
    finished: str | None = None
    seconds: float = 0.0
    ended: str = ""
    engine: str = "processes"  # processes, ray
    workers: int = 1
    threads: int | None = None
    device: str = "auto"
    command: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    confirmation: dict[str, Any] | None = None


@dataclass
class TrialRecord:
    """One trial in trials.json. `values` maps the path of each parameter to its plain value.

    `number` counts from 1. `reason` says why a trial was pruned or failed.
    """

    number: int
    values: dict[str, Any]
    status: str = "waiting"  # waiting, running, finished, pruned, failed
    reason: str = ""


_RECORD = TypeAdapter(SweepRecord)
_TRIALS = TypeAdapter(list[TrialRecord])


class SweepFolder(LockedFolder):
    """Reads and writes the files of one sweep. A reader never gets a file that is half written."""

    @property
    def name(self) -> str:
        """The name of the sweep, such as `kernels-001`."""
        return self.path.resolve().name

    @property
    def journal_path(self) -> Path:
        """The file in which Optuna records the study."""
        return self.path / "study.journal"

    def repair_journal(self) -> None:
        """Remove the end of the journal's last line if a killed process wrote it incompletely.

        Raises:
            RunError: the sweep has trials, but no journal.
        """
        if not self.journal_path.exists():
            if (self.path / "trials.json").exists():
                message = "missing: cnnlab cannot go on without the results of the trials"
                raise RunError(f"{self.journal_path}: {message}")
            return
        with report_disk_errors(self.journal_path), self.journal_path.open("r+b") as file:
            data = file.read()
            if data and not data.endswith(b"\n"):
                file.truncate(data.rfind(b"\n") + 1)

    def write_sweep_file(self, text: str) -> None:
        """Write sweep.yaml, the text of the sweep file as the user wrote it."""
        self._write("sweep.yaml", text.encode())

    def write_record(self, record: SweepRecord) -> None:
        self._write(_SWEEP_NAME, to_json(asdict(record)))

    def read_record(self) -> SweepRecord:
        """Read sweep.json. Change a status `running` to `killed` if no process holds the lock.

        Raises:
            RunError: the file is missing or damaged.
        """
        record = safe_reading.read_json(_RECORD, self.path, _SWEEP_NAME)
        if record.status == "running" and not lock.is_locked(self.path):
            record.status = "killed"
            record.ended = "the process ended without a reason in sweep.json"
        return record

    def write_trials(self, trials: Sequence[TrialRecord]) -> None:
        """Write trials.json, which lists the trials with their values in the order of numbers."""
        self._write("trials.json", to_json([asdict(trial) for trial in trials]))

    def read_trials(self) -> list[TrialRecord]:
        """Read trials.json; return [] before the first trial; raises RunError if damaged."""
        if not (self.path / "trials.json").exists():
            return []
        return safe_reading.read_json(_TRIALS, self.path, "trials.json")

    def trial_run(self, number: int) -> RunFolder:
        """Return the run folder of a trial; `number` counts from 1."""
        return RunFolder(self.path / TRIALS / f"{number:03d}")

    def confirmation_run(self, trial: int | None, seed: int) -> RunFolder:
        """Return the run of a trial with another seed; the trial None is the base config."""
        name = BASE if trial is None else f"{trial:03d}"
        return RunFolder(self.path / CONFIRMATION / name / str(seed))

    def write_file(self, name: str, data: bytes) -> Path:
        """Write a result such as trials.csv, best.yaml, report.html or a picture."""
        return self._write(name, data)

    def _write(self, name: str, data: bytes) -> Path:
        path = self.path / name
        with report_disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)
        return path


def is_sweep_folder(path: Path) -> bool:
    """Return whether a path is the folder of a sweep."""
    return os.path.isfile(path / _SWEEP_NAME)  # False for an impossible path too


def find_sweep_around(path: Path) -> SweepFolder | None:
    """Return the sweep whose folder contains `path`, such as a trial; None without a sweep."""
    for folder in Path(os.path.abspath(path)).parents[:_DEPTH]:
        if is_sweep_folder(folder):
            return SweepFolder(Path(os.path.relpath(folder)))
    return None
