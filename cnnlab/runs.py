"""The run folder: made, found, listed, read and written; its file names are known only here."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from cnnlab.errors import CnnlabError, DiskError, RunError
from cnnlab.spec.experiment import DatasetInfo, Spec, shape_problems

DEFAULT_ROOT = Path("runs")
_NUMBERED = re.compile(r"(.+)-(\d+)")


@dataclass
class Record:
    """What run.json says; times are ISO 8601 in UTC, epochs count from 1."""

    status: str = "running"  # running, finished, stopped, failed
    started: str = ""
    finished: str | None = None
    seconds: float = 0.0
    ended: str = ""  # why training ended, in words
    seed: int = 0
    epochs: int = 0  # finished so far
    best_epoch: int | None = None
    best_monitor: str | None = None
    best_value: float | None = None
    weights: str = ""  # the checkpoint that `trained_checkpoint` takes, and what is in it
    parameters: int = 0
    config: str = ""
    command: list[str] = field(default_factory=list)
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    git_commit: str | None = None
    data: dict[str, Any] = field(default_factory=dict)  # name, images of each split, fingerprint


T = TypeVar("T")
_RECORD, _METRICS = TypeAdapter(Record), TypeAdapter(dict[str, Any])


def utc_now() -> str:
    """The time as run.json has it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Run:
    """One run folder. Writes are atomic: a reader sees the old file or the new one, never half."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def tensorboard_folder(self) -> Path:
        return self.path / "tensorboard"

    def write_config(self, text: str) -> None:
        self._write("config.yaml", text.encode())

    def write_spec(self, spec: Spec) -> None:
        """What really ran: edits made, defaults filled in."""
        self._write("spec.json", spec_text(spec).encode())

    def read_spec(self) -> Spec:
        """The spec that rebuilds the network; raises RunError if it is missing or damaged."""
        return parse_spec(self._read("spec.json"), str(self.path / "spec.json"))

    def write_record(self, record: Record) -> None:
        self._write("run.json", _json(asdict(record)))

    def read_record(self) -> Record:
        """What run.json says; raises RunError if it is missing or damaged."""
        return self._parse(_RECORD, "run.json")

    def write_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """One row per epoch, the whole file anew."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else ["epoch"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self._write("history.csv", text.getvalue().encode())

    def read_history(self) -> list[dict[str, float]]:
        """One dict per epoch; raises RunError if a number is not one."""
        try:
            rows = csv.DictReader(io.StringIO(self._read("history.csv").decode()))
            return [{key: float(value) for key, value in row.items()} for row in rows]
        except (TypeError, ValueError, csv.Error) as error:
            raise RunError(f"{self.path / 'history.csv'}: damaged: {error}") from None

    def write_summary(self, text: str) -> None:
        self._write("summary.txt", text.encode())

    def write_curves(self, png: bytes) -> None:
        self._write("curves.png", png)

    def checkpoint(self, name: str) -> Path:
        """The path of checkpoint `name`: initial, best, averaged or last."""
        return self.path / "checkpoints" / f"{name}.keras"

    def write_checkpoint(self, name: str, data: bytes) -> None:
        self._write(f"checkpoints/{name}.keras", data)

    def trained_checkpoint(self) -> Path:
        """The first of best, averaged and last that exists; RunError if no epoch was finished."""
        for name in ("best", "averaged", "last"):
            if self.checkpoint(name).exists():
                return self.checkpoint(name)
        message = f"{self.path}: no epoch was finished, so there is no trained checkpoint"
        raise RunError(f"{message}; train it again: run.json has its command")

    def evaluation_folder(self, split: str) -> Path:
        return self.path / _evaluation(split)

    def write_evaluation(self, split: str, name: str, data: bytes) -> None:
        self._write(f"{_evaluation(split)}/{name}", data)

    def write_metrics(self, split: str, metrics: Mapping[str, Any]) -> None:
        """The figures of an evaluation: metrics.json, the last file that an evaluation writes."""
        self.write_evaluation(split, "metrics.json", _json(metrics))

    def read_metrics(self, split: str = "test") -> dict[str, Any] | None:
        """What metrics.json says; None if there was no evaluation on this split yet."""
        name = f"{_evaluation(split)}/metrics.json"
        if not (self.path / name).exists():
            return None
        return self._parse(_METRICS, name)

    def _parse(self, form: TypeAdapter[T], name: str) -> T:
        try:
            return form.validate_json(self._read(name), strict=True)
        except ValidationError as error:
            raise RunError(f"{self.path / name}: damaged: {_first(error)}") from None

    def _read(self, name: str) -> bytes:
        path = self.path / name
        try:
            return path.read_bytes()
        except OSError as error:
            raise RunError(f"{path}: cannot be read: {error.strerror}") from None

    def _write(self, name: str, data: bytes) -> None:
        path = self.path / name
        with _disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)


def _evaluation(split: str) -> str:
    return "evaluation" if split == "test" else f"evaluation/{split}"


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to a temporary name, flush it to the disk, and rename it to `path`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # elsewhere, a folder cannot be opened, and renames are flushed anyway
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into a DiskError with a remedy."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "free some space, or choose another place with `--runs DIR`"
        raise DiskError(f"{path}: cannot be written: {reason}; {remedy}") from None


def _json(data: Any) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def spec_text(spec: Spec) -> str:
    """A spec as the JSON that `parse_spec` reads."""
    return _json(spec.model_dump(mode="json")).decode()


def parse_spec(text: bytes, name: str, error: type[CnnlabError] = RunError) -> Spec:
    """The spec in a JSON text; raises `error`, which names the text, if it does not fit."""
    try:
        spec = Spec.model_validate(json.loads(text))
    except ValidationError as problem:
        raise error(f"{name}: not a spec of cnnlab: {_first(problem)}") from None
    except (ValueError, RecursionError):
        raise error(f"{name}: damaged: not JSON") from None
    if not (misfit := _misfit(spec)):
        return spec
    raise error(f"{name}: not a spec of cnnlab: {misfit}")


def _first(error: ValidationError) -> str:
    """The first fault of a file on one line, without escape codes that the file may bring."""
    first = error.errors(include_url=False)[0]
    text = f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"[:200]
    return "".join(c if c.isprintable() else " " for c in text.removeprefix(": "))


def _misfit(spec: Spec) -> str:
    """What of a spec does not fit together: its layers and inputs; empty if all does."""
    inputs, channels = spec.inputs, spec.inputs.image_shape[2]
    if min(inputs.image_shape) < 1:
        return f"inputs.image_shape: {inputs.image_shape} holds no pixels"
    if not len(inputs.mean) == len(inputs.deviation) == channels or min(inputs.deviation) <= 0:
        return f"inputs: {channels} channels need as many means, and deviations over 0"
    info = DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0)
    found = shape_problems(spec.experiment.model, info, complete=True)
    return next((f"model: {problem.message}" for problem in found), "")


def create(root: Path, name: str) -> Run:
    """A new folder root/name-001, -002, …; the number is taken by `mkdir`, which is atomic."""
    with _disk(root):
        root.mkdir(parents=True, exist_ok=True)
        taken = [
            run for run in root.iterdir() if (m := _NUMBERED.fullmatch(run.name)) and m[1] == name
        ]
        number = 1 + max((int(run.name.rpartition("-")[2]) for run in taken), default=0)
        while True:
            path = root / f"{name}-{number:03d}"
            try:
                path.mkdir()
            except FileExistsError:
                number += 1
                continue
            return Run(path)


def find(reference: str, root: Path = DEFAULT_ROOT) -> Run:
    """The run at a path, or in `root` by its name, a unique prefix of it, or the word `last`.

    Raises:
        RunError: there is none, or more than one.
    """
    if not reference:
        raise RunError("no run is named; name one, or `last`")
    path = Path(reference)
    if os.path.exists(path / "spec.json"):  # False too for what cannot be a path
        return Run(path)
    there = all_runs(root)
    if reference == "last" and there:
        return there[-1]
    matches = [run for run in there if run.name == reference]
    matches = matches or [run for run in there if run.name.startswith(reference)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(run.name for run in matches[:8]) + (", …" if len(matches) > 8 else "")
        raise RunError(f"{reference}: more than one run begins so: {names}")
    if os.path.isdir(path):
        raise RunError(f"{path}: not a run folder: there is no spec.json in it")
    if not there:
        raise RunError(f"{reference}: no such run; `cnnlab train CONFIG` makes one in {root}/")
    names = ", ".join(run.name for run in there[-8:])
    raise RunError(f"{reference}: no such run; there are {names}")


def all_runs(root: Path = DEFAULT_ROOT) -> list[Run]:
    """The runs in `root`, the newest last."""
    if not root.is_dir():
        return []
    found = [Run(path) for path in root.iterdir() if (path / "run.json").is_file()]
    return sorted(found, key=_age)


def _age(run: Run) -> tuple[str, str]:
    try:
        return (run.read_record().started, run.name)
    except RunError:
        return ("", run.name)
