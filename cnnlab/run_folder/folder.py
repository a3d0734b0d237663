"""The run folder: read and written; its file names are known only here."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cnnlab.errors import InUseError, RunError
from cnnlab.run_folder import commit, lock, safe_reading
from cnnlab.run_folder.atomic_write import report_disk_errors, write_atomically
from cnnlab.run_folder.record import Record, State
from cnnlab.run_folder.safe_reading import Predictions
from cnnlab.run_folder.serialization import MAX_SPEC_BYTES, format_spec, parse_spec, to_csv, to_json
from cnnlab.spec.experiment import Spec
from cnnlab.spec.words import one_line

MEMBERS = "members"
_RECORD, _METRICS = TypeAdapter(Record), TypeAdapter(dict[str, Any])
_STATE = TypeAdapter(State)
_STATE_NAME, _EVALUATED = "state.json", "trained_epochs"
_COMMITTED = re.compile(r"history\.csv|checkpoints/(best|averaged|last)\.keras")


class RunFolder:
    """One run folder. Writes are atomic: a reader sees the old file or the new one, never half."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """`small-001`; of a member, with the ensemble that it is in: `small-001/members/2`."""
        *above, members, name = ("", "", *Path(os.path.abspath(self.path)).parts)
        if members == MEMBERS and above[-1] and name.isdecimal():
            return f"{above[-1]}/{members}/{name}"
        return name

    @property
    def ensemble(self) -> RunFolder | None:
        """The run that it is a member of, from wherever its path is read."""
        if "/" not in self.name:
            return None
        return RunFolder(Path(os.path.relpath(Path(os.path.abspath(self.path)).parents[1])))

    @contextmanager
    def lock_for_writing(self) -> Iterator[None]:
        """While entered, this process alone trains into the run; a member's is that of all members.

        Raises:
            InUseError: another process does so, and which.
            DiskError: the folder cannot be written.
        """
        if self.ensemble:
            yield
            return
        try:
            with lock.hold_lock(self.path):
                yield
        except lock.LockHeld:
            raise InUseError(self._describe_lock_owner()) from None

    def require_unlocked(self) -> None:
        """Raise InUseError while another process trains into the run."""
        if lock.is_locked(self.path):
            raise InUseError(self._describe_lock_owner())

    def _describe_lock_owner(self) -> str:
        who = "another process"
        with suppress(RunError):
            record = self.read_record()
            command = f" ({shlex.join(record.command)})" if record.command else ""
            who = f"process {record.pid} on {record.host}{command}, since {record.started}"
        return f"{self.path}: in use by {who}; wait until it ends, or stop it"

    def member_run(self, number: int) -> RunFolder:
        """Of an ensemble, the run of its member `number`, from 1."""
        return RunFolder(self.path / MEMBERS / str(number))

    @property
    def tensorboard_folder(self) -> Path:
        return self.path / "tensorboard"

    def is_started(self) -> bool:
        """Whether it says what it trains, so that it can go on; run.json is written before."""
        return (self.path / "spec.json").is_file()

    def require_started(self) -> None:
        """Raise RunError where it has nothing but its config: nothing can be done with it."""
        if self.is_started() or self.checkpoint_path("initial").parent.exists():
            return
        record = self.read_record()
        if record.status == "running":
            raise RunError(f"{self.path}: its training has not begun yet")
        message = f"{self.path}: it ended before its training began; there is nothing to go on from"
        raise RunError(f"{message}; train it anew: {shlex.join(record.command)}")

    def has_members(self) -> bool:
        """Whether it is an ensemble of which at least one member was begun."""
        return (self.path / MEMBERS).is_dir()

    def write_config(self, text: str) -> None:
        self._write("config.yaml", text.encode())

    def read_config(self) -> str:
        """The config as it was given; raises RunError if it is missing."""
        return safe_reading.read_bytes(self.path, "config.yaml").decode(errors="replace")

    def write_spec(self, spec: Spec) -> None:
        """What really ran: edits made, defaults filled in."""
        self._write("spec.json", format_spec(spec).encode())

    def read_spec(self) -> Spec:
        """The spec that rebuilds the network; raises RunError if it is missing or damaged."""
        return parse_spec(
            safe_reading.read_bytes(self.path, "spec.json", MAX_SPEC_BYTES),
            str(self.path / "spec.json"),
        )

    def write_record(self, record: Record) -> None:
        self._write("run.json", to_json(asdict(record)))

    def read_record(self) -> Record:
        """What run.json says, but `killed` of a run that was `running` when its process ended.

        Raises:
            RunError: it is missing or damaged.
        """
        record = safe_reading.read_json(_RECORD, self.path, "run.json")
        whole = self.ensemble or self
        if record.status == "running" and not lock.is_locked(whole.path):
            record.status, record.ended = "killed", "its process ended without a word"
        return record

    def commit_epoch(
        self, state: State, history: Sequence[Mapping[str, float]], checkpoints: Mapping[str, bytes]
    ) -> None:
        """Make an epoch valid: its state, its row of the history and its checkpoints by name.

        All of it, or, if that fails or the process is killed, nothing. `state.files` is kept right.
        """
        files = {f"checkpoints/{name}.keras": data for name, data in checkpoints.items()}
        files["history.csv"] = to_csv(history)
        plain = _STATE.dump_python(state, mode="json", exclude={"files"})
        state.files = commit.commit(self.path, _STATE_NAME, plain, files, state.files)

    def recover(self) -> State | None:
        """The last epoch that was finished, whole again if a process was killed as it wrote it.

        For whoever is `writing` the run. None if no epoch was finished.

        Raises:
            RunError: what is there is not what was written.
        """
        state = self._read_state()
        if state and (strange := [name for name in state.files if not _COMMITTED.fullmatch(name)]):
            told = f"damaged: it names {one_line(strange[0])}, which is no file of an epoch"
            raise RunError(f"{self.path / _STATE_NAME}: {told}")
        commit.recover(self.path, state.files if state else {})
        if state is None:
            return None
        if fault := commit.find_damage(self.path, _STATE_NAME, state.files):
            raise RunError(f"{self.path}: {fault}")
        return state

    def _read_state(self) -> State | None:
        there = (self.path / _STATE_NAME).exists()
        return safe_reading.read_json(_STATE, self.path, _STATE_NAME) if there else None

    def write_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """One row per epoch, the whole file anew."""
        self._write("history.csv", to_csv(rows))

    def read_history(self) -> list[dict[str, float]]:
        """One dict per epoch; raises RunError if a number is not one."""
        return safe_reading.read_number_table(self.path, "history.csv")

    def write_summary(self, text: str) -> None:
        self._write("summary.txt", text.encode())

    def write_curves(self, png: bytes) -> None:
        self._write("curves.png", png)

    def write_augmentation(self, png: bytes) -> None:
        self._write("augmentation.png", png)

    def checkpoint_path(self, name: str) -> Path:
        """The path of checkpoint `name`: initial, best, averaged or last."""
        return self.path / "checkpoints" / f"{name}.keras"

    def write_checkpoint(self, name: str, data: bytes) -> None:
        self._write(f"checkpoints/{name}.keras", data)

    def find_trained_checkpoint(self) -> Path:
        """The one that the last epoch's state names, else the first of best, averaged and last.

        Raises:
            RunError: no epoch was finished.
        """
        if self.has_members():
            message = f"{self.path}: an ensemble, which has no checkpoint of its own"
            raise RunError(f"{message}; name a member of it: {self.member_run(1).path}")
        names = ["best", "averaged", "last"]
        if state := self._read_state():
            said = state.record.weights
            names.sort(key=lambda name: not said.startswith(f"{name}.keras: "))
        for name in names:
            if self.checkpoint_path(name).exists():
                with safe_reading.open_own_path(self.path, f"checkpoints/{name}.keras") as path:
                    return path
        self.require_started()
        message = f"{self.path}: no epoch was finished, so there is no trained checkpoint"
        raise RunError(f"{message}; train it: cnnlab resume {shlex.quote(str(self.path))}")

    def evaluation_folder(self, split: str) -> Path:
        return self.path / _evaluation_path(split)

    def write_evaluation(self, split: str, name: str, data: bytes) -> None:
        self._write(f"{_evaluation_path(split)}/{name}", data)

    def write_metrics(self, split: str, metrics: Mapping[str, Any]) -> None:
        """The figures of an evaluation: metrics.json, the last file that an evaluation writes.

        With them stands how many epochs were trained, by which they are known when there are more.
        """
        known = dict(metrics)
        with suppress(RunError):  # an ensemble's run.json may be damaged
            known[_EVALUATED] = self.read_record().epochs
        self.write_evaluation(split, "metrics.json", to_json(known))

    def read_metrics(self, split: str = "test") -> dict[str, Any] | None:
        """What metrics.json says; None if this split was not evaluated since the run was trained.

        Raises:
            RunError: it is damaged, or run.json is.
        """
        name = f"{_evaluation_path(split)}/metrics.json"
        if not (self.path / name).exists():
            return None
        found = safe_reading.read_json(_METRICS, self.path, name)
        return found if found.pop(_EVALUATED, None) == self.read_record().epochs else None

    def list_evaluated_splits(self) -> list[str]:
        """The splits that were evaluated since the run was trained, the test images first."""
        others = (self.path / _evaluation_path("test")).glob("*/metrics.json")
        splits = ["test", *sorted(path.parent.name for path in others)]
        return [split for split in splits if self.read_metrics(split) is not None]

    def list_files(self) -> dict[str, int]:
        """The size in bytes of each file in it, by its path in the folder."""
        paths = sorted(path for path in self.path.rglob("*") if path.is_file())
        return {path.relative_to(self.path).as_posix(): path.stat().st_size for path in paths}

    def read_predictions(self, split: str = "test") -> Predictions | None:
        """What predictions.csv says; None if there was no evaluation on this split yet."""
        name = f"{_evaluation_path(split)}/predictions.csv"
        if not (self.path / name).exists():
            return None
        return safe_reading.read_predictions(self.path, name)

    def read_picture(self, name: str) -> bytes | None:
        """A PNG of the folder, as `evaluation/mistakes.png`; None if it is not there."""
        return safe_reading.read_bytes(self.path, name) if (self.path / name).is_file() else None

    def write_architecture(self, svg: str) -> Path:
        return self._write("architecture.svg", svg.encode())

    def write_report(self, html: str) -> Path:
        return self._write("report.html", html.encode())

    @property
    def explanation_folder(self) -> Path:
        return self.path / "explain"

    def write_explanation(self, name: str, png: bytes) -> None:
        """A picture of what the network looks at; `name` may be in a folder of its own."""
        self._write(f"explain/{name}", png)

    def _write(self, name: str, data: bytes) -> Path:
        path = self.path / name
        with report_disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)
        return path


def _evaluation_path(split: str) -> str:
    return "evaluation" if split == "test" else f"evaluation/{split}"
