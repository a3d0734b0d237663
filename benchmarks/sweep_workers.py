"""Kill the workers of a sweep at random moments; all of its trials must end all the same.

    python benchmarks/sweep_workers.py 64 4 3     # 64 trials, 4 workers, a kill every 3 seconds

It prints how many workers were killed, how the trials ended, and whether the files of each finished
trial are those of a sweep that nobody disturbed. A trial fails if three workers die at it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from sweep_kill import begin, read_sweep, save_tiny

CONFIG = """\
name: tiny
seed: 1
data: {dataset: tiny.npz, validation: 0.2, batch_size: 1}
model:
  - conv: {filters: 4, kernel_size: 3}
  - flatten
  - dropout: 0.2
  - dense: {units: 3, activation: softmax}
training:
  epochs: 12
  optimizer: {adam: {learning_rate: 0.01}}
"""


def write_sweep(folder: Path, trials: int) -> None:
    save_tiny(folder)
    (folder / "tiny.yaml").write_text(CONFIG, encoding="utf-8")
    rates = [round(0.0001 * 1.08**number, 7) for number in range(trials)]
    sweep = {
        "name": "killed",
        "config": "tiny.yaml",
        "method": "grid",
        "parameters": {"training.optimizer.adam.learning_rate": rates},
    }
    (folder / "sweep.yaml").write_text(json.dumps(sweep), encoding="utf-8")


def list_workers(coordinator: int) -> list[int]:
    """List the processes that the coordinator started."""
    children = Path(f"/proc/{coordinator}/task/{coordinator}/children")
    with suppress(OSError):
        return [int(one) for one in children.read_text().split()]
    return []


def main() -> None:
    trials, workers, pause = (int(one) for one in sys.argv[1:4])
    chance = random.Random(1)  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sweep(folder, trials)
        command = ["sweep", "sweep.yaml", "--parallel", str(workers)]
        assert begin(folder, *command, "--runs", "whole").wait() == 0
        process, kills = begin(folder, *command, "--runs", "killed"), 0
        while process.poll() is None:
            time.sleep(chance.uniform(0.5, 1.5) * pause)
            if running := list_workers(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(running), signal.SIGKILL)
                    kills += 1
        ended = json.loads((folder / "killed/killed-001/trials.json").read_text())
        statuses = [one["status"] for one in ended]
        whole = read_sweep(folder / "whole/killed-001")
        found = read_sweep(folder / "killed/killed-001")
        finished = [f"{one['number']:03d}" for one in ended if one["status"] == "finished"]
        same = sum(found[number] == whole[number] for number in finished)
        print(
            f"exit code {process.returncode}; {kills} workers killed; {len(ended)} trials: "
            f"{statuses.count('finished')} finished, {statuses.count('failed')} failed; "
            f"{same} of {len(finished)} finished trials have the same bytes"
        )


if __name__ == "__main__":
    main()
