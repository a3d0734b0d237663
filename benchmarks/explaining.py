"""How long what looks at a finished run takes, whole process, on configs/mnist.yaml.

    python benchmarks/explaining.py [RUN] [TIMES]

Trains configs/mnist.yaml first where no RUN of it is given; prints the median of 5 times, or TIMES.
What is written goes into a copy of the run.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Seconds at most, and the command; RUN is the run's path.
COMMANDS = {
    "explain --all": (15, ("explain", "RUN", "--all")),
}


def cnnlab(*arguments: str) -> float:
    """The wall time of one command."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "cnnlab", *arguments]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    given = sys.argv[1] if len(sys.argv) > 1 else None
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "mnist-001"
        if given:
            shutil.copytree(given, run)
        else:
            cnnlab("train", "configs/mnist.yaml", "--quiet", "--runs", folder)
        for name, (bar, arguments) in COMMANDS.items():
            command = [str(run) if word == "RUN" else word for word in arguments]
            cnnlab(*command)  # the first fills the disk's cache
            taken = [cnnlab(*command) for _ in range(times)]
            spread = f"{min(taken):.1f} to {max(taken):.1f}"
            print(f"{name}: median {statistics.median(taken):.1f} s ({spread}), bar {bar} s")


if __name__ == "__main__":
    main()
