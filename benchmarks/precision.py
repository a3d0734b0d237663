"""Speed and test accuracy of a config in float32 and in mixed_bfloat16, on this machine.

    python benchmarks/precision.py [SEEDS] [CONFIG] [--epochs N]

SEEDS is a number (3 without it), CONFIG a config (configs/mnist.yaml without it). For each seed,
both precisions train and are evaluated in turn, and each pair begins with the other one, so that
what else the machine does meets both. Each training and each evaluation is a process of its own, as
a user would start it. The images per second of a training are the median of its epochs after the
first, in which TensorFlow compiles; of a training of one epoch, they are those of this epoch.

The script prints each training, then means and standard deviations, and the ratio of the speeds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PRECISIONS = ("float32", "mixed_bfloat16")


def cnnlab(*arguments: str | Path) -> Any:
    """The JSON answer of a command."""
    command = [sys.executable, "-m", "cnnlab", *map(str, arguments), "--json"]
    answer = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout)


def measure(config: Path, precision: str, seed: int, edits: list[str], runs: Path) -> list[float]:
    """Train and evaluate; return the images per second of the training and the test accuracy."""
    edits = [*edits, f"training.precision={precision}", f"seed={seed}"]
    options = [part for edit in edits for part in ("--set", edit)]
    run = cnnlab("train", config, "--runs", runs, "--quiet", *options)["run"]
    rows = (Path(run) / "history.csv").read_text(encoding="utf-8").splitlines()
    place = rows[0].split(",").index("images_per_second")
    speeds = [float(row.split(",")[place]) for row in rows[1:]]
    speed, accuracy = statistics.median(speeds[1:] or speeds), cnnlab("evaluate", run)["accuracy"]
    print(f"seed {seed}  {precision:<14}  {speed:>8,.0f} images/s  {accuracy:.4f}", flush=True)
    return [speed, accuracy]


def describe(values: list[float], form: str) -> str:
    """Mean and standard deviation of some values."""
    spread = format(statistics.stdev(values), form) if len(values) > 1 else "unknown"
    return f"mean {statistics.mean(values):{form}}, standard deviation {spread}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("seeds", nargs="?", type=int, default=3)
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "configs" / "mnist.yaml")
    parser.add_argument("--epochs", type=int)
    options = parser.parse_args()
    edits = [] if options.epochs is None else [f"training.epochs={options.epochs}"]
    found: dict[str, list[list[float]]] = {precision: [] for precision in PRECISIONS}
    config = options.config.resolve()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, options.seeds + 1):
            for precision in PRECISIONS if seed % 2 else reversed(PRECISIONS):
                found[precision].append(measure(config, precision, seed, edits, Path(folder)))
    for precision in PRECISIONS:
        speeds, accuracies = ([*column] for column in zip(*found[precision], strict=True))
        print(f"{precision}: images/s {describe(speeds, ',.0f')}")
        print(f"{precision}: test accuracy {describe(accuracies, '.4f')}")
    pairs = zip(found["float32"], found["mixed_bfloat16"], strict=True)
    ratios = [narrow[0] / full[0] for full, narrow in pairs]
    print(f"speed of mixed_bfloat16, in times of float32: {describe(ratios, '.3f')}")
    differences = [
        100 * (narrow[1] - full[1])
        for full, narrow in zip(found["float32"], found["mixed_bfloat16"], strict=True)
    ]
    print(f"its test accuracy, in points above float32: {describe(differences, '.2f')}")


if __name__ == "__main__":
    main()
