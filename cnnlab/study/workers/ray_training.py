"""Train one task on a node of a Ray cluster, in a temporary folder; messages carry its files."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab import __version__
from cnnlab.errors import CnnlabError, Interruption
from cnnlab.run_folder import RunFolder, lock
from cnnlab.run_folder.file_transfer import ChangedFiles, write_files
from cnnlab.study.workers.interface import Task
from cnnlab.study.workers.messages import train_task
from cnnlab.training.interrupt import Interrupt

if TYPE_CHECKING:
    from cnnlab.study.workers.training_task import TaskTrainer

_NODE_ERRORS = ("DataError", "DiskError", "UsageError")  # their cause is on one node

_PREFIX = "cnnlab-ray-"  # of the temporary folders
_LEFTOVER_SECONDS = 3600.0  # a folder that was just made may not be locked yet


@dataclass(frozen=True)
class Attempt:
    """An attempt at a task, as plain values: a node with another version of cnnlab can read them.

    `key` names the attempt in messages. `folder` is the working directory of the coordinator.
    """

    key: str
    task: dict[str, Any]
    folder: str
    device: str


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: the kind ended, failed or stopped, and the last files that changed."""

    kind: str
    content: dict[str, Any]
    files: dict[str, bytes]


def train_on_node(
    version: str, attempt: dict[str, Any], files: Mapping[str, bytes], mailbox: Any
) -> dict[str, Any]:
    """Train a task in a temporary folder, which starts with the given files of its run.

    `version` is the version of cnnlab of the coordinator. Returns the fields of an Outcome.
    """
    if version != __version__:
        message = f"{_name_node()} has cnnlab {__version__}, and this process has cnnlab {version}"
        remedy = "install the same version on all nodes"
        content = {"name": "UsageError", "message": f"{message}; {remedy}"}
        return vars(Outcome("failed", content, {}))
    return vars(_train(Attempt(**attempt), files, mailbox))


def _train(attempt: Attempt, files: Mapping[str, bytes], mailbox: Any) -> Outcome:
    task = Task.from_plain(attempt.task)
    remove_leftovers()
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX) as temporary,
        lock.hold_lock(Path(temporary)),
    ):
        folder = attempt.folder if os.path.isdir(attempt.folder) else temporary
        with contextlib.chdir(folder), _watch_end(attempt.key, mailbox) as interrupt:
            # The folder has the name of the run, which curves.png shows.
            run = RunFolder(Path(temporary, RunFolder(task.run).name))
            changes = ChangedFiles(run)
            write_files(run, files)
            changes.collect()
            coordinator = _Coordinator(attempt.key, mailbox, changes, interrupt)
            try:
                trainer = _get_trainer(attempt.device)
                trainer.interrupt = interrupt
                train_task(replace(task, run=run.path), trainer, coordinator)
            except Interruption:
                coordinator.send("stopped")
            except CnnlabError as error:
                coordinator.send("failed", name=type(error).__name__, message=str(error))
            if coordinator.fault:
                raise coordinator.fault
            return _build_outcome(coordinator, run, task)


def remove_leftovers() -> None:
    """Remove the temporary folders of tasks whose processes were killed on this node."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another process removes it, or owns it
            age = time.time() - folder.stat().st_mtime
            if age > _LEFTOVER_SECONDS and not lock.is_locked(folder):
                shutil.rmtree(folder)


def _build_outcome(coordinator: _Coordinator, run: RunFolder, task: Task) -> Outcome:
    """Build the outcome of a task; its texts name the run folder of the coordinator."""
    kind, content = coordinator.outcome
    if kind == "failed":
        if (run.path / "run.json").exists() and str(run.path) in run.read_record().ended:
            record = run.read_record()
            record.ended = record.ended.replace(str(run.path), str(task.run))
            run.write_record(record)
        name, message = content["name"], content["message"].replace(str(run.path), str(task.run))
        if name in _NODE_ERRORS:
            message = f"{_name_node()}: {message}"
        content = {"name": name, "message": message}
    return Outcome(kind, content, coordinator.changes.collect())


@cache
def _get_trainer(device: str) -> TaskTrainer:
    """Build the trainer of this process, which trains one task after another."""
    from cnnlab.study.workers.training_task import TaskTrainer
    from cnnlab.training.device import choose_device

    return TaskTrainer(choose_device(device), Interrupt())


def _name_node() -> str:
    import ray

    address = ray.util.get_node_ip_address()  # type: ignore[no-untyped-call]
    return f"node {address} ({platform.node()})"


@contextlib.contextmanager
def _watch_end(key: str, mailbox: Any) -> Iterator[Interrupt]:
    """Interrupt the training in the `with` block if the coordinator stops it or is gone.

    Ray keeps its own handlers of signals: it ends its processes by them.
    """
    interrupt = Interrupt()

    def watch() -> None:
        import ray

        with contextlib.suppress(ray.exceptions.RayError):  # the coordinator is gone
            ray.get(mailbox.wait_for_end.remote(key))
        interrupt.number = signal.SIGTERM

    threading.Thread(target=watch, daemon=True).start()
    yield interrupt


class _Coordinator:
    """The coordinator, as a task sees it through the mailbox."""

    def __init__(self, key: str, mailbox: Any, changes: ChangedFiles, interrupt: Interrupt) -> None:
        self.key, self.mailbox, self.changes = key, mailbox, changes
        self.interrupt = interrupt
        self.outcome: tuple[str, dict[str, Any]] = ("ended", {})
        self.fault: Exception | None = None  # of the connection to the coordinator

    def send(self, kind: str, **content: Any) -> None:
        match kind:
            case "batch":
                self.mailbox.report.remote(self.key, kind, content, {})
            case "started":
                files = self.changes.collect()
                self._wait(self.mailbox.report.remote(self.key, kind, content, files))
            case "epoch":
                self.reply = self.mailbox.ask.remote(self.key, content, self.changes.collect())
            case _:
                self.outcome = kind, content

    def wait_for_answer(self) -> str | None:
        is_stopped: bool
        reason: str | None
        is_stopped, reason = self._wait(self.reply)
        if is_stopped:
            self.interrupt.number = signal.SIGTERM
        self.interrupt.check()
        return reason

    def _wait(self, reference: Any) -> Any:
        import ray

        try:
            return ray.get(reference)
        except ray.exceptions.RayError as error:
            self.fault = error
            raise
