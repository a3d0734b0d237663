"""The test accuracy of a config over seeds: what stands in the head of each config.

    python benchmarks/accuracy.py configs/mnist.yaml [SEED …]

Trains and evaluates by the commands that a user would type, one seed after another (1, 2 and 3 if
none are given), and prints each result, then mean, standard deviation and wall time.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def cnnlab(*arguments: str) -> Any:
    """The JSON answer of a command."""
    command = [sys.executable, "-m", "cnnlab", *arguments, "--json"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def main() -> None:
    """Measure and print."""
    config, seeds = sys.argv[1], sys.argv[2:] or ["1", "2", "3"]
    accuracies, validations, times = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            started = time.perf_counter()
            run = cnnlab("train", config, "--runs", folder, "--set", f"seed={seed}", "--quiet")
            times.append(time.perf_counter() - started)
            test = cnnlab("evaluate", run["run"])
            accuracies.append(test["accuracy"])
            figures = [f"seed {seed}: test accuracy {test['accuracy']:.4f}"]
            if run["data"]["validation_images"]:
                validation = cnnlab("evaluate", run["run"], "--split", "validation")["accuracy"]
                validations.append(validation)
                figures.append(f"validation accuracy {validation:.4f}")
            figures.append(f"{run['epochs']} epochs, best {run['best_epoch']}, {times[-1]:.0f} s")
            print(", ".join(figures), flush=True)
    for name, values in (("test", accuracies), ("validation", validations)):
        if values:
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            mean = statistics.mean(values)
            print(f"{name} accuracy: mean {mean:.4f}, standard deviation {spread:.4f}")
    print(f"wall time of train: mean {statistics.mean(times):.0f} s, most {max(times):.0f} s")


if __name__ == "__main__":
    main()
