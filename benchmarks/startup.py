"""How long `cnnlab --help` and `cnnlab check` take, whole process.

    python benchmarks/startup.py

Bars: --help at most 0.20 s, check at most 0.50 s (medians of 10), no TensorFlow loaded by check.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
CNNLAB = str(Path(sys.executable).with_name("cnnlab"))
RUNS = 10


def seconds(command: list[str]) -> float:
    """The wall time of one process."""
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "cnnlab --help": [CNNLAB, "--help"],
        "cnnlab check configs/mnist.yaml": [CNNLAB, "check", "configs/mnist.yaml"],
    }
    for name, command in commands.items():
        seconds(command)  # the first fills the disk's cache
        times = [seconds(command) for _ in range(RUNS)]
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


if __name__ == "__main__":
    main()
