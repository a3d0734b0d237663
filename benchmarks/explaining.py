"""The wall time of the commands that read a finished run of configs/mnist.yaml.

    python benchmarks/explaining.py [RUN] [TIMES]

Trains configs/mnist.yaml first where no RUN of it is given; prints the median of 5 times, or TIMES.
What is written goes into a copy of the run, which was not evaluated yet: `report` does that too.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from drawn_digits import STYLES

ROOT = Path(__file__).parents[1]
# Seconds at most, and the command; RUN is the run's path, IMAGE that of a drawn digit.
COMMANDS = {
    "explain --all": (15, ("explain", "RUN", "--all")),
    "report": (12, ("report", "RUN")),
    "predict": (6, ("predict", "RUN", "IMAGE")),
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
        shutil.rmtree(run / "evaluation", ignore_errors=True)
        image = Path(folder) / "seven.png"
        STYLES[0].draw(7).save(image)
        words = {"RUN": str(run), "IMAGE": str(image)}
        for name, (bar, arguments) in COMMANDS.items():
            taken = []
            for _ in range(times + 1):
                taken.append(cnnlab(*(words.get(word, word) for word in arguments)))
                shutil.rmtree(run / "evaluation", ignore_errors=True)
            del taken[0]  # it filled the disk's cache
            spread = f"{min(taken):.1f} to {max(taken):.1f}"
            print(f"{name}: median {statistics.median(taken):.1f} s ({spread}), bar {bar} s")


if __name__ == "__main__":
    main()
