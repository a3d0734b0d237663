"""Train and measure the reference networks, and write the README's table of them.

    python benchmarks/reference.py [NAME …] [--runs DIR]

NAME is a file of configs/reference/ or configs/ without its ending; without one, all in `SEEDS`.
Each is trained with its own seed and the following ones, and evaluated, by the commands that a user
would type. A run that is finished is not trained again: stop this with Ctrl-C whenever you like.
The table is written anew from the runs that are there, after each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cnnlab import runs
from cnnlab.data.sources import describe
from cnnlab.errors import RunError
from cnnlab.spec.reader import read

ROOT = Path(__file__).parents[1]
# How many seeds each is measured with: three, or one where a run takes more than 20 minutes.
SEEDS = {
    "two-layer": 3,
    "fashion": 3,
    "fashion-normalized": 3,
    "three-conv": 3,
    "doubling": 3,
    "doubling-cosine": 3,
    "residual": 3,
    "blocks": 3,
    "ensemble": 1,
    "best": 1,
    "kernels-16": 3,
    "kernels-64": 3,
    "quick": 5,
}


def cnnlab(*arguments: str) -> Any:
    """The JSON answer of a command."""
    command = [sys.executable, "-m", "cnnlab", *arguments, "--json"]
    answer = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout)


def config(name: str) -> Path:
    """The file of a reference network."""
    found = [ROOT / "configs" / folder / f"{name}.yaml" for folder in ("reference", "")]
    return next(path for path in found if path.exists())


def finished(path: Path, seed: int, root: Path) -> runs.Run | None:
    """The finished run of a config and a seed, if there is one."""
    experiment = read(path, describe, (f"seed={seed}",)).spec
    for run in runs.all_runs(root):
        try:
            same = run.read_spec().experiment == experiment
        except RunError:
            continue
        if same and run.read_record().status == "finished":
            return run
    return None


def measure(name: str, root: Path) -> None:
    """Train and evaluate whatever of one network is not there yet."""
    path = config(name)
    first = read(path, describe).spec
    for seed in range(first.seed, first.seed + SEEDS[name]):
        run = finished(path, seed, root)
        if run is None:
            answer = cnnlab("train", str(path), "--runs", str(root), "--set", f"seed={seed}")
            run = runs.Run(Path(answer["run"]))
        splits = ["test", "validation"] if first.data.validation else ["test"]
        for split in splits:
            if run.read_metrics(split) is None:
                cnnlab("evaluate", str(run.path), "--split", split)
        print(figures(run, splits), flush=True)


def figures(run: runs.Run, splits: list[str]) -> str:
    """One run in one line."""
    record = run.read_record()
    accuracies = [f"{split} {run.read_metrics(split)['accuracy']:.4f}" for split in splits]  # type: ignore[index]
    return f"{run.name}, seed {record.seed}: {', '.join(accuracies)}, {record.seconds:.0f} s"


def main() -> None:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(description="Train and measure the reference networks.")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*SEEDS, []])
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "reference")
    arguments = parser.parse_args()
    for name in arguments.names or SEEDS:
        measure(name, arguments.runs)


if __name__ == "__main__":
    main()
