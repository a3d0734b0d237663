"""Build the messages about a training that stopped or failed: cause, saved epochs, next command."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from cnnlab.counts import choose_form, format_count
from cnnlab.errors import CnnlabError, DiskError, Interruption, TrainingError
from cnnlab.quiet_tensorflow import tf
from cnnlab.training.job import TrainingJob
from cnnlab.training.progress import EarlyTermination


@contextmanager
def report_failure(job: TrainingJob) -> Iterator[None]:
    """Replace an error in the `with` block by an error with a complete message for the user.

    The message says in which epoch training ended, which epochs and runs are saved, and what to
    type next. An error passes through unchanged if its message is already complete.
    """
    try:
        yield
    except BaseException as error:
        message = describe_failure(error, job)
        if message is error:
            raise
        raise message from error


def describe_failure(error: BaseException, job: TrainingJob) -> BaseException:
    """Build the error that the user sees; return `error` itself if its message is complete."""
    match error:
        case Interruption() | KeyboardInterrupt():
            _, reason = describe_ending(error)
            message = f"{reason} {_describe_place(job)}; {_describe_saved_work(job)}"
            return Interruption(message, job.interrupt.number or signal.SIGINT)
        case DiskError():
            return DiskError(f"{error}; {_describe_saved_work(job)}")
        case TrainingError() if job.title:
            return TrainingError("; ".join([f"{job.title}: {error}", *_list_finished_runs(job)]))
        case CnnlabError():
            return error
        case tf.errors.ResourceExhaustedError() | MemoryError():
            where = f" in {job.title}" if job.title else ""
            remedy = "try a smaller data.batch_size"
            return TrainingError(f"memory ran out{where}; {remedy}; {_describe_saved_work(job)}")
    return error


def describe_ending(error: BaseException) -> tuple[str, str]:
    """Return the values of `status` and `ended` in run.json after an error ended training."""
    if isinstance(error, Interruption | KeyboardInterrupt | EarlyTermination):
        return "stopped", str(error) or "stopped by a second signal"
    return "failed", str(error).splitlines()[0] if str(error) else type(error).__name__


def _describe_place(job: TrainingJob) -> str:
    """Say in which epoch training ended: `in epoch 3 of member 2 of 3, seed 8`."""
    record = job.record
    if not job.is_introduced():
        subject = job.title or "its training"
        return f"before {subject} {'resumed' if record.resumed else 'began'}"
    planned = job.config.experiment.training.epochs
    is_done = record.epochs >= planned
    epoch = f"after epoch {record.epochs}" if is_done else f"in epoch {record.epochs + 1}"
    return f"{epoch} of {job.title}" if job.title else epoch


def _describe_saved_work(job: TrainingJob) -> str:
    """Describe which epochs and runs are saved, and which command the user can type next."""
    epochs = _describe_saved_epochs(job)
    if not epochs and not job.finished:
        epochs = "no epoch was finished"
    command = f"next: {shlex.join(_choose_next_command(job))}"
    return "; ".join([*filter(None, [epochs]), *_list_finished_runs(job), command])


def _describe_saved_epochs(job: TrainingJob) -> str:
    """Say how many epochs the run folder has; return "" if the folder has no epoch."""
    count = job.record.epochs
    if not count or not job.has_folder:
        return ""
    epochs = f"{format_count(count, 'epoch')} {choose_form(count, 'is', 'are')}"
    return f"{epochs} saved in {shlex.quote(str(job.run.path))}"


def _list_finished_runs(job: TrainingJob) -> list[str]:
    """Return a list with one text that names the finished runs, or an empty list if none is."""
    paths = ", ".join(shlex.quote(str(run.path)) for run in job.finished)
    return [f"finished: {paths}"] if paths else []


def _choose_next_command(job: TrainingJob) -> list[str]:
    """Choose the command that continues training: `resume`, or the original command."""
    if job.ensemble is not None:
        return ["cnnlab", "resume", str(job.ensemble.path)]
    if job.record.resumed and not job.is_introduced():  # keep the user's changes
        return job.record.resumed[-1].command or ["cnnlab", "resume", str(job.run.path)]
    if job.has_folder and job.run.is_started():
        return ["cnnlab", "resume", str(job.run.path)]
    if job.finished:
        return ["cnnlab", "resume", str(job.finished[-1].path)]
    return job.record.command or ["cnnlab", "train", str(job.run.path / "config.yaml")]
