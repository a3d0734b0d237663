"""The wall time of `cnnlab train configs/quick.yaml`, in turn with a PyTorch script by hand.

    python benchmarks/quick.py [PAIRS] [PYTHON]

It prints the wall time of both processes, imports and all files included, and the median of the
ratios. Bar: at most 0.50. PYTHON is the Python that has PyTorch, by default this one. The script
prints its own test accuracy; `python benchmarks/reference.py quick` measures that of quick.yaml.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def measure_seconds(*command: str) -> float:
    """Measure the wall time of a process."""
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    python = sys.argv[2] if len(sys.argv) > 2 else sys.executable
    script = (python, "benchmarks/torch_quick.py")
    ratios, times = [], []
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("train", "configs/quick.yaml", "--quiet", "--runs", folder)
        ours = (sys.executable, "-m", "cnnlab", *arguments)
        for number in range(pairs):
            # The order alternates: on a machine that slows down, the second would always lose.
            order = (script, ours) if number % 2 else (ours, script)
            seconds = {command: measure_seconds(*command) for command in order}
            times.append(seconds[ours])
            ratios.append(seconds[ours] / seconds[script])
            print(
                f"PyTorch {seconds[script]:.1f} s, cnnlab {times[-1]:.1f} s, "
                f"ratio {ratios[-1]:.2f}",
                flush=True,
            )
    print(f"cnnlab: median {statistics.median(times):.1f} s, least {min(times):.1f} s")
    print(f"ratio:  median {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
