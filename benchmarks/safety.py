"""The cost of saving each epoch safely: its share of the wall time of configs/mnist.yaml.

    python benchmarks/safety.py [CONFIG] [TIMES]

Counts all that a plain script would not do at the end of an epoch: the state of the callbacks, size
and SHA-256 of each file, staging, flushing and renaming, and at the start the lock. Making the
bytes of a checkpoint is not counted, since whoever keeps one makes them.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnnlab import run_folder
from cnnlab.data.datasets import describe_dataset
from cnnlab.run_folder import RunFolder, lock
from cnnlab.spec.config_reader import read_config
from cnnlab.training import single_run

ROOT = Path(__file__).parents[1]


class Clock:
    """Adds up the seconds that functions take."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def time_calls(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call_timed(*arguments: Any, **options: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                self.seconds += time.perf_counter() - started

        return call_timed


def main() -> None:
    """Measure and print."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "configs/mnist.yaml"
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    commit, taken = RunFolder.commit_epoch, lock._lock_exclusive
    shares = []
    for _ in range(times):
        clock = Clock()
        RunFolder.commit_epoch = clock.time_calls(commit)  # type: ignore[method-assign]
        lock._lock_exclusive = clock.time_calls(taken)
        with tempfile.TemporaryDirectory(dir=ROOT / "runs") as folder:
            started = time.perf_counter()
            config = read_config(path, describe_dataset)
            record = single_run.train(
                config, run_folder.create_run(Path(folder), config.experiment.name)
            )
            whole = time.perf_counter() - started
        shares.append(clock.seconds / whole)
        told = f"{clock.seconds:.2f} s of {whole:.1f} s in {record.epochs} epochs"
        print(f"{shares[-1]:.2%}: {told}", flush=True)
    print(f"median {statistics.median(shares):.2%}, bar 3%")


if __name__ == "__main__":
    main()
