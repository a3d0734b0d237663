"""Kill a real training, resume it, and compare it with one that was not killed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

EPOCHS = 6
# Whatever the next epoch follows from, beside the weights: all of it must be taken up.
CONFIG = f"""\
name: killed
seed: 3
data:
  dataset: small.npz
  validation: 0.1
  batch_size: 32
  augment: [{{random_translation: 0.05}}, {{mixup: 0.2}}]
model:
  - conv: {{filters: 8, kernel_size: 3, strides: 2, use_bias: false}}
  - batch_norm
  - activation: relu
  - flatten
  - dropout: 0.2
  - dense: {{units: 10, activation: softmax}}
training:
  epochs: {EPOCHS}
  optimizer: {{adamw: 0.002}}
  weight_average: {{ema: 0.99}}
  callbacks:
    - early_stopping: {{patience: 5, restore_best_weights: true}}
    - reduce_lr_on_plateau: {{patience: 1, min_delta: 0.05}}
"""


@dataclass(frozen=True)
class Outcome:
    """What became of a training that was killed; `fault` is empty if all is as it should be.

    One that was killed before it had begun has nothing that could be compared.
    """

    begun: bool
    fault: str
    epochs: int  # finished when it was killed
    repeated: int


Popen = type[subprocess.Popen[bytes]]


def begin(folder: Path, popen: Popen, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a process of `cnnlab`, with its output in a file of the folder."""
    command = [sys.executable, "-m", "cnnlab", *arguments]
    with (folder / "said.txt").open("a") as said:
        return popen(
            command, cwd=folder, stdout=said, stderr=said, env=os.environ | {"COLUMNS": "200"}
        )


def train_whole(folder: Path, popen: Popen = subprocess.Popen) -> float:
    """Train to the end into `folder`/whole; returns the wall time of the process in seconds."""
    (folder / "killed.yaml").write_text(CONFIG, encoding="utf-8")
    process = begin(folder, popen, "train", "killed.yaml", "--runs", "whole")
    started = time.perf_counter()
    assert process.wait() == 0, (folder / "said.txt").read_text()
    return time.perf_counter() - started


def train_killed(
    folder: Path, runs: str, *moments: float, popen: Popen = subprocess.Popen
) -> Outcome:
    """Train into a folder of its own, kill the process after so many seconds, and resume.

    With several moments, the process that resumes is killed after the next, and so on; the last
    one is left alone.
    """
    (folder / "said.txt").write_text("")
    command, run = ["train", "killed.yaml", "--runs", runs], folder / runs / "killed-001"
    epochs = 0
    for moment in moments:
        process = begin(folder, popen, *command)
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        process.kill()
        process.wait()
        if not (run / "run.json").exists():  # killed before it began: nothing is lost
            return Outcome(False, "", 0, 0)
        command, state = ["resume", str(run)], run / "state.json"
        epochs = json.loads(state.read_text())["record"]["epochs"] if state.exists() else 0
        if json.loads((run / "run.json").read_text())["status"] == "finished":
            break
    else:
        code = begin(folder, popen, *command).wait()
        if code:
            said = (folder / "said.txt").read_text()
            return Outcome(True, f"resume ended with {code}: {said}", epochs, 0)
    shown = re.findall(rf"^epoch +\d+/{EPOCHS} ", (folder / "said.txt").read_text(), re.MULTILINE)
    return Outcome(True, difference(folder, run), epochs, max(0, len(shown) - EPOCHS))


def difference(folder: Path, run: Path) -> str:
    """The difference of a run from the one that was not killed; empty if there is none."""
    other = folder / "whole/killed-001"
    for name in ("initial", "averaged", "best", "last"):
        if members(run, name) != members(other, name):
            return f"{name}.keras has other bytes"
    if rows(run) != rows(other):
        return f"history.csv has other rows: {rows(run)}"
    return ""


def members(run: Path, name: str) -> list[bytes]:
    """The contents of a checkpoint, without the time at which it was written."""
    with zipfile.ZipFile(run / f"checkpoints/{name}.keras") as archive:
        return [archive.read(one) for one in archive.namelist() if one != "metadata.json"]


def rows(run: Path) -> list[list[str]]:
    """The rows of the history without times, which are the last two columns."""
    return [line.split(",")[:-2] for line in (run / "history.csv").read_text().splitlines()]
