"""Train runs in processes of their own, which go on when this process ends, and stop such a run."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from cnnlab.api.checked_sweep import CheckedSweep
from cnnlab.api.run import Run
from cnnlab.api.text_check import TEXT_FILE
from cnnlab.errors import RunError, TrainingError, UsageError
from cnnlab.run_folder import RunFolder, find_sweep_around, lock


class TrainingProcess:
    """A process of `cnnlab train` or `cnnlab resume` that goes on when this process ends."""

    def __init__(self, arguments: Sequence[str], runs: Path, text: bytes = b"") -> None:
        self.runs, self.names = runs, _list_names(runs)
        # Without a name in a folder: the system removes it when both processes have ended.
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the process
        with tempfile.TemporaryFile() as file:
            file.write(text)
            file.seek(0)
            self.popen = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "cnnlab", *arguments],
                stdin=file,
                stdout=subprocess.DEVNULL,
                stderr=self.errors,
                start_new_session=True,  # neither Ctrl-C nor the end of the terminal reaches it
            )
        threading.Thread(target=self.popen.wait, daemon=True).start()  # leaves no zombie

    def find_run(self) -> Run | None:
        """Find the new run of this process; return None as long as the process prepares it.

        Raises:
            TrainingError: the process ended before it had a run; the message is its last output.
        """
        has_ended = self.popen.poll() is not None
        for name in _list_names(self.runs) - self.names:
            run = RunFolder(self.runs / name)
            if self.trains(run):
                return Run(run)
        if has_ended:
            raise TrainingError(self._read_errors())
        return None

    def trains(self, run: RunFolder) -> bool:
        """Return whether this process trains a run, or trained it last."""
        with suppress(RunError):  # run.json is not there yet
            return run.read_record().pid == self.popen.pid
        return False

    def require_alive(self) -> None:
        """Raise TrainingError with the last output of the process if it has failed."""
        if self.popen.poll():
            raise TrainingError(self._read_errors())

    def _read_errors(self) -> str:
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace").strip().removeprefix("cnnlab: ")
        return text or f"the training ended with exit code {self.popen.returncode}"


def _list_names(runs: Path) -> set[str]:
    return set(os.listdir(runs)) if runs.is_dir() else set()


def start_training(
    text: str, runs: str | Path = "runs", *, name: str | None = None, folder: str | Path = ""
) -> TrainingProcess:
    """Train the text of a config into a new run folder, in a process of its own.

    Args:
        name: the name of the experiment, instead of the one in the text.
        folder: the folder from which a relative path of the data set starts.

    Raises:
        ConfigError: the text has faults; the error lists all faults.
        DataError: the data set is missing or broken.
        UsageError: the text is that of a sweep file.
    """
    from cnnlab.api.actions import check_content
    from cnnlab.spec.experiment import BUNDLED_DATASETS

    content = text.encode("utf-8", "surrogatepass")
    edits = [] if name is None else [f"name={json.dumps(name)}"]
    checked = check_content(Path(folder) / TEXT_FILE, content, edits)
    if isinstance(checked, CheckedSweep):
        message = "this is a sweep file; save it, and start it with `cnnlab sweep FILE`"
        raise UsageError(message)
    if (dataset := checked.experiment.data.dataset) not in BUNDLED_DATASETS:
        edits.append(f"data.dataset={json.dumps(dataset)}")  # the process reads no file of a folder
    options = [option for edit in edits for option in ("--set", edit)]
    command = ["train", "-", "--runs", str(runs), "--quiet", *options]
    return TrainingProcess(command, Path(runs), content)


def resume_training(run: Run) -> TrainingProcess:
    """Continue the training of a run after its last finished epoch, in a process of its own.

    Raises:
        UsageError: the run has no epochs left, or is a member of an ensemble.
        RunError: the run is damaged, or training never began.
        InUseError: another process trains the run.
    """
    from cnnlab.training.saved_state import ResumeRequest, check_resume_request

    run.folder.require_unlocked()
    check_resume_request(run.folder, ResumeRequest())
    return TrainingProcess(["resume", str(run.path), "--quiet"], run.path.parent)


def stop_training(run: Run) -> None:
    """Ask the process that trains a run to stop after the current batch, as Ctrl-C does.

    A member stops with its ensemble, and a trial with its sweep, because the same command trains
    the others too.

    Raises:
        RunError: no process trains the run, or a process on another machine trains it.
    """
    owner = find_sweep_around(run.path) or run.folder.ensemble or run.folder
    record = owner.read_record()
    if record.status != "running":
        raise RunError(f"{owner.path}: no process trains this run; it is {record.status}")
    if record.host != platform.node():
        raise RunError(f"{owner.path}: a process on {record.host} trains this run; stop it there")
    if not lock.is_locked_by(owner.path, record.pid):
        raise RunError(f"{owner.path}: the training starts at this moment; stop it in a second")
    os.kill(record.pid, signal.SIGINT)
