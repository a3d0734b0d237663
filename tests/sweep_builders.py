"""Sweep files and their configs as texts, in a folder, read without a data set."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnlab.errors import ConfigError
from cnnlab.spec.experiment import Data, DatasetInfo
from cnnlab.spec.sweep_reader import SweepConfig, read_sweep

INFO = DatasetInfo((28, 28, 1), tuple("0123456789"), 60_000, 10_000)
CONFIG = """\
# A small network.
name: small
data: {dataset: mnist, validation: 0.1}
model:
  - conv: {filters: 8, kernel_size: 3, activation: relu}  # first
  - max_pool: 2
  - conv: {filters: 16, kernel_size: 3, activation: relu}
  - max_pool: 2
  - flatten
  - dropout: 0.5
  - dense: {units: 10, activation: softmax}
training:
  epochs: 4
  optimizer: adam
"""
SWEEP = """\
name: kernels
config: ../small.yaml
method: tpe
metric: val_accuracy
at_least: 0.992
trials: 30
parameters:
  model[0].conv.filters: [8, 16, 32, 64]
  model[2].conv.kernel_size: {min: 1, max: 7, step: 2}
  training.optimizer.adam.learning_rate: {min: 1e-4, max: 1e-2, scale: log}
  model[5]: [{dropout: 0.2}, {alpha_dropout: 0.5}]
where: ["model[0].conv.filters <= 32"]
early_terminate: {hyperband: {min_epochs: 1, reduction_factor: 3}}
confirm: {best: 3, seeds: 5}
"""


def describe(data: Data) -> DatasetInfo:
    """The description of 60,000 gray images of 28 × 28 pixels, in ten classes."""
    return INFO


def write_files(folder: Path, sweep: str, config: str = CONFIG) -> Path:
    """Write a config and a sweep file in a folder below; return the path of the sweep file."""
    (folder / "small.yaml").write_text(config, encoding="utf-8")
    (folder / "sweeps").mkdir(exist_ok=True)
    path = folder / "sweeps/kernels.yaml"
    path.write_text(sweep, encoding="utf-8")
    return path


def read_text(folder: Path, sweep: str, *edits: str, config: str = CONFIG) -> SweepConfig:
    """Read a sweep file with edits."""
    return read_sweep(write_files(folder, sweep, config), describe, edits)


TOP = "config: ../small.yaml\nmethod: random\ntrials: 2\nparameters:\n"
BASE = f"{TOP}  model[0].conv.filters: [8, 16]\n"


def read_faults(sweep: str, *edits: str, config: str = CONFIG) -> str:
    """The whole error message for a sweep file, sweeps/kernels.yaml, in the current folder."""
    with pytest.raises(ConfigError) as caught:
        read_text(Path(), sweep, *edits, config=config)
    return str(caught.value)
