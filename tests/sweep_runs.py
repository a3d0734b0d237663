"""Run small sweeps on tiny.npz in worker processes that several tests share."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tiny_training import save_tiny

CONFIG = """\
# A tiny network.
name: tiny
seed: 1
data: {dataset: tiny.npz, validation: 0.2, batch_size: 8}
model:
  - conv: {filters: 4, kernel_size: 3}   # the first layer
  - flatten
  - dropout: 0.2
  - dense: {units: 3, activation: softmax}
training:
  epochs: 3
  optimizer: {adam: {learning_rate: 0.01}}
"""
GRID = {
    "name": "tiny",
    "config": "tiny.yaml",
    "method": "grid",
    "parameters": {
        "model[0].conv.filters": [2, 4],
        "training.optimizer.adam.learning_rate": [0.001, 0.03],
    },
}


def write_sweep(folder: Path, config: str = CONFIG, **fields: Any) -> Path:
    """Write tiny.npz, tiny.yaml and sweep.yaml into a folder; return the path of the sweep."""
    save_tiny(folder)
    (folder / "tiny.yaml").write_text(config, encoding="utf-8")
    (folder / "sweep.yaml").write_text(json.dumps(GRID | fields), encoding="utf-8")
    return folder / "sweep.yaml"


class WatchedWorkers:
    """Workers that call a function with each event before the coordinator gets it."""

    def __init__(self, workers: Any, watch: Callable[[Any], None]) -> None:
        self.workers, self.watch = workers, watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self.workers, name)

    def wait(self, seconds: float) -> Any:
        events = self.workers.wait(seconds)
        for event in events:
            self.watch(event)
        return events

    def kill_worker_of(self, task: Any) -> None:
        """Kill the process that trains a task."""
        [process] = [one for one in self.workers.processes if one.task == task]
        os.kill(process.popen.pid, signal.SIGKILL)


class FirstTwo(WatchedWorkers):
    """Workers that are free for two tasks, and after a failure for more."""

    def __init__(self, workers: Any) -> None:
        super().__init__(workers, lambda event: self.events.append(event))
        self.events: list[Any] = []
        self.tasks: list[Any] = []

    def count_free(self) -> Any:
        from cnnlab.study.workers.interface import TaskFailure

        has_failed = any(isinstance(event, TaskFailure) for event in self.events)
        return self.workers.count_free() if has_failed or len(self.tasks) < 2 else 0

    def start(self, task: Any) -> None:
        self.tasks.append(task)
        self.workers.start(task)


def run_sweep(file: Path, workers: Any, runs: Path, progress: Any = None) -> Any:
    """Run a sweep with the given workers; return its folder, also if it ends early."""
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.run_folder import create_run
    from cnnlab.run_folder.sweep_folder import SweepFolder
    from cnnlab.spec.sweep_reader import read_sweep
    from cnnlab.study import sweep
    from cnnlab.study.workers.interface import Resources
    from cnnlab.study.workers.progress import SilentWorkersProgress

    config = read_sweep(file, describe_dataset)
    folder = SweepFolder(create_run(runs, config.sweep.name).path)
    record = sweep.start_record(config, "processes", Resources(2, 1, "cpu"), ())
    with folder.lock_for_writing():
        sweep.run_sweep(folder, record, config, workers, progress or SilentWorkersProgress())
    return folder


def resume_sweep(folder: Any, workers: Any) -> Any:
    """Go on with a sweep with the given workers."""
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.sweep_base import ConfigFile
    from cnnlab.spec.sweep_reader import restore_sweep
    from cnnlab.study import sweep
    from cnnlab.study.workers.progress import SilentWorkersProgress

    record = folder.read_record()
    file = ConfigFile(Path(record.config_path), record.config.encode())
    config = restore_sweep(record.sweep, file, describe_dataset)
    with folder.lock_for_writing():
        sweep.run_sweep(folder, record, config, workers, SilentWorkersProgress())
    return folder
