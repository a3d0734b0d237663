"""Compare the wall time of a sweep with trainings by hand, and of several workers with one.

    python benchmarks/sweep_speed.py hand 3     # a sweep with one worker / eight `cnnlab train`
    python benchmarks/sweep_speed.py workers 3    # `--parallel auto` / `--parallel 1`

Both have eight trials. Whole processes run in turn. It prints the ratio of each pair, and the
median. `hand` has trials of configs/quick.yaml, `workers` of configs/mnist.yaml with two epochs.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIGS = Path(__file__).parent.parent / "configs"
FILTERS = (8, 12, 16, 20, 24, 28, 32, 36)
TRIALS = len(FILTERS)
PATH = "model[0].conv.filters"
EDITS = {
    "hand": ("quick.yaml", ("data.validation=0.1",)),
    "workers": ("mnist.yaml", ("training.epochs=2",)),
}


def run_cnnlab(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "cnnlab", *arguments, "--quiet"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def write_sweep(folder: Path, config: str) -> None:
    sweep = {
        "name": "speed",
        "config": str(CONFIGS / config),
        "method": "grid",
        "parameters": {PATH: [*FILTERS]},
    }
    (folder / "speed.yaml").write_text(json.dumps(sweep), encoding="utf-8")


def run_sweep(folder: Path, workers: str, edits: tuple[str, ...]) -> None:
    options = [part for edit in edits for part in ("--set", edit)]
    run_cnnlab(folder, "sweep", "speed.yaml", "--parallel", workers, *options)


def train_by_hand(folder: Path, config: str, edits: tuple[str, ...]) -> None:
    for filters in FILTERS:
        options = [part for e in (*edits, f"{PATH}={filters}") for part in ("--set", e)]
        run_cnnlab(folder, "train", str(CONFIGS / config), *options)


def main() -> None:
    kind, pairs = sys.argv[1], int(sys.argv[2])
    config, edits = EDITS[kind]
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sweep(folder, config)
        ways = {
            "hand": (
                lambda: run_sweep(folder, "1", edits),
                lambda: train_by_hand(folder, config, edits),
            ),
            "workers": (
                lambda: run_sweep(folder, "auto", edits),
                lambda: run_sweep(folder, "1", edits),
            ),
        }[kind]
        for pair in range(pairs):
            seconds = []
            for way in ways if pair % 2 == 0 else reversed(ways):
                started = time.perf_counter()
                way()
                seconds.append(time.perf_counter() - started)
            first, second = seconds if pair % 2 == 0 else reversed(seconds)
            ratios.append(first / second)
            print(f"{first:.1f} s / {second:.1f} s = {first / second:.3f}", flush=True)
    print(f"{kind}, {TRIALS} trials: median ratio {statistics.median(ratios):.3f} of {pairs} pairs")


if __name__ == "__main__":
    main()
