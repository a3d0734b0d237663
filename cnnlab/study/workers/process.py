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
from collections.abc import Mapping
from typing import Any

from cnnlab.errors import Interruption
from cnnlab.study.workers.interface import Event, Task, WorkerDeath
from cnnlab.study.workers.messages import build_event, train_task
from cnnlab.training.interrupt import Interrupt


def format_task(task: Task) -> bytes:
    """Format a task as a message for a worker process."""
    return _format({"train": task.to_plain()})


def format_answer(stop_reason: str | None) -> bytes:
    """Format the answer to a finished epoch; None lets the worker train on."""
    return _format({"answer": stop_reason})


def format_stop() -> bytes:
    """Format the message that stops the worker after the batch at hand."""
    return _format({"stop": True})


def parse_event(line: bytes, task: Task) -> Event:
    """Parse a message of the worker process that trains `task`."""
    [(kind, content)] = json.loads(line).items()
    return build_event(task, kind, content)


def describe_death(task: Task, code: int, last_line: str) -> WorkerDeath:
    """Describe how the process of a worker ended while it trained a task."""
    if code == -signal.SIGKILL:
        how = "was killed by SIGKILL, as by the system when memory runs out"
    elif code < 0:
        how = f"was ended by {signal.Signals(-code).name}"
    else:
        how = f"ended with exit code {code}"
    return WorkerDeath(task, f"the worker process {how}{f': {last_line}' if last_line else ''}")


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
        # Not from sys.stdin: if an error ended the main thread during a read, Python would abort
        # when it closes sys.stdin, and the coordinator would not learn of the error.
        with open(0, "rb", closefd=False) as messages:
            for line in messages:
                [(kind, content)] = json.loads(line).items()
                if kind == "train":
                    self.tasks.put(Task.from_plain(content))
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

    def wait_for_answer(self) -> str | None:
        reason = self.answers.get()
        self.interrupt.check()
        return reason


def main() -> None:
    """Train tasks from standard input until it ends. The argument is the name of the device."""
    with Interrupt() as interrupt:
        coordinator = _Coordinator(interrupt)
        from cnnlab.study.workers.training_task import TaskTrainer
        from cnnlab.training.device import choose_device

        trainer = TaskTrainer(choose_device(sys.argv[1]), interrupt)
        while (task := coordinator.tasks.get()) is not None:
            try:
                train_task(task, trainer, coordinator)
            except Interruption as error:
                sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
