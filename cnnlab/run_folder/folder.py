"""The class RunFolder, which reads and writes the files of a run and defines their names."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cnnlab.errors import RunError
from cnnlab.run_folder import commit, lock, safe_reading
from cnnlab.run_folder.atomic_write import replace_file, report_disk_errors, write_atomically
from cnnlab.run_folder.locked_folder import LockedFolder
from cnnlab.run_folder.record import Record, State, TrainingProgress
from cnnlab.run_folder.run_names import MEMBERS, is_member, name_run
from cnnlab.run_folder.safe_reading import Predictions
from cnnlab.run_folder.serialization import (
    MAX_SPEC_BYTES,
    format_spec,
    parse_spec,
    replace_non_finite,
    to_csv,
    to_json,
)
from cnnlab.spec.experiment import Spec
from cnnlab.spec.wording import to_one_line

_RECORD, _METRICS = TypeAdapter(Record), TypeAdapter(dict[str, Any])
_STATE, _PROGRESS = TypeAdapter(State), TypeAdapter(TrainingProgress)
STATE_NAME, _EVALUATED = "state.json", "trained_epochs"
_PROGRESS_NAME = "progress.json"
_COMMITTED = re.compile(r"history\.csv|checkpoints/(best|averaged|last)\.keras")


class RunFolder(LockedFolder):
    """Reads and writes the files of one run. A reader never gets a file that is half written."""

    @property
    def name(self) -> str:
        """The name: `small-001`, or in an ensemble or a sweep `small-001/members/2`."""
        return name_run(self.path)

    @property
    def ensemble(self) -> RunFolder | None:
        """The run folder of the ensemble that this run belongs to; None without an ensemble."""
        if not is_member(self.path):
            return None
        return RunFolder(Path(os.path.relpath(Path(os.path.abspath(self.path)).parents[1])))

    def member_run(self, number: int) -> RunFolder:
        """Return the run folder of one member of an ensemble; `number` counts from 1."""
        return RunFolder(self.path / MEMBERS / str(number))

    @property
    def tensorboard_folder(self) -> Path:
        return self.path / "tensorboard"

    def is_started(self) -> bool:
        """Return whether the run has a file spec.json, without which training cannot resume."""
        return (self.path / "spec.json").is_file()

    def require_started(self) -> None:
        """Raise RunError if the run has no spec.json and no weights, since training never began."""
        if self.is_started() or self.checkpoint_path("initial").parent.exists():
            return
        record = self.read_record()
        if record.status == "running":
            raise RunError(f"{self.path}: the training of this run has not begun yet")
        message = f"{self.path}: the run ended before training began, so it cannot resume"
        raise RunError(f"{message}; train it again: {shlex.join(record.command)}")

    def list_started_members(self) -> list[RunFolder]:
        """List the members of an ensemble that have a file spec.json; [] for an ordinary run."""
        folders = sorted((self.path / MEMBERS).glob("*/spec.json"))
        return [RunFolder(path.parent) for path in folders]

    def has_members(self) -> bool:
        """Return whether the run is an ensemble with a folder for its members."""
        return (self.path / MEMBERS).is_dir()

    def write_config(self, text: str) -> None:
        self.write_file("config.yaml", text.encode())

    def read_config(self) -> str:
        """Read the text of config.yaml; raises RunError if the file is missing."""
        return safe_reading.read_bytes(self.path, "config.yaml").decode(errors="replace")

    def write_spec(self, spec: Spec) -> None:
        """Write spec.json: the experiment with edits and defaults, and facts about the data."""
        self.write_file("spec.json", format_spec(spec).encode())

    def read_spec(self) -> Spec:
        """Read spec.json; raises RunError if the file is missing or damaged."""
        return parse_spec(
            safe_reading.read_bytes(self.path, "spec.json", MAX_SPEC_BYTES),
            str(self.path / "spec.json"),
        )

    def write_record(self, record: Record) -> None:
        self.write_file("run.json", to_json(asdict(record)))

    def read_record(self) -> Record:
        """Read run.json. Change a status `running` to `killed` if no process trains the run.

        Raises:
            RunError: the file is missing or damaged.
        """
        record = safe_reading.read_json(_RECORD, self.path, "run.json")
        if record.status == "running" and not self.is_in_use():
            record.status, record.ended = "killed", "the process ended without a reason in run.json"
        return record

    def commit_epoch(
        self, state: State, history: Sequence[Mapping[str, float]], checkpoints: Mapping[str, bytes]
    ) -> None:
        """Save the state, the history and the checkpoints after an epoch: all of them or none.

        `checkpoints` maps names to contents. If a write fails or the process is killed, the files
        of the previous epoch stay valid. The function updates `state.files`.
        """
        files = {f"checkpoints/{name}.keras": data for name, data in checkpoints.items()}
        files["history.csv"] = to_csv(history)
        plain = _STATE.dump_python(state, mode="json", exclude={"files"})
        state.files = commit.commit(self.path, STATE_NAME, plain, files, state.files)

    def recover(self) -> State | None:
        """Repair the folder after a killed process; return the state of the last finished epoch.

        Returns None if no epoch was finished. The calling process must have locked the run.

        Raises:
            RunError: a file differs from the file that cnnlab wrote.
        """
        self.remove_progress()
        state = self.read_state()
        if state and (strange := [name for name in state.files if not _COMMITTED.fullmatch(name)]):
            fault = f"damaged: {to_one_line(strange[0])} is not a file that an epoch writes"
            raise RunError(f"{self.path / STATE_NAME}: {fault}")
        commit.recover(self.path, state.files if state else {})
        if state is None:
            return None
        if fault := commit.find_damage(self.path, STATE_NAME, state.files):
            raise RunError(f"{self.path}: {fault}")
        return state

    def require_recorded(self, *names: str) -> None:
        """Raise RunError if a file differs from the size or hash that state.json has for it.

        The function checks the files in `names`. If `names` is empty, it checks all files that
        state.json lists. While a process trains the run, the function checks nothing.
        """
        state = self.read_state()
        if state is None or self.is_in_use():
            return
        named = {name: one for name, one in state.files.items() if not names or name in names}
        if fault := commit.find_damage(self.path, STATE_NAME, named):
            raise RunError(f"{self.path}: {fault}")

    def read_state(self) -> State | None:
        """Read state.json, or return None before the first epoch; raises RunError if damaged."""
        exists = (self.path / STATE_NAME).exists()
        return safe_reading.read_json(_STATE, self.path, STATE_NAME) if exists else None

    def write_progress(self, progress: TrainingProgress) -> None:
        """Write progress.json, without waiting for the disk; a failure has no effect."""
        with suppress(OSError):  # training goes on, and fails when it saves the epoch
            replace_file(self.path / _PROGRESS_NAME, to_json(replace_non_finite(vars(progress))))

    def remove_progress(self) -> None:
        """Remove progress.json, because the training has ended."""
        with suppress(OSError):
            (self.path / _PROGRESS_NAME).unlink()

    def read_progress(self) -> TrainingProgress | None:
        """Read how far a training is; return None if no process trains the run at this moment.

        The file of a process that was killed remains, so that only the lock says the truth.
        """
        if not os.path.exists(self.path / _PROGRESS_NAME) or not self.is_in_use():
            return None
        with suppress(RunError):  # the training may end at this moment
            return safe_reading.read_json(_PROGRESS, self.path, _PROGRESS_NAME)
        return None

    def is_in_use(self) -> bool:
        """Return whether a process writes the run, or the ensemble that it belongs to."""
        return lock.is_locked((self.ensemble or self).path)

    def write_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Write history.csv, which has one row for each epoch."""
        self.write_file("history.csv", to_csv(rows))

    def read_history(self) -> list[dict[str, float]]:
        """Read history.csv as a dict for each epoch; raises RunError if damaged or changed."""
        rows = safe_reading.read_number_table(self.path, "history.csv")
        self.require_recorded("history.csv")
        return rows

    def write_summary(self, text: str) -> None:
        self.write_file("summary.txt", text.encode())

    def write_curves(self, png: bytes) -> None:
        self.write_file("curves.png", png)

    def write_augmentation(self, png: bytes) -> None:
        self.write_file("augmentation.png", png)

    def checkpoint_path(self, name: str) -> Path:
        """Return the path of a checkpoint; `name` is initial, best, averaged or last."""
        return self.path / "checkpoints" / f"{name}.keras"

    def write_checkpoint(self, name: str, data: bytes) -> None:
        self.write_file(f"checkpoints/{name}.keras", data)

    def evaluation_folder(self, split: str) -> Path:
        return self.path / _evaluation_path(split)

    def write_evaluation(self, split: str, name: str, data: bytes) -> None:
        self.write_file(f"{_evaluation_path(split)}/{name}", data)

    def write_metrics(self, split: str, metrics: Mapping[str, Any]) -> None:
        """Write metrics.json with the metrics of an evaluation and the number of trained epochs.

        With that number, a reader can see whether the run was trained further after the evaluation.
        """
        content = dict(metrics)
        with suppress(RunError):  # an ensemble's run.json may be damaged
            content[_EVALUATED] = self.read_record().epochs
        self.write_evaluation(split, "metrics.json", to_json(content))

    def read_metrics(self, split: str = "test") -> dict[str, Any] | None:
        """Read metrics.json of a split; None if the present weights have no evaluation there.

        Raises:
            RunError: metrics.json or run.json is damaged.
        """
        name = f"{_evaluation_path(split)}/metrics.json"
        if not (self.path / name).exists():
            return None
        metrics = safe_reading.read_json(_METRICS, self.path, name)
        return metrics if metrics.pop(_EVALUATED, None) == self.read_record().epochs else None

    def list_evaluated_splits(self) -> list[str]:
        """List the splits that have an evaluation of the present weights, the test split first."""
        others = (self.path / _evaluation_path("test")).glob("*/metrics.json")
        splits = ["test", *sorted(path.parent.name for path in others)]
        return [split for split in splits if self.read_metrics(split) is not None]

    def list_files(self) -> dict[str, int]:
        """Return a dictionary from the path of each file in the folder to its size in bytes."""
        paths = sorted(path for path in self.path.rglob("*") if path.is_file())
        return {path.relative_to(self.path).as_posix(): path.stat().st_size for path in paths}

    def read_predictions(self, split: str = "test") -> Predictions | None:
        """Read predictions.csv of a split; return None if the run is not evaluated on the split."""
        name = f"{_evaluation_path(split)}/predictions.csv"
        if not (self.path / name).exists():
            return None
        return safe_reading.read_predictions(self.path, name)

    def write_architecture(self, svg: str) -> Path:
        return self.write_file("architecture.svg", svg.encode())

    def write_report(self, html: str) -> Path:
        return self.write_file("report.html", html.encode())

    @property
    def explanation_folder(self) -> Path:
        return self.path / "explain"

    def write_explanation(self, name: str, png: bytes) -> None:
        """Write a PNG into the folder explain/ of the run; `name` may include a subfolder."""
        self.write_file(f"explain/{name}", png)

    def write_file(self, name: str, data: bytes) -> Path:
        """Write a file of the run; `name` is its path in the folder. Raises DiskError."""
        path = self.path / name
        with report_disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)
        return path


def _evaluation_path(split: str) -> str:
    return "evaluation" if split == "test" else f"evaluation/{split}"
