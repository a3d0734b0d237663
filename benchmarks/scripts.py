"""Train configs, and then the scripts that `cnnlab export --format python` writes of the runs.

    python benchmarks/scripts.py [CONFIG …] [--set PATH=VALUE …]

Each script runs in a process that cannot import cnnlab. Printed are the test accuracies of the run
and of the script, and the largest difference between the rows of both histories, over all epochs:
losses and accuracies of the training images and of the validation images. Bar: 1e-5 on a CPU, and
the same accuracy, for configs without augmentation.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CONFIGS = [ROOT / "configs" / name for name in ("mnist.yaml", "fashion.yaml", "quick.yaml")]
ALONE = (
    "import runpy, sys; sys.modules['cnnlab'] = None; sys.argv[:] = sys.argv[1:]; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)
FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("configs", nargs="*", type=Path, default=CONFIGS)
    parser.add_argument("--set", action="append", default=[], dest="edits")
    options = parser.parse_args()
    for config in options.configs:
        with tempfile.TemporaryDirectory() as folder:
            compare(config.resolve(), options.edits, Path(folder))


def compare(config: Path, edits: list[str], folder: Path) -> None:
    """Train a config and its script, and print how they differ."""
    settings = [part for edit in edits for part in ("--set", edit)]
    run = call_cnnlab(folder, "train", config, "--quiet", *settings)
    call_cnnlab(folder, "export", "last", "--format", "python", "--output", folder / "script.py")
    accuracy = call_cnnlab(folder, "evaluate", "last")["accuracy"]
    dataset = run["data"]["dataset"]
    with resources.as_file(resources.files("cnnlab.data") / f"{dataset}.npz") as data:
        answer = subprocess.run(
            [sys.executable, "-c", ALONE, "script.py", "--data", data],
            cwd=folder,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    [alone] = [line for line in answer.stdout.splitlines() if line.startswith("test accuracy")]
    [history] = folder.glob("history-*.csv")
    rows = zip(read_rows(folder / run["run"] / "history.csv"), read_rows(history), strict=True)
    differences = [
        abs(float(one[name]) - float(other[name]))
        for one, other in rows
        for name in FIGURES
        if name in one
    ]
    print(
        f"{config.stem}: test accuracy {accuracy:.4f}, of the script {alone.split()[-1]}; "
        f"{run['epochs']} epochs, whose figures differ by at most {max(differences):.1e}",
        flush=True,
    )


def call_cnnlab(folder: Path, *arguments: str | Path) -> Any:
    """The JSON answer of a command."""
    command = [sys.executable, "-m", "cnnlab", *map(str, arguments), "--json"]
    answer = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout)


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
