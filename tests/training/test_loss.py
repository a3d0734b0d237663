"""What training minimizes: with class weights, and the same number in `evaluate`."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab import checkpoint, evaluation
from cnnlab.data.class_balance import compute_class_weights
from cnnlab.data.datasets import read_training_images
from cnnlab.errors import DataError
from cnnlab.run_folder import find_trained_checkpoint
from cnnlab.training.data_split import read_data_split

pytestmark = pytest.mark.slow

PENALTY = {"kernel_regularizer": {"l2": 0.1}}
SOFTMAX = ["flatten", {"dense": {"units": 3, "activation": "softmax", **PENALTY}}]
LOGITS = ["flatten", {"dropout": 0.2}, {"dense": {"units": 3, **PENALTY}}]
SMOOTH = {"cross_entropy": {"label_smoothing": 0.2}}
WEIGHTS = {"class_weight": {"0": 0.5, "2": 4.0}}
BEST = {"callbacks": [{"model_checkpoint": "val_loss"}]}
# Each loss once, and each kind of weights that `evaluate` can use.
LOSSES = {
    "penalties, the last weights": {"model": SOFTMAX},
    "smoothing and class weights, the best epoch": {"loss": SMOOTH, "data": WEIGHTS, **BEST},
    "logits and all terms, averaged weights": {
        "model": LOGITS,
        "loss": SMOOTH,
        "data": WEIGHTS,
        "weight_average": {"ema": 0.9},
    },
}


@pytest.mark.parametrize("case", LOSSES)
def test_evaluate_repeats_the_val_loss_of_the_epoch_whose_weights_it_uses(train, case):
    run, record = train(epochs=2, optimizer={"sgd": 0.3}, **LOSSES[case])
    row = run.read_history()[(record.best_epoch or 2) - 1]
    found = evaluation.compute_metrics(
        evaluation.evaluate_checkpoint(run.read_spec(), find_trained_checkpoint(run), "validation")
    )
    assert found["loss"] == pytest.approx(row["val_loss"], rel=1e-6)
    assert found["cross_entropy"] == pytest.approx(row["val_cross_entropy"], rel=1e-5)
    assert found["accuracy"] == pytest.approx(row["val_accuracy"], abs=1e-6)
    assert found["loss"] != pytest.approx(found["cross_entropy"], rel=1e-2)


def test_the_loss_is_the_mean_of_the_weighted_cross_entropies(train):
    """One step holds all images, so the loss of the epoch is that of the initial weights."""
    run, _ = train(epochs=1, data={**WEIGHTS, "batch_size": 60, "validation": 0.0})
    spec = run.read_spec()
    assert spec.inputs.class_weights == (0.5, 1.0, 4.0)
    images = read_training_images(spec.experiment.data)
    network = checkpoint.load_trained(spec, run.checkpoint_path("initial"))
    shares = network.predict(images.images / np.float32(255), verbose=0).astype(np.float64)
    entropies = -np.log(shares[np.arange(60), images.labels])
    weights = np.array(spec.inputs.class_weights)[images.labels]
    row = run.read_history()[0]
    assert row["loss"] == pytest.approx((weights * entropies).mean(), rel=1e-5)
    assert row["cross_entropy"] == pytest.approx(entropies.mean(), rel=1e-5)
    # A file of another program has no fingerprint of its training images.
    unknown = spec.inputs.model_copy(update={"fingerprint": ""})
    foreign = spec.model_copy(update={"inputs": unknown})
    found = evaluation.evaluate_checkpoint(foreign, find_trained_checkpoint(run))
    assert found.loss is None


def test_balanced_weights_count_the_training_split_and_are_written_as_numbers(read, tiny):
    with np.load(tiny / "tiny.npz") as arrays:
        uneven = dict(arrays)
    uneven["y_train"] = np.repeat(np.arange(3, dtype=np.uint8), (40, 15, 5))
    np.savez(tiny / "tiny.npz", **uneven)
    config = read(data={"class_weight": "balanced", "validation": 0.2})
    from cnnlab.training.interrupt import Interrupt
    from cnnlab.training.progress import SILENT

    with Interrupt() as interrupt:
        split = read_data_split(config, SILENT, interrupt)
    counts = np.bincount(split.training.labels)
    assert counts.tolist() == [32, 12, 4]  # 4/5 of each class
    assert split.inputs.class_weights == tuple(48 / (3 * n) for n in (32, 12, 4))


def test_a_class_without_training_images_cannot_be_balanced(read):
    data = read(data={"class_weight": "balanced"}).experiment.data
    with pytest.raises(DataError) as caught:
        compute_class_weights(data, ("cat", "dog", "eel", "fox"), np.array([0, 2, 2]))
    assert str(caught.value) == (
        f"{data.dataset}: `class_weight: balanced` needs a training image in each class, but there "
        "is none in dog, fox; write a number for each class instead"
    )
