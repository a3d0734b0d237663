"""Build the start of a training, as a progress display gets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnlab.run_folder import RunFolder
from cnnlab.training.progress import TrainingStart


def begin_training(**changes: Any) -> TrainingStart:
    """A training of runs/mnist-001 from its first epoch; `changes` are fields of it."""
    plain = {"epochs": 1, "epochs_done": 0, "parameters": 1, "validation_images": 0}
    start = plain | {"validation_steps": 0} | changes
    return TrainingStart(RunFolder(Path("runs/mnist-001")), "CPU", **start)
