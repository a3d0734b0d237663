"""Train tasks in worker processes on this machine, which import TensorFlow once each."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from cnnlab.study.workers.interface import (
    EpochReport,
    Event,
    Resources,
    Task,
    TaskEnd,
    TaskFailure,
    TaskStart,
    WorkerDeath,
)
from cnnlab.study.workers.process import (
    describe_death,
    format_answer,
    format_stop,
    format_task,
    parse_event,
)
from cnnlab.study.workers.resources import list_chosen_gpus, read_free_memory

_THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


class LocalProcesses:
    """Worker processes on this machine; each starts when it is first needed."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.processes: list[_WorkerProcess] = []
        self.selector = selectors.DefaultSelector()

    def count_free(self) -> int:
        """Count the workers that have no task, also those for which there is memory to start."""
        idle = sum(one.task is None for one in self.processes)
        unstarted = self.resources.workers - len(self.processes)
        free_memory = read_free_memory()
        if self.processes and free_memory is not None:
            # A process that has just started does not have all its memory yet.
            starting = sum(one.memory_bytes == 0 for one in self.processes)
            fitting = free_memory // self._estimate_memory() - starting
            unstarted = max(0, min(unstarted, fitting))
        return idle + unstarted

    def count_busy(self) -> int:
        """Count the worker processes that have a task."""
        return sum(one.task is not None for one in self.processes)

    def _estimate_memory(self) -> int:
        """Estimate the memory of a worker: the largest that was measured, or 1 GiB before."""
        return max([2**30, *(one.memory_bytes for one in self.processes)])

    def start(self, task: Task) -> None:
        """Give a task to a worker process without a task, or to a new one."""
        free = [one for one in self.processes if one.task is None]
        if not free:
            process = _WorkerProcess(self.resources, self._choose_gpu())
            self.processes.append(process)
            self.selector.register(process.output, selectors.EVENT_READ, process)
            free = [process]
        free[0].give(task)

    def _choose_gpu(self) -> str | None:
        """Choose the GPU that the fewest workers use; None without a GPU."""
        gpus = list_chosen_gpus(self.resources.device)
        used = [process.gpu for process in self.processes]
        return min(gpus, key=used.count, default=None)

    def wait(self, seconds: float) -> Sequence[Event]:
        """Wait for events, at most for so many seconds, and return them in their order."""
        events: list[Event] = []
        for key, _ in self.selector.select(seconds):
            process: _WorkerProcess = key.data
            events += process.read_events()
            if process.has_ended:
                self.selector.unregister(process.output)
                self.processes.remove(process)
                events += process.bury()
        return events

    def answer(self, task: Task, stop_reason: str | None) -> None:
        """Tell the worker of a task to train on, or to end the task for the given reason."""
        for process in self.processes:
            if process.task == task:
                process.send(format_answer(stop_reason))

    def stop(self) -> None:
        """Ask all workers to stop after the batch at hand; each then reports WorkerDeath."""
        for process in self.processes:
            process.send(format_stop())

    def close(self) -> None:
        """Kill all worker processes; what they have committed is saved."""
        for process in self.processes:
            process.popen.kill()
            process.bury()
        self.processes.clear()
        self.selector.close()


class _WorkerProcess:
    """A worker process, with its pipes and its present task."""

    def __init__(self, resources: Resources, gpu: str | None) -> None:
        self.gpu = gpu
        environment, device = dict(os.environ), resources.device
        if gpu is not None:
            device = "auto" if device == "auto" else "gpu"  # the process sees no other GPU
            environment["CUDA_VISIBLE_DEVICES"] = gpu
        if resources.threads is not None:
            environment |= dict.fromkeys(_THREADS, str(resources.threads))
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # `bury` closes it
        self.popen = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "cnnlab.study.workers.process", device],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal reaches the coordinator alone
        )
        assert self.popen.stdout is not None
        self.output = self.popen.stdout
        self.task: Task | None = None
        self.memory_bytes = 0
        self.rest = b""
        self.has_ended = False

    def give(self, task: Task) -> None:
        self.task = task
        self.send(format_task(task))

    def send(self, message: bytes) -> None:
        assert self.popen.stdin is not None
        with suppress(BrokenPipeError):  # the process has ended; `read_events` will see it
            self.popen.stdin.write(message)
            self.popen.stdin.flush()

    def read_events(self) -> list[Event]:
        """Read the messages that have arrived; at the end of the output, set `has_ended`."""
        data = os.read(self.output.fileno(), 2**16)
        if not data:
            self.has_ended = True
            return []
        *lines, self.rest = (self.rest + data).split(b"\n")
        events = []
        for line in lines:
            assert self.task is not None
            event = parse_event(line, self.task)
            events.append(event)
            if isinstance(event, TaskStart | EpochReport):
                self.memory_bytes = event.memory_bytes
            if isinstance(event, TaskEnd | TaskFailure):
                self.task = None
        return events

    def bury(self) -> list[WorkerDeath]:
        """Release the process after its end; return the death of its task, if it had one."""
        for pipe in (self.popen.stdin, self.popen.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):  # a message that the process did not read
                pipe.close()
        code = self.popen.wait()
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        self.errors.close()
        if self.task is None:
            return []
        return [describe_death(self.task, code, lines[-1] if lines else "")]
