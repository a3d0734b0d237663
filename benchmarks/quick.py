"""The wall time of `cnnlab train configs/quick.yaml`, in turn with a Keras script by hand.

    python benchmarks/quick.py [PAIRS]

Prints the wall time of both processes, import of TensorFlow and all files included, and the median
of the ratios. Bar: under 8 s, where the script takes 7.1 s; the accuracy of both is told by
`python benchmarks/reference.py quick` and by the script itself.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def seconds(*command: str) -> float:
    """The wall time of a process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ratios, times = [], []
    with tempfile.TemporaryDirectory() as folder:
        command = ("-m", "cnnlab", "train", "configs/quick.yaml", "--quiet", "--runs", folder)
        for _ in range(pairs):
            bare, ours = seconds("benchmarks/bare_quick.py"), seconds(*command)
            ratios.append(ours / bare)
            times.append(ours)
            print(f"bare {bare:.1f} s, cnnlab {ours:.1f} s, ratio {ratios[-1]:.2f}", flush=True)
    print(f"cnnlab: median {statistics.median(times):.1f} s, least {min(times):.1f} s")
    print(f"ratio:  median {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
