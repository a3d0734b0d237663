"""A worker process: it reads tasks from standard input, and writes events to standard output.

Both are JSON, one message in a line. When standard input ends, the coordinator is gone, and the
worker stops after the batch at hand.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnlab import errors
from cnnlab.errors import CnnlabError, Interruption
from cnnlab.study.workers.interface import (
    BatchDone,
    Died,
    Ended,
    EpochDone,
    Event,
    Failed,
    Started,
    Task,
)
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.progress import EarlyTermination, SilentProgress, TrainingStart

_REPORT_SECONDS = 0.5  # between two reports of batches


def format_task(task: Task) -> bytes:
    """Format a task as a message for a worker process."""
    plain = {**vars(task), "run": str(task.run), "config_path": str(task.config_path)}
    return _format({"train": plain})


def format_answer(stop_reason: str | None) -> bytes:
    """Format the answer to a finished epoch; None lets the worker train on."""
    return _format({"answer": stop_reason})


def format_stop() -> bytes:
    """Format the message that stops the worker after the batch at hand."""
    return _format({"stop": True})


def parse_event(line: bytes, task: Task) -> Event:
    """Parse a message of the worker process that trains `task`."""
    [(kind, content)] = json.loads(line).items()
    match kind:
        case "started":
            return Started(task, **content)
        case "batch":
            return BatchDone(task, **content)
        case "epoch":
            return EpochDone(task, **content)
        case "failed":
            return Failed(task, _build_error(**content))
    return Ended(task)


def describe_death(task: Task, code: int, last_line: str) -> Died:
    """Describe how the process of a worker ended while it trained a task."""
    if code == -signal.SIGKILL:
        how = "was killed by SIGKILL, as by the system when memory runs out"
    elif code < 0:
        how = f"was ended by {signal.Signals(-code).name}"
    else:
        how = f"ended with exit code {code}"
    return Died(task, f"the worker process {how}{f': {last_line}' if last_line else ''}")


def _build_error(name: str, message: str) -> CnnlabError:
    kind = getattr(errors, name, CnnlabError)
    is_plain = isinstance(kind, type) and issubclass(kind, CnnlabError)
    return kind(message) if is_plain else CnnlabError(message)


def _format(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


class _Coordinator:
    """The other end of the pipes, as the worker sees it."""

    def __init__(self, interrupt: Interrupt) -> None:
        self.interrupt = interrupt
        self.tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # What TensorFlow or a library prints must not reach the coordinator as a message.
        self.output = os.dup(1)
        os.dup2(2, 1)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            [(kind, content)] = json.loads(line).items()
            if kind == "train":
                paths = {name: Path(content[name]) for name in ("run", "config_path")}
                self.tasks.put(Task(**{**content, **paths, "command": tuple(content["command"])}))
            elif kind == "answer":
                self.answers.put(content)
            else:
                break
        self.interrupt.number = self.interrupt.number or signal.SIGTERM
        self.tasks.put(None)
        self.answers.put(None)

    def send(self, kind: str, **content: Any) -> None:
        try:
            os.write(self.output, _format({kind: content}))
        except BrokenPipeError:  # the coordinator is gone
            self.interrupt.number = self.interrupt.number or signal.SIGTERM


class _TaskProgress(SilentProgress):
    """Reports the training of a task to the coordinator, and ends it where it says so."""

    def __init__(self, coordinator: _Coordinator) -> None:
        self.coordinator = coordinator
        self.last_report = time.perf_counter()

    def start(self, start: TrainingStart) -> None:
        """Report that training starts."""
        from cnnlab.study.workers.training_task import measure_memory

        self.coordinator.send(
            "started",
            epochs=start.epochs,
            epochs_done=start.epochs_done,
            steps=start.steps,
            memory_bytes=measure_memory(),
        )

    def batch(self, epoch: int, step: int, logs: Mapping[str, float]) -> None:
        """Report a batch, at most twice a second."""
        if time.perf_counter() - self.last_report >= _REPORT_SECONDS:
            self.last_report = time.perf_counter()
            self.coordinator.send("batch", epoch=epoch, step=step)

    def epoch(self, row: Mapping[str, float]) -> None:
        """Report an epoch, and wait until the coordinator says whether to train on."""
        from cnnlab.study.workers.training_task import measure_memory

        self.coordinator.send("epoch", row=dict(row), memory_bytes=measure_memory())
        reason = self.coordinator.answers.get()
        self.coordinator.interrupt.check()
        if reason is not None:
            raise EarlyTermination(reason)


def main() -> None:
    """Train tasks from standard input until it ends. The argument is the device: auto, cpu, gpu."""
    with Interrupt() as interrupt:
        coordinator = _Coordinator(interrupt)
        from cnnlab.study.workers.training_task import TaskTrainer
        from cnnlab.training.device import choose_device

        trainer = TaskTrainer(choose_device(sys.argv[1]), interrupt)
        while (task := coordinator.tasks.get()) is not None:
            _train(task, trainer, coordinator)


def _train(task: Task, trainer: Any, coordinator: _Coordinator) -> None:
    """Train a task, and report how it ended; a stopped worker ends without a report."""
    try:
        trainer.train(task, _TaskProgress(coordinator))
    except EarlyTermination:
        coordinator.send("ended")
    except Interruption as error:
        sys.exit(error.exit_code)
    except CnnlabError as error:
        coordinator.send("failed", name=type(error).__name__, message=str(error))
    except Exception:
        coordinator.send("failed", name="CnnlabError", message=traceback.format_exc().rstrip())
    else:
        coordinator.send("ended")


if __name__ == "__main__":
    main()
