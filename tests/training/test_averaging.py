"""Weight averages: the formulas by hand, what is validated and saved, and what does not change."""

from __future__ import annotations

import numpy as np
import pytest
from checkpoint_builders import read_arrays

from cnnlab import checkpoint, evaluation, model
from cnnlab.data import datasets
from cnnlab.data.batches import Epochs
from cnnlab.errors import Interruption
from cnnlab.run_folder import find_trained_checkpoint
from cnnlab.training import averaging
from cnnlab.training.averaging import BatchStatistics, MovingAverage
from cnnlab.training.compilation import compile_network
from cnnlab.training.progress import SilentProgress

pytestmark = pytest.mark.slow

NORMALIZED = [
    {"conv": {"filters": 4, "kernel_size": 3}},
    "batch_norm",
    {"activation": "relu"},
    "flatten",
    {"dropout": 0.3},
    {"dense": {"units": 3, "activation": "softmax"}},
]
RATE = {"sgd": {"cosine": {"initial": 0.5, "final": 0.1}}}
HEAD = {"model": NORMALIZED, "epochs": 3, "optimizer": RATE, "precision": "float32"}


def weights(run, name):
    """The arrays of a checkpoint of `run`, read with its own spec."""
    spec = run.read_spec()
    network = model.build_network(spec.experiment.model, spec.inputs.image_shape, 0)
    checkpoint.load_weights(network, run.checkpoint_path(name))
    return network.get_weights()


def equal_arrays(one, other):
    return all(map(np.array_equal, one, other))


@pytest.fixture
def compiled_network(read):
    """A compiled network on tiny.npz, and its batches: 60 images, 8 in each of 8 steps."""

    def make(stack, **training):
        config = read(model=stack, **training)
        network = model.build_network(config.experiment.model, config.info.image_shape, 3)
        images = datasets.read_training_images(config.experiment.data)
        inputs = datasets.build_inputs(config.experiment.data, config.info, images, images)
        epochs = Epochs(images, inputs, 8, 3)
        compile_network(network, config.experiment, epochs.steps)
        return network, epochs

    return make


@pytest.mark.parametrize("decay", [0.5, 0.999])
def test_the_moving_average_is_its_formula(compiled_network, decay):
    network, epochs = compiled_network(["flatten", {"dense": 3}], optimizer={"sgd": 0.5})
    average = MovingAverage(network, epochs, decay)
    network.make_train_function()
    seen = []
    for batch in epochs.dataset:
        network.train_function(iter([batch]))
        seen.append(network.get_weights())
    assert len(seen) == 8
    # d^(8 − t) for the weights after step t, together 1.
    shares = decay ** np.arange(7, -1, -1)
    shares /= shares.sum()
    with average.use_average():
        found = network.get_weights()
    for index, array in enumerate(found):
        expected = sum(share * after[index] for share, after in zip(shares, seen, strict=True))
        np.testing.assert_allclose(array, expected, rtol=1e-5, atol=1e-6)
    assert equal_arrays(network.get_weights(), seen[-1])


def test_batch_statistics_are_the_means_over_batches(compiled_network, monkeypatch):
    network, epochs = compiled_network(["batch_norm", "flatten", {"dense": 3}])
    monkeypatch.setattr(averaging, "STATISTICS_IMAGES", 20)  # 3 of 8 batches
    statistics = BatchStatistics(network, epochs)
    batches = [images.numpy().astype(np.float64) for images, _ in epochs.dataset]
    for _ in range(2):  # a second time, nothing of the first is left
        statistics.renew()
        mean, variance = network.layers[0].moving_mean, network.layers[0].moving_variance
        assert float(mean[0]) == pytest.approx(np.mean([b.mean() for b in batches[:3]]), rel=1e-5)
        expected = np.mean([b.var() for b in batches[:3]])
        assert float(variance[0]) == pytest.approx(expected, rel=1e-4)
    assert network.layers[0].momentum == 0.99


def test_a_smaller_last_batch_counts_by_its_images(compiled_network):
    network, epochs = compiled_network(["batch_norm", "flatten", {"dense": 3}])
    BatchStatistics(network, epochs).renew()  # 7 batches of 8 and one of 4
    everything = np.concatenate([images.numpy() for images, _ in epochs.dataset])
    assert len(everything) == 60
    assert float(network.layers[0].moving_mean[0]) == pytest.approx(everything.mean(), rel=1e-5)


AVERAGES = [{"ema": 0.9}, {"swa": 2}]


@pytest.mark.parametrize(
    ("average", "precision"),
    [(AVERAGES[0], "float32"), (AVERAGES[1], "float32"), (AVERAGES[0], "mixed_float16")],
    ids=["ema", "swa", "ema, mixed_float16"],
)
def test_an_average_does_not_change_the_training(finished_runs, average, precision):
    head = {**HEAD, "precision": precision}
    expected = read_arrays(finished_runs(**head).checkpoint_path("last"))
    averaged = finished_runs(**head, weight_average=average)
    assert read_arrays(averaged.checkpoint_path("last")) == expected
    assert averaged.read_record().status == "finished"
    assert not equal_arrays(weights(averaged, "averaged"), weights(averaged, "last"))


def test_several_steps_in_one_execution_are_all_averaged(finished_runs, train):
    head = {**HEAD, "weight_average": AVERAGES[0]}
    one, other = finished_runs(**head), train(**head, steps_per_execution=4)[0]
    for a, b in zip(weights(one, "averaged"), weights(other, "averaged"), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_what_is_validated_and_kept_as_best_is_the_moving_average(train):
    run, record = train(
        model=NORMALIZED,
        epochs=4,
        optimizer=RATE,
        weight_average={"ema": 0.8},
        callbacks=["model_checkpoint"],
    )
    history = run.read_history()
    for name, row in (("averaged", history[-1]), ("best", history[record.best_epoch - 1])):
        answers = evaluation.evaluate_checkpoint(
            run.read_spec(), run.checkpoint_path(name), "validation"
        )
        figures = evaluation.compute_metrics(answers)
        assert figures["loss"] == pytest.approx(row["val_loss"], rel=1e-5)
        assert figures["accuracy"] == pytest.approx(row["val_accuracy"])
    assert find_trained_checkpoint(run) == run.checkpoint_path("best")
    assert record.weights == (
        f"best.keras: moving average (decay 0.8) after epoch {record.best_epoch}, the best val_loss"
    )


def test_without_a_best_the_moving_average_is_evaluated(train):
    run, record = train(weight_average="ema", data={"validation": 0})
    assert find_trained_checkpoint(run) == run.checkpoint_path("averaged")
    assert record.weights == "averaged.keras: moving average (decay 0.999) after epoch 2"
    assert not run.checkpoint_path("best").exists()


def test_without_validation_the_moving_average_has_its_statistics_too(train):
    head = {"model": ["batch_norm", "flatten", {"dense": 3}], "data": {"validation": 0}}
    run, _ = train(**head, epochs=1, weight_average={"ema": 0.5})
    _, _, mean, variance = weights(run, "averaged")[:4]
    with np.load(run.path.parents[1] / "tiny.npz") as data:
        pixels = data["x_train"] / 255
    assert float(mean[0]) == pytest.approx(pixels.mean(), rel=1e-5)
    assert float(variance[0]) == pytest.approx(pixels.var(), rel=0.02)  # within batches of 8


def test_the_mean_of_the_last_epochs_is_that_of_their_weights(train):
    seen = []

    class ReadWeights(SilentProgress):
        def start(self, start):
            self.run = start.run

        def epoch(self, row):
            seen.append(weights(self.run, "last"))

    run, record = train(ReadWeights(), optimizer={"sgd": 0.5}, epochs=3, weight_average={"swa": 2})
    _, second, third = seen
    for found, one, other in zip(weights(run, "averaged"), second, third, strict=True):
        np.testing.assert_allclose(found, (one + other) / 2, rtol=1e-5, atol=1e-7)
    assert record.weights == "averaged.keras: mean of the weights after epochs 2 to 3"
    assert find_trained_checkpoint(run) == run.checkpoint_path("averaged")


def test_the_figures_of_the_epochs_are_those_of_training_itself_with_swa(finished_runs, train):
    plain, averaged = finished_runs(**HEAD), train(**HEAD, weight_average={"swa": 1})[0]
    for one, other in zip(plain.read_history(), averaged.read_history(), strict=True):
        for name in ("loss", "val_loss"):
            assert one[name] == other[name]
    trainable = [0, 1, 2, 3, 6, 7]  # all but the moving mean and variance
    last, mean = weights(averaged, "last"), weights(averaged, "averaged")
    for index in trainable:  # of one epoch alone
        np.testing.assert_allclose(mean[index], last[index], rtol=1e-6, atol=1e-7)


def test_what_swa_kept_before_its_first_epoch_is_the_last_checkpoint(train):
    """An interruption before the first epoch of the average."""

    class Impatient(SilentProgress):
        def start(self, start):
            self.run = start.run

        def batch(self, epoch, step, logs):
            if epoch == 3:
                raise Interruption("enough", 2)

    progress = Impatient()
    with pytest.raises(Interruption):
        train(progress, epochs=4, weight_average={"swa": 2})
    assert progress.run.read_record().weights == "last.keras: weights after epoch 2"
    assert find_trained_checkpoint(progress.run) == progress.run.checkpoint_path("last")
    with pytest.raises(Interruption):
        train(progress, epochs=4, weight_average={"swa": 3})
    assert progress.run.read_record().weights == "averaged.keras: weights after epoch 2"
    assert find_trained_checkpoint(progress.run) == progress.run.checkpoint_path("averaged")


def test_early_stopping_watches_the_moving_average(train):
    stopping = {"patience": 1, "min_delta": 100.0, "restore_best_weights": True}
    callbacks = [{"early_stopping": stopping}]
    _, record = train(epochs=9, weight_average={"ema": 0.9}, callbacks=callbacks)
    assert record.epochs == 2
    assert record.ended == "early stopping: val_loss has not improved on epoch 1 for 1 epoch"
    assert record.weights.startswith("best.keras: moving average (decay 0.9) after epoch ")
