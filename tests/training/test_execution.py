"""One call of TensorFlow takes as many training steps as the bar and Ctrl-C allow."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.training import execution
from cnnlab.training.execution import StepExecution

STEPS = 200


class Clock:
    """A clock that a training step moves forward."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def fit(monkeypatch):
    """Fit a network whose steps take so many seconds; return the steps of each call."""

    def fit(seconds_per_step, steps_per_execution=None, stop_on_nan=True, epochs=1, bad=()):
        images = np.ones((STEPS, 2), np.float32)
        images[list(bad)] = np.nan
        batches = tf.data.Dataset.from_tensor_slices((images, images[:, :1])).batch(1)
        network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        network.compile(loss="mse", optimizer="sgd")
        network.optimizer.build(network.trainable_variables)
        clock, calls = Clock(), []
        monkeypatch.setattr(execution, "time", clock)
        one = StepExecution(network, STEPS, steps_per_execution, stop_on_nan)
        take_steps = one.run

        def run(iterator, count):
            done, figures = take_steps(iterator, count)
            calls.append(int(done))
            clock.now += seconds_per_step * calls[-1]
            return done, figures

        one.run = run
        network.fit(batches, epochs=epochs, callbacks=[one], shuffle=False, verbose=0)
        return calls

    return fit


def test_calls_grow_until_they_take_a_quarter_of_a_second(fit):
    # The first call also traces the step, so the second call is the first that is measured.
    assert fit(0.01) == [1, 1, 4, 16, *[25] * 7, 3]


def test_slow_steps_are_taken_one_by_one(fit):
    assert fit(0.3) == [1] * STEPS


def test_a_number_of_steps_is_taken_as_it_is(fit):
    assert fit(0.3, steps_per_execution=80) == [80, 80, 40]


def test_every_epoch_takes_every_step(fit):
    assert fit(2**-9, epochs=2) == [1, 1, 4, 16, 64, 114, 128, 72]


def test_a_loss_that_is_not_finite_ends_the_call_after_its_step(fit):
    assert fit(0.3, steps_per_execution=80, bad=[90])[:3] == [80, 11, 1]
    assert fit(0.3, steps_per_execution=80, bad=[90], stop_on_nan=False) == [80, 80, 40]
