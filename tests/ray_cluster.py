"""A Ray cluster on this machine, and the tasks that its tests give to it."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tiny_training import MODEL

from cnnlab.study.workers.interface import Resources, Task, Workers
from cnnlab.study.workers.task_loop import run_tasks
from cnnlab.training.interrupt import Interrupt

NODES = 3  # two of them can be killed
_SETTINGS = {
    # The cluster shall miss a killed node within seconds, not within half a minute.
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 4,
    # A worker for no environment would start, and each task has one, and so its own worker.
    "prestart_worker_first_driver": False,
    # Ray's workers would otherwise wait until all other tests leave the processors idle.
    "worker_niceness": 0,
}


@contextmanager
def start_cluster() -> Iterator[str]:
    """Start a head without processors, and nodes with one processor each: the address."""
    from cnnlab.study.workers.ray_connection import import_ray

    import_ray()  # first, so that Ray is as quiet as in a sweep
    from ray.cluster_utils import Cluster

    # The paths of Ray's sockets may have 107 characters, and pytest's folders are long.
    with (
        tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("RAY_TMPDIR", folder)  # Ray writes nothing elsewhere
        patch.delenv("RAY_ADDRESS", raising=False)  # "auto" would use it
        Path(folder, "ray").mkdir()
        node = {
            "include_dashboard": False,
            "include_log_monitor": False,
            "no_monitor": True,  # of an autoscaler
            "object_store_memory": 80 * 2**20,
        }
        head = {**node, "num_cpus": 0, "_system_config": _SETTINGS}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        try:
            for _ in range(NODES):
                cluster.add_node(wait=False, num_cpus=1, **node)
            cluster.wait_for_nodes()
            yield cluster.address
        finally:
            cluster.shutdown()


def build_task(
    data: Path, run: Path, seed: int, epochs: int, model: Any = MODEL, optimizer: Any = "adam"
) -> Task:
    """Build a task on tiny.npz in the folder `data`."""
    config = {
        "name": "tiny",
        "seed": seed,
        "data": {"dataset": "tiny.npz", "validation": 0.2, "batch_size": 8},
        "model": model,
        "training": {"epochs": epochs, "optimizer": optimizer},
    }
    return Task(run, json.dumps(config), data / "tiny.yaml", ("cnnlab", "sweep"))


class TaskList:
    """A source of tasks, which notes what happens to them.

    `judge` gets a task and its finished epoch, and returns the reason to end the task, or None.
    """

    def __init__(self, tasks: list[Task], judge: Callable[[Task, int], str | None]) -> None:
        self.tasks, self.judge = list(tasks), judge
        self.events: list[Any] = []
        self.results: dict[str, Any] = {}

    def next_task(self) -> Task | None:
        return self.tasks.pop(0) if self.tasks else None

    def note(self, event: Any) -> None:
        if event is not None:
            self.events.append(event)

    def judge_epoch(self, task: Task, row: Any) -> str | None:
        return self.judge(task, int(row["epoch"]))

    def finish(self, task: Task, failure: Any) -> None:
        self.results[task.run.name] = failure

    def select(self, kind: type, name: str) -> list[Any]:
        """Select the events of a kind about the task whose run has this name."""
        return [one for one in self.events if isinstance(one, kind) and one.task.run.name == name]


def run_all(
    workers: Workers, tasks: list[Task], judge: Callable[[Task, int], str | None] | None = None
) -> TaskList:
    """Run all tasks, and return the source that noted what happened."""
    source = TaskList(tasks, judge or (lambda task, epoch: None))
    with Interrupt() as interrupt:
        run_tasks(source, workers, interrupt)
    return source


def coordinate(address: str, data: str, run: str, epochs: str) -> None:
    """Train one task as the coordinator of a process of its own, and print its finished epochs."""
    from cnnlab.errors import Interruption
    from cnnlab.study.workers.ray_connection import connect_ray

    def judge(task: Task, epoch: int) -> None:
        print(epoch, flush=True)

    workers = connect_ray(address, Resources(0, 1, "cpu"))
    try:
        run_all(workers, [build_task(Path(data), Path(run), 1, int(epochs))], judge)
    except Interruption as error:
        sys.exit(error.exit_code)
    finally:
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        workers.close()


if __name__ == "__main__":
    coordinate(*sys.argv[1:])
