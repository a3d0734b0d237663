"""How long `cnnlab --help` and `cnnlab check` take, whole process.

    python benchmarks/startup.py
    python benchmarks/startup.py --other CHECKOUT    # another version, in turn with this one

Bars: --help at most 0.20 s, check at most 0.50 s (medians of 10), no TensorFlow loaded by check;
at most 1.05 of the time of the version before (median of the ratios of 31 pairs).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "cnnlab --help": ["--help"],
    "cnnlab check configs/mnist.yaml": ["check", "configs/mnist.yaml"],
}
RUNS, PAIRS = 10, 31


def measure(arguments: list[str], checkout: Path) -> float:
    """The wall time in seconds of one process of Python with these arguments."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


def measure_medians() -> None:
    """Print the median time of each command."""
    commands = {"python -c pass": ["-c", "pass"]}
    commands |= {name: ["-m", "cnnlab", *arguments] for name, arguments in COMMANDS.items()}
    for name, arguments in commands.items():
        measure(arguments, ROOT)  # the first fills the disk's cache
        times = [measure(arguments, ROOT) for _ in range(RUNS)]
        spread = f"min {min(times):.3f}, max {max(times):.3f}"
        print(f"{name:<34} median of {RUNS}: {statistics.median(times):.3f} s ({spread})")
    program = (
        "import sys; from cnnlab.cli.main import cnnlab;"
        "cnnlab(['check', 'configs/mnist.yaml'], standalone_mode=False);"
        "sys.exit('tensorflow' in sys.modules)"
    )
    code = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.DEVNULL, check=False
    ).returncode
    print(f"TensorFlow loaded by check: {'yes' if code else 'no'}")


def compare(other: Path) -> None:
    """Print the median of the ratios of this checkout's time to the other's, in pairs."""
    for name, arguments in COMMANDS.items():
        command = ["-m", "cnnlab", *arguments]
        measure(command, other), measure(command, ROOT)
        ratios = [measure(command, ROOT) / measure(command, other) for _ in range(PAIRS)]
        low, _, high = statistics.quantiles(ratios, n=4)
        median = statistics.median(ratios)
        print(f"{name:<34} ratio {median:.3f} (quartiles {low:.3f} to {high:.3f}, {PAIRS} pairs)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--other", type=Path, help="the root of another checkout")
    other = parser.parse_args().other
    compare(other.resolve()) if other else measure_medians()


if __name__ == "__main__":
    main()
