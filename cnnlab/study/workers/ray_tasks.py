"""Train tasks on the nodes of a Ray cluster. The nodes need no shared disk.

Only Ray Core is in use: one Ray task for each training, and one actor as a mailbox.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cnnlab import __version__
from cnnlab.errors import CnnlabError, TrainingError
from cnnlab.run_folder import RunFolder
from cnnlab.run_folder.file_transfer import read_files, write_files
from cnnlab.study.workers.interface import (
    EpochReport,
    Event,
    Resources,
    Task,
    TaskFailure,
    TaskStart,
    WorkerDeath,
)
from cnnlab.study.workers.messages import build_event
from cnnlab.study.workers.ray_mailbox import Mailbox, Message
from cnnlab.study.workers.ray_training import Attempt, Outcome, train_on_node

_THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
_CAPACITY_SECONDS = 2.0  # between two looks at the nodes of the cluster
_MOST_MESSAGES = 10_000  # that wait in the mailbox at once


@dataclass
class _RunningTask:
    """A task in the cluster. `result` is Ray's reference to its outcome.

    `lock` holds the lock of its run folder. `awaits_answer` is True after an epoch, until the
    coordinator answers.
    """

    task: Task
    result: Any
    lock: ExitStack
    key: str
    has_started: bool = False
    awaits_answer: bool = False
    run: RunFolder = field(init=False)

    def __post_init__(self) -> None:
        self.run = RunFolder(self.task.run)


class RayTasks:
    """Tasks of a Ray cluster, each on as many processors as it has threads.

    The coordinator alone writes into the run folders: it holds the lock of a run while a node
    trains it, and commits each epoch that the node hands over before it answers.
    """

    def __init__(self, ray: Any, resources: Resources, owns_connection: bool = True) -> None:
        self.ray, self.resources, self.owns_connection = ray, resources, owns_connection
        self.threads = resources.threads or 1
        self.running: dict[str, _RunningTask] = {}
        self.failures: list[Event] = []
        self.is_stopped = False
        self.capacity, self.capacity_time = 0, 0.0
        here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        self.mailbox = (
            ray.remote(Mailbox)
            .options(num_cpus=0, max_concurrency=_MOST_MESSAGES, scheduling_strategy=here)
            .remote()
        )
        self.inbox = self.mailbox.collect.remote()

    def count_free(self) -> int:
        """Count the tasks for which the cluster has room, or that `resources` still allows.

        The count is at least 1 if nothing runs: after the loss of all nodes, a task waits until a
        node joins the cluster.
        """
        most = self.resources.workers or max(1, self.count_capacity())
        return max(0, most - len(self.running))

    def count_busy(self) -> int:
        """Count the tasks that run or wait on the cluster."""
        return len(self.running)

    def count_capacity(self) -> int:
        """Count the tasks that fit on the living nodes at once."""
        if time.monotonic() - self.capacity_time >= _CAPACITY_SECONDS:
            nodes = [node["Resources"] for node in self.ray.nodes() if node["Alive"]]
            self.capacity = sum(map(self._count_tasks, nodes))
            self.capacity_time = time.monotonic()
        return self.capacity

    def _count_tasks(self, node: dict[str, float]) -> int:
        tasks = int(node.get("CPU", 0) // self.threads)
        return min(tasks, int(node.get("GPU", 0))) if self.resources.device == "gpu" else tasks

    def start(self, task: Task) -> None:
        """Give a task to the cluster, with the files of its run folder."""
        lock, run = ExitStack(), RunFolder(task.run)
        try:
            lock.enter_context(run.lock_for_writing())
            run.recover()
            files = read_files(run)
        except CnnlabError as error:
            lock.close()
            self.failures.append(TaskFailure(task, error))
            return
        plain = task.to_plain() | {"config_path": os.path.abspath(task.config_path)}
        attempt = Attempt(uuid4().hex, plain, os.getcwd(), self.resources.device)
        result = self._build_function().remote(__version__, vars(attempt), files, self.mailbox)
        self.running[attempt.key] = _RunningTask(task, result, lock, attempt.key)

    def _build_function(self) -> Any:
        """Build the remote function that trains a task, with the resources that it needs."""
        is_gpu = self.resources.device == "gpu"
        # On a GPU, the processor prepares batches; there TensorFlow chooses its threads.
        threads = self.resources.threads if is_gpu else self.threads
        variables = {} if threads is None else dict.fromkeys(_THREADS, str(threads))
        return self.ray.remote(train_on_node).options(
            num_cpus=self.threads,
            num_gpus=int(is_gpu),
            # Ray would repeat the task with the files of its beginning, and train committed epochs
            # again. `run_tasks` starts it again with the files of the last epoch.
            max_retries=0,
            runtime_env={"env_vars": variables},
        )

    def wait(self, seconds: float) -> Sequence[Event]:
        """Wait for events, at most for so many seconds, and return them in their order."""
        events, self.failures = self.failures, []
        if events:
            return events
        references = [self.inbox, *(one.result for one in self.running.values())]
        self.ray.wait(references, timeout=seconds)
        ready, _ = self.ray.wait(references, num_returns=len(references), timeout=0)
        ended = [one for one in self.running.values() if one.result in ready]
        if ended:
            # Messages that a task sent before its end must not come after it.
            self.mailbox.wake.remote()
        if ended or self.inbox in ready:
            events += self._collect_events()
        return [*events, *(self._finish(one) for one in ended if one.key in self.running)]

    def _collect_events(self) -> list[Event]:
        """Wait for the messages in the mailbox, and return their events."""
        try:
            messages = self.ray.get(self.inbox)
        except self.ray.exceptions.RayError as error:
            reason = _find_first_sentence(error)
            raise TrainingError(f"the connection to the Ray cluster is lost: {reason}") from error
        self.inbox = self.mailbox.collect.remote()
        return [event for message in messages for event in self._receive(message)]

    def _receive(self, message: Message) -> list[Event]:
        """Write the files of a message, and return its event; [] for a task that has ended."""
        key, kind, content, files = message
        one = self.running.get(key)
        if one is None:
            return []
        try:
            write_files(one.run, files)
        except CnnlabError as error:
            self.ray.cancel(one.result, force=True)
            self._release(one)
            return [TaskFailure(one.task, error)]
        event = build_event(one.task, kind, content)
        one.has_started |= isinstance(event, TaskStart)
        if isinstance(event, EpochReport):
            one.awaits_answer = True
            if self.is_stopped:
                self._answer(one, None)
        return [event]

    def _finish(self, one: _RunningTask) -> Event:
        """Write the last files of a task, and return how it ended."""
        exceptions = self.ray.exceptions
        try:
            outcome = Outcome(**self.ray.get(one.result))
            write_files(one.run, outcome.files)
        except CnnlabError as error:
            return TaskFailure(one.task, error)
        except exceptions.RayTaskError as error:
            if isinstance(error.cause, exceptions.RayError):
                return WorkerDeath(one.task, f"the connection to its node broke: {error.cause}")
            return TaskFailure(one.task, CnnlabError(str(error).rstrip()))
        except exceptions.RayError as error:
            return WorkerDeath(one.task, f"Ray lost its worker: {_find_first_sentence(error)}")
        finally:
            self._release(one)
        if outcome.kind == "stopped":
            return WorkerDeath(one.task, "the coordinator stopped it")
        return build_event(one.task, outcome.kind, outcome.content)

    def _release(self, one: _RunningTask) -> None:
        """Forget a task that has ended, and release the lock of its run folder."""
        del self.running[one.key]
        one.lock.close()
        self.mailbox.end.remote(one.key)

    def answer(self, task: Task, stop_reason: str | None) -> None:
        """Tell a task to train on, or to end for the given reason."""
        for one in self.running.values():
            if one.task == task and one.awaits_answer:
                self._answer(one, stop_reason)

    def _answer(self, one: _RunningTask, stop_reason: str | None) -> None:
        one.awaits_answer = False
        self.mailbox.answer.remote(one.key, self.is_stopped, stop_reason)

    def stop(self) -> None:
        """Ask all tasks to stop after the batch at hand; each then reports WorkerDeath."""
        self.is_stopped = True
        self.mailbox.stop.remote()
        for one in self.running.values():
            if one.awaits_answer:
                self._answer(one, None)
            if not one.has_started:  # it waits for a processor, or reads its images
                self.ray.cancel(one.result, force=True)

    def close(self) -> None:
        """End all tasks at once, and the connection; what they have committed is saved."""
        for one in self.running.values():
            self.ray.cancel(one.result, force=True)
            one.lock.close()
        self.running.clear()
        self.ray.kill(self.mailbox)
        if self.owns_connection:
            self.ray.shutdown()


def _find_first_sentence(error: Exception) -> str:
    """Return the first sentence of an error of Ray, without its full stop."""
    sentence, _, _ = str(error).strip().partition("\n")[0].partition(". ")
    return sentence.removesuffix(".") or type(error).__name__
