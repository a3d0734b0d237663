"""Training in this process on data so small that an epoch takes no time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

CLASSES, IMAGES = 3, 60
MODEL = ["flatten", {"dense": {"units": CLASSES, "activation": "softmax"}}]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """tiny.npz: 60 noisy images of 8 × 8 in 3 classes, each with its own bright rows."""
    random = np.random.default_rng(0)
    arrays = {}
    for part in ("train", "test"):
        labels = np.arange(IMAGES, dtype=np.uint8) % CLASSES
        images = random.integers(0, 128, (IMAGES, 8, 8), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label : 2 * label + 2] += 64
        arrays |= {f"x_{part}": images, f"y_{part}": labels}
    np.savez(tmp_path / "tiny.npz", **arrays)
    return tmp_path


@pytest.fixture
def read(tiny: Path) -> Callable[..., Any]:
    """The config of an experiment on tiny.npz; JSON is YAML too."""
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.config_reader import parse_config

    def config(model: Any = MODEL, seed: int = 1, data: Any = None, **training: Any) -> Any:
        plain = {
            "name": "tiny",
            "seed": seed,
            "data": {"dataset": "tiny.npz", "validation": 0.2, "batch_size": 8} | (data or {}),
            "model": model,
            "training": {"epochs": 2} | training,
        }
        return parse_config(tiny / "tiny.yaml", json.dumps(plain).encode(), describe_dataset)

    return config


@pytest.fixture
def train(read: Callable[..., Any], tiny: Path) -> Callable[..., Any]:
    """Train such an experiment here: (run, record)."""
    from cnnlab import run_folder
    from cnnlab.training import single_run
    from cnnlab.training.device import choose_device
    from cnnlab.training.progress import SilentProgress

    def run(progress: Any = None, **experiment: Any) -> Any:
        config = read(**experiment)
        folder = run_folder.create_run(tiny / "runs", config.experiment.name)
        return folder, single_run.train(
            config, folder, progress or SilentProgress(), choose_device("cpu")
        )

    return run
