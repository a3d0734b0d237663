"""Two devices that share each batch train as one device does: see tests/two_devices.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from forked_processes import PythonProcess
from run_equality import equal_runs, members
from tiny_training import save_tiny

from cnnlab.run_folder import RunFolder

pytestmark = pytest.mark.slow

PLAIN = [
    {"conv": {"filters": 4, "kernel_size": 3, "activation": "relu"}},
    "flatten",
    {"dense": {"units": 3, "activation": "softmax"}},
]
NORMALIZED = [{"conv": {"filters": 4, "kernel_size": 3}}, "batch_norm", *PLAIN[1:]]
# With sgd: Adam makes full steps also from gradients that are 0 but for their rounding, as those of
# a bias before batch normalization are.
SGD = {"optimizer": {"sgd": {"learning_rate": 0.1, "momentum": 0.9}}}
SCHEDULED = "global_clipnorm, no validation, average of epochs, schedule"
# 48 training images, 12 validation images. Batches of 9 have parts of 4 and 5 images, and the last
# batch has 3. Of batches of 47, the last one has 1 image for two devices.
SAME = {
    "class weights, augmentation, penalties, clipnorm": {
        "model": [*PLAIN[:2], {"dense": PLAIN[2]["dense"] | {"kernel_regularizer": {"l2": 0.1}}}],
        "data": {
            "batch_size": 9,
            "class_weight": {"0": 3.0},
            "augment": [{"random_translation": 0.2}],
        },
        "steps_per_execution": 4,
        "optimizer": {"sgd": {"learning_rate": 0.1, "weight_decay": 0.01, "clipnorm": 0.05}},
    },
    SCHEDULED: {
        "model": NORMALIZED,
        "data": {"validation": 0},
        "weight_average": {"swa": 2},
        "epochs": 3,
        "optimizer": {"sgd": {"learning_rate": {"one_cycle": 0.1}, "global_clipnorm": 0.1}},
    },
    "batch normalization, moving average": {
        "model": NORMALIZED,
        "data": {"batch_size": 9},
        "weight_average": {"ema": 0.9},
        **SGD,
    },
    "early stopping, lower rate, a last batch of one image": {
        "model": PLAIN,
        "data": {"batch_size": 47},
        "epochs": 5,
        "optimizer": {"sgd": 0.5},
        "callbacks": [
            "model_checkpoint",
            {"early_stopping": {"patience": 2, "monitor": "loss", "min_delta": 1}},
            {"reduce_lr_on_plateau": {"patience": 1, "monitor": "loss", "min_delta": 1}},
        ],
    },
}
NARROW = {
    "mixed_float16": {"model": PLAIN, "precision": "mixed_float16"},
    "mixed_bfloat16": {"model": PLAIN, "precision": "mixed_bfloat16"},
}
OTHERS = {
    "resumed on both": {"model": [*NORMALIZED[:-1], {"dropout": 0.3}, NORMALIZED[-1]], "epochs": 3},
    "range test": {"model": PLAIN},
    "probabilities that round to 0": {
        "model": PLAIN,
        "data": {"batch_size": 47},
        "optimizer": {"sgd": 20.0},
        "metrics": ["accuracy", "cross_entropy"],
    },
}
CASES = SAME | NARROW | OTHERS | {"resumed on one": SAME[SCHEDULED]}


@pytest.fixture(scope="module")
def answers(build_once):
    """The answers of tests/two_devices.py to all cases."""

    def build(folder: Path):
        save_tiny(folder)
        command, pipe = [sys.executable, "-m", "two_devices", folder], subprocess.PIPE
        path = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
        with PythonProcess(command, env=path, stdin=pipe, stdout=pipe, stderr=pipe) as process:
            out, err = process.communicate(json.dumps(CASES).encode())
        assert process.returncode == 0, err.decode()
        return json.loads(out)

    return build_once("two_devices", build)


def read_losses(run):
    """The losses and metrics of all epochs, as an array."""
    names = (
        *("loss", "accuracy", "cross_entropy", "learning_rate"),
        *("val_loss", "val_accuracy", "val_cross_entropy"),
    )
    return np.array([[row[name] for name in names if name in row] for row in run["history"]])


@pytest.mark.parametrize("case", SAME)
def test_two_devices_train_as_one(answers, case):
    one, two = answers[case]
    assert len(read_losses(one)) >= 2
    np.testing.assert_allclose(read_losses(two), read_losses(one), rtol=0, atol=1e-5)
    assert two["ended"] == one["ended"]
    assert two["weights"].keys() == one["weights"].keys()
    assert two["weights"]["last"] != one["weights"]["initial"]
    for name, weights in two["weights"].items():
        np.testing.assert_allclose(weights, one["weights"][name], rtol=0, atol=1e-5)
    assert two["weights"]["initial"] == one["weights"]["initial"]


def test_two_devices_compute_the_loss_from_logits(answers):
    one, two = map(read_losses, answers["probabilities that round to 0"])
    assert one.max() > 1000  # −log of the smallest probability that a softmax gives is 16
    np.testing.assert_allclose(two, one, rtol=1e-5)


@pytest.mark.parametrize("case", NARROW)
def test_two_devices_train_in_mixed_precision(answers, case):
    one, two = answers[case]
    np.testing.assert_allclose(read_losses(two), read_losses(one), rtol=0, atol=1e-3)


def test_a_run_on_two_devices_resumes_to_the_same_bytes(answers):
    resumed, whole = (RunFolder(Path(one["run"])) for one in answers["resumed on both"])
    assert len(resumed.read_record().resumed) == 1
    equal_runs(whole, resumed)


def test_a_run_on_two_devices_resumes_on_one(answers):
    one, _ = answers[SCHEDULED]
    resumed = answers["resumed on one"]
    assert len(RunFolder(Path(resumed["run"])).read_record().resumed) == 1
    np.testing.assert_allclose(read_losses(resumed), read_losses(one), rtol=0, atol=1e-5)


def test_a_range_test_on_two_devices_has_the_losses_of_one(answers):
    one, two = answers["range test"]
    assert len(one) == 60
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-5)


def test_each_device_has_its_own_dropout(answers):
    first, second = answers["masks"]
    assert first != second


def test_the_record_names_all_devices(answers):
    _, two = answers[SCHEDULED]
    assert two["device"] == "CPU 0, CPU 1 (chosen by --device)"


def test_a_checkpoint_of_two_devices_opens_as_one_of_one_device(answers):
    one, two = (Path(run["run"]) for run in answers["batch normalization, moving average"])
    for name in ("initial.keras", "last.keras"):
        configs = [members(run / "checkpoints" / name)["config.json"] for run in (one, two)]
        assert configs[0] == configs[1], name
