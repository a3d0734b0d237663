"""Build tiny.npz, on which an epoch takes no time, and train experiments on it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.training.progress import SilentProgress

CLASSES, IMAGES = 3, 60
MODEL = ["flatten", {"dense": {"units": CLASSES, "activation": "softmax"}}]


def save_tiny(folder: Path) -> Path:
    """Write tiny.npz: 60 noisy images of 8 × 8 in 3 classes, each with its own bright rows."""
    random = np.random.default_rng(0)
    arrays = {}
    for part in ("train", "test"):
        labels = np.arange(IMAGES, dtype=np.uint8) % CLASSES
        images = random.integers(0, 128, (IMAGES, 8, 8), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label : 2 * label + 2] += 64
        arrays |= {f"x_{part}": images, f"y_{part}": labels}
    np.savez(folder / "tiny.npz", **arrays)
    return folder


class StopAfter(SilentProgress):
    """Sends this process a signal after an epoch, as Ctrl-C does."""

    def __init__(self, epoch: int) -> None:
        self.last = epoch

    def epoch(self, row: Any) -> None:
        if row["epoch"] == self.last:
            os.kill(os.getpid(), signal.SIGINT)


def read_tiny(
    folder: Path, model: Any = MODEL, seed: int = 1, data: Any = None, **training: Any
) -> Any:
    """Read the config of an experiment on tiny.npz in `folder`; JSON is YAML too."""
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.config_reader import parse_config

    plain = {
        "name": "tiny",
        "seed": seed,
        "data": {"dataset": "tiny.npz", "validation": 0.2, "batch_size": 8} | (data or {}),
        "model": model,
        "training": {"epochs": 2} | training,
    }
    return parse_config(folder / "tiny.yaml", json.dumps(plain).encode(), describe_dataset)


def train_in(folder: Path, progress: Any = None, **experiment: Any) -> Any:
    """Train an experiment on tiny.npz in `folder`: (run, record)."""
    from cnnlab import run_folder
    from cnnlab.training import single_run
    from cnnlab.training.device import choose_device

    config = read_tiny(folder, **experiment)
    run = run_folder.create_run(folder / "runs", config.experiment.name)
    return run, single_run.train(config, run, progress or SilentProgress(), choose_device("cpu"))
