"""A folder in which command lines are mistyped, and a run of configs/quick.yaml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_calls import call_cnnlab
from run_builders import make_run

CONFIGS = Path(__file__).parents[2] / "configs"
MNIST = CONFIGS / "mnist.yaml"


@pytest.fixture(scope="module")
def mistyped_folder(tmp_path_factory):
    """A folder with digits.yaml, which is configs/mnist.yaml, two runs and a folder photos/."""
    place = tmp_path_factory.mktemp("wrong")
    for name in ("configs", "photos"):
        (place / name).mkdir()
    shutil.copy(MNIST, place / "configs")
    shutil.copy(MNIST, place / "digits.yaml")
    sgd = MNIST.read_text(encoding="utf-8").replace("{adam: {learning_rate: 0.001}}", "sgd")
    (place / "sgd.yaml").write_text(sgd, encoding="utf-8")
    callbacks = [{"early_stopping": {"patience": 3}}]
    for _ in range(2):
        make_run(place / "runs", "mnist", training={"epochs": 2, "callbacks": callbacks})
    return place


@pytest.fixture(scope="session")
def quick_run(build_once):
    """A folder with the run of configs/quick.yaml; no test writes into the run."""

    def build(folder):
        edit = "training.precision=float32"  # which every processor computes fast
        done = call_cnnlab("train", CONFIGS / "quick.yaml", "--set", edit, cwd=folder)
        assert done.returncode == 0, done.stderr
        return folder

    return build_once("quick", build)
