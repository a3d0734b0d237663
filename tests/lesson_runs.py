"""Train the runs of a short lesson: few kernels, more kernels, and an ensemble."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np

# All that a learner asks about: padding, strides, both pools, kernels and weights.
LESSON = """\
name: few
seed: 3

data: {dataset: digits.npz, validation: 0.2, batch_size: 32}

model:
  - conv: {filters: 6, kernel_size: 3, padding: same, activation: relu}
  - max_pool: 2
  - conv: {filters: 8, kernel_size: 3, strides: 2, activation: relu}
  - avg_pool: 2
  - flatten
  - dense: {units: 10, activation: softmax}

training: {epochs: 3}
"""
TRAINING_IMAGES, TEST_IMAGES = 2000, 500  # enough for answers that are often right


def train_lesson(folder: Path) -> Path:
    """Train few-001, many-001 and team-001 in `folder`/runs, and evaluate the first two."""
    import cnnlab

    with (
        resources.as_file(resources.files("cnnlab.data") / "mnist.npz") as path,
        np.load(path) as mnist,
    ):
        sizes = {"train": TRAINING_IMAGES, "test": TEST_IMAGES}
        names = [(f"{kind}_{split}", count) for split, count in sizes.items() for kind in "xy"]
        np.savez(folder / "digits.npz", **{name: mnist[name][:count] for name, count in names})
    config, runs = folder / "few.yaml", folder / "runs"
    config.write_text(LESSON, encoding="utf-8")
    few = cnnlab.train(config, runs=runs, quiet=True)
    many_kernels = {"name": "many", "model[0].conv.filters": 24, "model[2].conv.filters": 32}
    many = cnnlab.train(config, many_kernels, runs=runs, quiet=True)
    cnnlab.train(
        config, {"name": "team", "ensemble": 2, "training.epochs": 1}, runs=runs, quiet=True
    )
    for run in (few, many):
        run.evaluate()
    return folder
