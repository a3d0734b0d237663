"""A loss that is not finite: reported with the epoch, what is saved, and a remedy."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest

from cnnlab import checkpoint, evaluation, model
from cnnlab.errors import CheckpointError, TrainingError
from cnnlab.run_folder import RunFolder

pytestmark = pytest.mark.slow

DEEP = [
    "flatten",
    {"dense": {"units": 32, "activation": "relu"}},
    {"dense": {"units": 32, "activation": "relu"}},
    {"dense": 10},
]

# Each step multiplies the weights by 1 − 2 · 5.5 · 1 = −10, so that the penalty, their squares'
# sum, leaves float32 (3.4e38) when they pass 1e19: after 20 steps of 6 in an epoch.
SLOWLY = {
    "model": ["flatten", {"dense": {"units": 3, "kernel_regularizer": {"l2": 1.0}}}],
    "optimizer": {"sgd": {"learning_rate": 5.5}},
    "epochs": 8,
}


def test_a_run_that_diverges_ends_with_6_and_a_remedy(run_cli, small_data, tmp_path):
    optimizer = ("--set", "training.optimizer={sgd: {learning_rate: 1000}}")
    model = ("--set", "model=" + json.dumps(DEEP))
    code, out, err = run_cli(
        "train", small_data / "small.yaml", "--runs", tmp_path, *optimizer, *model, cwd=tmp_path
    )
    run = tmp_path / "small-001"
    assert (code, out) == (6, "")
    assert re.fullmatch(
        r"cnnlab: training diverged: the loss is not a finite number in batch \d+ of epoch 1; "
        rf"no epoch was finished; {run}/checkpoints/initial\.keras has the initial weights\. "
        r"Likely the learning rate is too high(: the loss rose from [\d.]+ to [\d.e+]+)?\. "
        r"Try a smaller learning rate \(it was 1000\)",
        err.splitlines()[-1],
    )
    record = json.loads((run / "run.json").read_text())
    assert (record["status"], record["epochs"]) == ("failed", 0)
    assert f"cnnlab: {record['ended']}" == err.splitlines()[-1]


def loads(run: RunFolder) -> bool:
    """Whether last.keras has finite weights; load_weights raises otherwise."""
    spec = run.read_spec()
    network = model.build_network(spec.experiment.model, spec.inputs.image_shape, 0)
    checkpoint.load_weights(network, run.checkpoint_path("last"))
    return True


def test_the_last_finite_checkpoint_is_named(train, tiny):
    run = RunFolder(tiny / "runs/tiny-001")
    with pytest.raises(TrainingError) as error:
        train(**SLOWLY)
    assert re.fullmatch(
        r"training diverged: the loss is not a finite number in (batch \d of|the validation after) "
        rf"epoch 4; the weights of epoch 3 are in {run.checkpoint_path('last')}\. "
        r"Likely the learning rate is too high: the loss rose from \d+\.?\d* to [\d.]+e\+\d+\. "
        r"Try a smaller learning rate \(it was 5\.5\)",
        str(error.value),
    )
    assert (run.read_record().status, run.read_record().epochs) == ("failed", 3)
    assert len(run.read_history()) == 3
    assert loads(run)


def test_weights_that_the_last_batch_ruined_are_not_kept(train, tiny):
    # One batch is the epoch. The loss is finite, and then weight decay multiplies the weights by
    # 1 − 1000 · 10 ≈ −1e4: sooner or later past 3.4e38.
    decay = {"sgd": {"learning_rate": 1000, "weight_decay": 10.0}}
    data = {"validation": 0, "batch_size": 64}
    with pytest.raises(
        TrainingError, match="in the last batch of epoch 10; the weights of epoch 9"
    ):
        train(data=data, model=["flatten", {"dense": 3}], optimizer=decay, epochs=40)
    run = RunFolder(tiny / "runs/tiny-001")
    assert run.read_record().status == "failed"
    assert loads(run)


def test_numbers_that_overflow_only_in_the_precision_are_reported(train):
    # 64 pixels of about 0.25, each by 5000: 80,000, where float16 ends at 65,504.
    model = [
        "flatten",
        {"dense": {"units": 4, "kernel_initializer": {"constant": 5000.0}}},
        {"dense": {"units": 3, "kernel_initializer": {"random_normal": 1e-6}}},
    ]
    with pytest.raises(TrainingError) as error:
        train(model=model, optimizer={"sgd": 1e-9}, precision="mixed_float16")
    assert str(error.value).endswith(
        "Likely the precision is too narrow: with the same weights, the outputs are finite in "
        "float32, but not in mixed_float16. Try `precision: float32`"
    )
    _, record = train(model=model, optimizer={"sgd": 1e-9})
    assert record.status == "finished"


def test_a_learning_rate_is_reported_in_a_narrow_precision_too(train):
    with pytest.raises(
        TrainingError, match=r"Likely the learning rate is too high: .* \(it was 5\.5\)$"
    ):
        train(**SLOWLY, precision="mixed_bfloat16")


def test_pixels_that_scaling_makes_huge_are_reported(train, tiny):
    """One pixel of 255 among 3,840 of 0: the deviation is 4, so it is scaled to 62."""
    images = np.zeros((60, 8, 8), np.uint8)
    images[0, 0, 0] = 255
    labels = np.arange(60) % 3
    np.savez(tiny / "tiny.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    with pytest.raises(TrainingError) as error:
        train(**SLOWLY, data={"scaling": "standard", "validation": 0})
    assert str(error.value).endswith(
        "Likely the data has pixels that are too large: scaled pixels reach 62, because most "
        "pixels are equal; usual scaled pixels stay below 50. Try another `scaling` than standard, "
        "or `batch_norm` as the first layer"
    )


def test_terminate_on_nan_false_continues_the_training(train):
    callbacks = [{"terminate_on_nan": False}, "model_checkpoint"]
    run, record = train(**SLOWLY, callbacks=callbacks)
    assert (record.status, record.epochs) == ("finished", 8)
    losses = [row["val_loss"] for row in run.read_history()]
    assert not math.isfinite(losses[-1])
    assert record.best_value == min(filter(math.isfinite, losses))  # NaN is never the best
    with pytest.raises(CheckpointError, match="NaN or infinite numbers"):
        evaluation.evaluate_checkpoint(run.read_spec(), run.checkpoint_path("last"))
