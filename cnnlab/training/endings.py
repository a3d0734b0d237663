"""How training can end before its time, and how the user is told."""

from __future__ import annotations

import shlex
import signal

import tensorflow as tf

from cnnlab.errors import CnnlabError, DiskError, Stopped, TrainingError
from cnnlab.run_folder import Record, Run


def ending(error: BaseException) -> tuple[str, str]:
    """The status and the reason that run.json has for an error."""
    if isinstance(error, Stopped | KeyboardInterrupt):
        return "stopped", str(error) or "stopped by a second signal"
    return "failed", str(error).splitlines()[0] if str(error) else type(error).__name__


def told(
    error: BaseException, where: str, kept: str, number: int | None, part: str = ""
) -> BaseException:
    """The error as the user is told it; the error itself where nothing is to be added.

    Args:
        where: how far training had come, as `where` says it.
        kept: what is kept, and what to type next.
        number: the signal that came, if one did.
        part: which of several runs it was, where there are several.
    """
    match error:
        case Stopped() | KeyboardInterrupt():
            _, reason = ending(error)
            where += f" of {part}" if part else ""
            return Stopped(f"{reason} {where}; {kept}", number or signal.SIGINT)
        case DiskError():
            return DiskError(f"{error}; {kept}")
        case CnnlabError():
            return error
        case tf.errors.ResourceExhaustedError() | MemoryError():
            where = f" in {part}" if part else ""
            return TrainingError(f"memory ran out{where}; try a smaller data.batch_size; {kept}")
    return error


def where(record: Record, planned: int) -> str:
    """How far a training had come that was begun, and has so many epochs."""
    if record.epochs >= planned:
        return f"after epoch {record.epochs}"
    return f"in epoch {record.epochs + 1}"


def kept_epochs(run: Run, record: Record) -> str:
    """The epochs that a run which broke off has kept; empty if there are none."""
    if not record.epochs:
        return ""
    epochs = "1 epoch is" if record.epochs == 1 else f"{record.epochs} epochs are"
    return f"{epochs} kept in {shlex.quote(str(run.path))}"
