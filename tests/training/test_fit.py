"""Short trainings: every optimizer, metric, loss and precision of the spec."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from tiny_training import save_tiny, train_in

from cnnlab import checkpoint, model
from cnnlab.data import datasets
from cnnlab.data.batches import batch_in_order
from cnnlab.data.validation_split import split_off_validation
from cnnlab.seeds import derive_seed
from cnnlab.spec.augmentation import AUGMENTATIONS
from cnnlab.spec.training import OPTIMIZERS
from cnnlab.training import single_run
from cnnlab.training.compilation import compile_network
from cnnlab.training.device import choose_device
from cnnlab.training.progress import SilentProgress
from cnnlab.training.saved_state import ResumeRequest

pytestmark = pytest.mark.slow


def weights(run, name):
    """The arrays of a checkpoint of `run`, read with its own spec."""
    spec = run.read_spec()
    network = model.build_network(spec.experiment.model, spec.inputs.image_shape, 0)
    checkpoint.load_weights(network, run.checkpoint_path(name))
    return network.get_weights()


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_a_step_is_traced_once(read, precision):
    config = read(steps_per_execution=2, precision=precision)
    network = model.build_network(config.experiment.model, config.info.image_shape, 0, precision)
    compile_network(network, config.experiment, 10)
    step, traced = network.train_step, []
    network.train_step = lambda data: traced.append(1) or step(data)
    images, labels = np.zeros((60, 8, 8, 1), np.float32), np.eye(3, dtype=np.float32)
    network.fit(images, labels[np.arange(60) % 3], batch_size=6, shuffle=False, verbose=0)
    assert traced == [1]


@pytest.mark.parametrize("optimizer", [cls.kind for cls in OPTIMIZERS])
def test_every_optimizer_takes_a_step(read, optimizer):
    config = read(optimizer=optimizer)
    network = model.build_network(config.experiment.model, config.info.image_shape, 0)
    compile_network(network, config.experiment, steps_per_epoch=6)
    network.run_eagerly = True  # one step: a trace costs more than it saves
    before = network.get_weights()
    images = np.random.default_rng(1).random((3, 8, 8, 1), np.float32)
    network.train_on_batch(images, np.eye(3, dtype=np.float32))
    after = network.get_weights()
    assert all(not np.array_equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("optimizer", "arguments"),
    [
        ("sgd", {"momentum": 0.9, "nesterov": True, "clipvalue": 0.5}),
        ("adam", {"amsgrad": True, "clipnorm": 1.0}),
        ("adamw", {"weight_decay": 0.01, "global_clipnorm": 1.0}),
        ("rmsprop", {"centered": True, "momentum": 0.5}),
    ],
)
def test_keras_gets_every_argument_of_an_optimizer(read, optimizer, arguments):
    config = read(optimizer={optimizer: {"learning_rate": 0.02, **arguments}})
    network = model.build_network(config.experiment.model, config.info.image_shape, 0)
    compile_network(network, config.experiment, steps_per_epoch=6)
    made = network.optimizer.get_config()
    assert made["learning_rate"] == pytest.approx(0.02)
    assert {name: made[name] for name in arguments} == arguments


def test_every_metric_is_a_column_of_the_history(train):
    run, _ = train(metrics=["accuracy", {"top_k_accuracy": 2}, "cross_entropy"])
    figures = ["loss", "accuracy", "top_2_accuracy", "cross_entropy"]
    row = run.read_history()[-1]
    assert list(row) == [
        "epoch",
        *figures,
        *(f"val_{name}" for name in figures),
        "learning_rate",
        "seconds",
        "images_per_second",
    ]
    assert row["accuracy"] <= row["top_2_accuracy"] <= 1
    assert row["val_cross_entropy"] == pytest.approx(row["val_loss"])  # no smoothing, no penalty


def test_a_penalty_on_weights_is_in_the_loss_and_not_in_the_cross_entropy(train):
    head = {"dense": {"units": 3, "activation": "softmax", "kernel_regularizer": {"l2": 0.1}}}
    run, _ = train(model=["flatten", head], metrics=["cross_entropy"])
    penalty = 0.1 * float(np.sum(weights(run, "last")[0] ** 2))
    row = run.read_history()[-1]
    assert row["val_loss"] - row["val_cross_entropy"] == pytest.approx(penalty, rel=1e-4)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_every_precision_trains_with_weights_of_32_bits(train, precision):
    callbacks = [{"reduce_lr_on_plateau": {"factor": 0.5, "patience": 1, "min_delta": 100.0}}]
    run, record = train(precision=precision, epochs=3, callbacks=callbacks)
    assert record.status == "finished"
    assert {array.dtype for array in weights(run, "last")} == {np.dtype("float32")}
    rates = [row["learning_rate"] for row in run.read_history()]
    assert rates == pytest.approx([0.001, 0.001, 0.0005])


@pytest.mark.parametrize("training", [{}, {"precision": "mixed_bfloat16", "weight_average": "ema"}])
def test_steps_per_execution_changes_the_pace_and_not_one_bit_of_the_result(train, training):
    model = [{"conv": 4}, "batch_norm", "flatten", {"dropout": 0.3}, {"dense": 3}]
    one_step, _ = train(model=model, steps_per_execution=1, **training)
    for steps in (4, "auto"):  # 48 images in batches of 8: 4 steps and 2
        several, _ = train(model=model, steps_per_execution=steps, **training)
        for one, other in zip(weights(one_step, "last"), weights(several, "last"), strict=True):
            np.testing.assert_array_equal(one, other)
        figures = [(row["loss"], row["val_loss"]) for row in several.read_history()]
        assert figures == [(row["loss"], row["val_loss"]) for row in one_step.read_history()]


def test_progress_counts_existing_batches(train):
    seen = []

    class Notes(SilentProgress):
        def start(self, start):
            assert (start.steps, start.training_images, start.validation_images) == (6, 48, 12)
            assert (start.epochs_done, start.validation_steps) == (0, 1)

        def batch(self, epoch, step, logs):
            assert math.isfinite(logs["loss"])
            seen.append((epoch, step))

        def validation(self, epoch, step):
            seen.append((epoch, "validation", step))

        def epoch(self, row):
            seen.append(row["epoch"])

    def list_reports(epoch, steps):
        validations = [(epoch, "validation", step) for step in (0, 1)]
        return [*((epoch, step) for step in steps), *validations, epoch]

    train(Notes(), steps_per_execution=1)
    assert seen == [*list_reports(1, range(1, 7)), *list_reports(2, range(1, 7))]
    seen.clear()
    train(Notes(), steps_per_execution=4, epochs=1)
    assert seen == list_reports(1, (4, 6))
    seen.clear()
    train(Notes(), weight_average="ema", steps_per_execution=1, epochs=1)
    assert seen == list_reports(1, range(1, 7))


def test_without_validation_images_no_validation_is_reported(train):
    class Notes(SilentProgress):
        def validation(self, epoch, step):
            raise AssertionError((epoch, step))

    train(Notes(), data={"validation": 0}, epochs=1)


def test_a_resumed_training_reports_how_much_is_done(copy_run):
    starts = []

    class Notes(SilentProgress):
        def start(self, start):
            starts.append((start.epochs, start.epochs_done))

    run, _ = copy_run()
    single_run.resume(run, ResumeRequest(epochs="+1"), Notes(), choose_device("cpu"))
    assert starts == [(3, 2)]


def test_logits_and_softmax_give_the_same_loss(finished_runs, train):
    logits, _ = train(model=["flatten", {"dense": {"units": 3}}])
    softmax = finished_runs()
    for one, other in zip(logits.read_history(), softmax.read_history(), strict=True):
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert one[name] == pytest.approx(other[name], rel=1e-5)


@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_label_smoothing_is_the_formula(read, activation):
    head = {"dense": {"units": 3, "activation": activation}}
    config = read(model=["flatten", head], loss={"cross_entropy": {"label_smoothing": 0.3}})
    network = model.build_network(config.experiment.model, config.info.image_shape, 5)
    compile_network(network, config.experiment, steps_per_epoch=6)
    images = np.random.default_rng(2).random((12, 8, 8, 1), dtype=np.float32)
    labels = np.arange(12) % 3
    one_hot = np.eye(3, dtype=np.float32)[labels]
    outputs = np.asarray(network(images, training=False), np.float64)
    if activation == "linear":
        outputs = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    truth = 0.7 * one_hot + 0.3 / 3  # (1 − s)·y + s/classes
    expected = -(truth * np.log(outputs)).sum(axis=1).mean()
    assert network.evaluate(images, one_hot, verbose=0)[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.draws_curves
def test_nothing_held_out_means_no_validation(train):
    run, record = train(data={"validation": 0}, callbacks=[{"model_checkpoint": "loss"}])
    assert record.data["training_images"] == 60
    assert record.data["validation_images"] == 0
    assert (record.best_monitor, record.best_epoch) == ("loss", 2)
    assert not [name for name in run.read_history()[0] if name.startswith("val_")]
    assert (run.path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_another_seed_makes_another_network(finished_runs, train):
    one, other = finished_runs(), train(seed=2)[0]
    assert one.read_record().seed == 1
    for name in ("initial", "last"):
        assert not np.array_equal(weights(one, name)[0], weights(other, name)[0])


def test_stock_keras_opens_what_training_kept(train):
    run, _ = train(callbacks=["model_checkpoint"])
    best = keras.saving.load_model(run.checkpoint_path("best"), compile=False)
    for one, other in zip(best.get_weights(), weights(run, "best"), strict=True):
        np.testing.assert_array_equal(one, other)


EVERY = [
    {cls.kind: {name: 0.3 for name, f in cls.model_fields.items() if f.is_required()}}
    for cls in AUGMENTATIONS
]


@pytest.fixture(scope="module")
def augmented_runs(tmp_path_factory):
    """Two trainings with every kind of augmentation, in folders of the same name."""
    folders = [save_tiny(tmp_path_factory.mktemp("augmented")) for _ in range(2)]
    return [train_in(folder, data={"augment": EVERY})[0] for folder in folders]


def test_augmented_training_ends_in_the_same_bytes_again(augmented_runs, finished_runs):
    one, other = augmented_runs
    for name in ("initial", "last"):
        pairs = zip(weights(one, name), weights(other, name), strict=True)
        assert all(a.tobytes() == b.tobytes() for a, b in pairs)
    pictures = [(run.path / "augmentation.png").read_bytes() for run in augmented_runs]
    assert pictures[0].startswith(b"\x89PNG")
    assert pictures[0] == pictures[1]
    plain = finished_runs()
    assert not np.array_equal(weights(one, "last")[0], weights(plain, "last")[0])
    assert not (plain.path / "augmentation.png").exists()


def test_the_epochs_before_the_last_ones_are_augmented(finished_runs):
    data = {"augment": [{"random_translation": 0.3}]}
    always = finished_runs(data=data, epochs=2).read_history()
    part = finished_runs(data=data, epochs=2, unaugmented_epochs=1).read_history()
    assert part[0]["val_loss"] == always[0]["val_loss"]
    assert part[1]["loss"] != always[1]["loss"]


def test_validation_sees_no_augmentation(augmented_runs):
    run = augmented_runs[0]
    spec = run.read_spec()
    network = model.build_network(spec.experiment.model, spec.inputs.image_shape, 0)
    compile_network(network, spec.experiment, steps_per_epoch=1)
    network.set_weights(weights(run, "last"))
    held_out = split_off_validation(
        datasets.read_training_images(spec.experiment.data),
        0.2,
        derive_seed(spec.experiment.seed, "validation"),
    )[1]
    loss, accuracy = network.evaluate(batch_in_order(held_out, spec.inputs), verbose=0)
    row = run.read_history()[-1]
    assert (row["val_loss"], row["val_accuracy"]) == pytest.approx((loss, accuracy), rel=1e-6)


def test_accuracy_of_mixed_labels_is_that_of_the_larger_share(train):
    metrics = ["accuracy", {"top_k_accuracy": 3}]
    run, _ = train(data={"augment": ["mixup", "cutmix"]}, metrics=metrics, epochs=1)
    [row] = run.read_history()
    assert 0 < row["accuracy"] < 1
    assert row["top_3_accuracy"] == 1  # of three classes
