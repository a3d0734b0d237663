"""The range test trains the config's own network on the config's own batches."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.errors import Interruption, TrainingError
from cnnlab.spec.rate_ramp import RateRamp
from cnnlab.training import stages
from cnnlab.training.device import choose_device
from cnnlab.training.progress import SilentProgress
from cnnlab.training.range_test import run_range_test

RAMP = RateRamp(steps=60)
NETWORK = ["flatten", {"dropout": 0.5}, {"dense": {"units": 3, "activation": "softmax"}}]
OPTIONS = {"model": NETWORK, "loss": {"cross_entropy": {"label_smoothing": 0.1}}}
FIRST = 6  # batches of an epoch: 48 images in batches of 8


class FirstLoss(SilentProgress):
    """Remembers the loss of the first batch of a training."""

    loss = None

    def batch(self, epoch, step, logs):
        self.loss = float(logs["loss"]) if self.loss is None else self.loss


class RateReports(SilentProgress):
    """Remembers the reports of a range test."""

    def __init__(self):
        self.reports = []

    def rate(self, done, total, rate, loss):
        self.reports.append((done, total, rate, loss))


@pytest.fixture(autouse=True)
def _use_cpu():
    choose_device("cpu")


@pytest.mark.slow
def test_every_epoch_is_augmented_however_many_it_takes(read, monkeypatch):
    built = []
    build = stages.build_epochs

    def note(*given):
        built.append(build(*given))
        return built[0]

    monkeypatch.setattr(stages, "build_epochs", note)
    data = {"augment": [{"random_translation": 0.3}]}
    _, count = run_range_test(read(data=data, epochs=2, unaugmented_epochs=1), RAMP)
    [epochs] = built
    for epoch in range(1, count + 1):
        epochs.epoch.assign(epoch)
        before, after = next(iter(epochs.originals)), next(iter(epochs.dataset))
        assert not np.array_equal(before[0], after[0])
    assert count > 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"augment": [{"random_translation": 0.1}], "class_weight": {"0": 3.0}, "batch_size": 7},
    ],
    ids=["plain", "augmented"],
)
def test_the_first_loss_is_that_of_a_training(read, train, data):
    first = FirstLoss()
    train(first, data=data, **OPTIONS)
    curve, _ = run_range_test(read(data=data, **OPTIONS), RAMP)
    assert curve.losses[0] == first.loss


@pytest.mark.parametrize(
    "training",
    [
        {"steps_per_execution": 4, "optimizer": {"sgd": {"one_cycle": 0.1}}},
        {"precision": "mixed_float16", "optimizer": "rmsprop"},
        {"weight_average": "ema", "callbacks": ["early_stopping", "reduce_lr_on_plateau"]},
    ],
    ids=["steps per execution, schedule", "float16", "average, callbacks"],
)
def test_each_batch_has_its_rate_and_its_loss(read, training):
    progress = RateReports()
    curve, epochs = run_range_test(read(**training), RAMP, progress)
    count = len(curve.losses)
    assert epochs == -(-count // FIRST)
    assert curve.rates == pytest.approx(np.geomspace(1e-6, 10, 60)[:count])
    assert [report[0] for report in progress.reports] == [*range(1, count + 1)]
    assert [report[1] for report in progress.reports] == [60] * (count - 1) + [count]
    assert [report[2] for report in progress.reports] == [*curve.rates]
    assert [report[3] for report in progress.reports] == [*curve.losses]
    # The weights hardly change at the lowest rates: the same images have the same losses.
    early, late = curve.losses[:12].std(), curve.losses[12:].std()
    assert late > 2 * early


def test_another_seed_has_another_curve(read):
    curves = [run_range_test(read(seed=seed, **OPTIONS), RAMP)[0] for seed in (1, 2)]
    assert curves[0].losses[0] != curves[1].losses[0]


def test_an_interruption_says_that_nothing_is_written(read):
    class Stop(SilentProgress):
        def rate(self, done, total, rate, loss):
            raise KeyboardInterrupt

    with pytest.raises(Interruption) as caught:
        run_range_test(read(), RAMP, Stop())
    assert str(caught.value) == "stopped by a second signal; the range test writes no files"
    assert caught.value.exit_code == 130


def test_a_lack_of_memory_has_a_remedy(read):
    class Fill(SilentProgress):
        def rate(self, done, total, rate, loss):
            raise MemoryError

    with pytest.raises(TrainingError) as caught:
        run_range_test(read(), RAMP, Fill())
    assert str(caught.value) == "memory ran out; try a smaller data.batch_size"
