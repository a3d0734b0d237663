"""Build Keras learning-rate schedules from the spec; their checkpoints open in stock Keras.

Schedules of the spec count epochs. Keras schedules count steps (batches). Keras calls a schedule
with the number of steps that the run has finished.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import singledispatch
from typing import Any

import numpy as np

from cnnlab.plots.curves import LearningRateCurve
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.spec import schedules as kinds
from cnnlab.spec.training import Training

# isort: split
from keras.optimizers.schedules import (  # after quiet_tensorflow
    CosineDecay,
    ExponentialDecay,
    LearningRateSchedule,
    PolynomialDecay,
)

SHOWN_STEPS = 2000  # a picture has fewer columns of pixels
# Between the rates that a schedule computes and that a training recorded, as a share of the highest
# rate. A LossScaleOptimizer leaves out steps, so a schedule of 16 bits lags by a few of them.
LARGEST_DIFFERENCE = 0.01
START_SHARE = 0.1  # one_cycle starts at a tenth of its peak, as in Smith 2018


def build_learning_rate(
    spec: float | kinds.Schedule, steps_per_epoch: int, epochs: int
) -> float | LearningRateSchedule:
    """Build the learning rate of an optimizer: a constant number or a Keras schedule."""
    if not isinstance(spec, kinds.Schedule):
        return spec
    return build_schedule(spec, steps_per_epoch, epochs)


@singledispatch
def build_schedule(spec: kinds.Schedule, steps_per_epoch: int, epochs: int) -> LearningRateSchedule:
    """Build the Keras schedule for a learning-rate schedule of the spec."""
    raise NotImplementedError(f"no schedule for {spec.kind}")


@build_schedule.register
def _(spec: kinds.Step, steps_per_epoch: int, epochs: int) -> LearningRateSchedule:
    """Build the schedule initial · factor^⌊step / (every_epochs · steps_per_epoch)⌋."""
    return ExponentialDecay(
        spec.initial, spec.every_epochs * steps_per_epoch, spec.factor, staircase=True
    )


@build_schedule.register
def _(spec: kinds.Exponential, steps_per_epoch: int, epochs: int) -> LearningRateSchedule:
    """Build the schedule initial · factor^(step / steps_per_epoch)."""
    return ExponentialDecay(spec.initial, steps_per_epoch, spec.factor)


@build_schedule.register
def _(spec: kinds.Cosine, steps_per_epoch: int, epochs: int) -> LearningRateSchedule:
    """Build the schedule final + (initial − final) · (1 + cos(π · share)) / 2.

    `share` is the share of the steps after the warm-up that are finished, from 0 to 1.

    Source: Loshchilov and Hutter, "SGDR", 2016, equation 5, without restarts; for the linear
    warm-up, Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2.
    """
    warmup = round(spec.warmup_epochs * steps_per_epoch)
    steps = max(1, epochs * steps_per_epoch - warmup)  # 0 if 1.99 of 2 steps warm up
    alpha = spec.final / spec.initial
    if not warmup:
        return CosineDecay(spec.initial, steps, alpha)
    return CosineDecay(0.0, steps, alpha, warmup_target=spec.initial, warmup_steps=warmup)


@build_schedule.register
def _(spec: kinds.Polynomial, steps_per_epoch: int, epochs: int) -> LearningRateSchedule:
    """Build the schedule final + (initial − final) · (1 − step / steps)^power."""
    return PolynomialDecay(spec.initial, epochs * steps_per_epoch, spec.final, spec.power)


@build_schedule.register
def _(spec: kinds.OneCycle, steps_per_epoch: int, epochs: int) -> LearningRateSchedule:
    steps = epochs * steps_per_epoch
    return OneCycle(spec.peak, max(1, round(spec.warmup_fraction * steps)), steps, spec.final)


class OneCycle(LearningRateSchedule):  # type: ignore[misc]
    """A learning rate that rises linearly to `peak`, and then falls linearly to `final`.

    The rate starts at a tenth of `peak`, rises for `warmup` steps, and falls for the other steps.
    In the source, the rate first falls to its initial value, and then lower; here the rate falls to
    `final` directly. fastai and PyTorch replaced the falling line by a cosine, which this class
    does not use. The default of `warmup_fraction`, 0.3, comes from these two libraries.

    Keras has no one-cycle schedule, so a checkpoint contains a stock one: see `to_stock_schedule`.

    Source: L. N. Smith, "A disciplined approach to neural network hyper-parameters: part 1",
    2018, section 4.1; "Cyclical learning rates for training neural networks", 2017, section 3.1.
    """

    def __init__(self, peak: float, warmup: int, steps: int, final: float) -> None:
        self.peak, self.warmup, self.steps, self.final = peak, warmup, steps, final
        self.down = max(1, steps - warmup)

    def __call__(self, step: Any) -> Any:
        step = keras.ops.cast(step, "float32")
        rising = START_SHARE + (1 - START_SHARE) * step / self.warmup
        left = keras.ops.maximum(1 - (step - self.warmup) / self.down, 0.0)
        falling = self.final + (self.peak - self.final) * left
        return keras.ops.where(step < self.warmup, self.peak * rising, falling)

    def to_stock_schedule(self, step: int) -> LearningRateSchedule:
        """Build a schedule of stock Keras that replaces this schedule from the step `step` on.

        If the rate falls at `step`, the two schedules have the same rates from `step` on. If the
        rate rises at `step`, the two schedules have the same rates up to the peak; then the stock
        schedule falls along a cosine, because Keras has no schedule with two lines.
        """
        if step >= self.warmup:
            above = self.final + (self.peak - self.final) * (1 + self.warmup / self.down)
            return PolynomialDecay(above, self.warmup + self.down, self.final)
        alpha = self.final / self.peak
        return CosineDecay(
            START_SHARE * self.peak,
            self.down,
            alpha,
            warmup_target=self.peak,
            warmup_steps=self.warmup,
        )


@contextmanager
def replace_by_stock_schedule(optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Replace a OneCycle schedule by a stock Keras schedule inside the `with` block.

    Stock Keras can open a checkpoint of the optimizer that is saved in this block.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # inside a LossScaleOptimizer
    schedule = inner._learning_rate  # the public property gives the current rate
    if not isinstance(schedule, OneCycle):
        yield
        return
    done = int(keras.ops.convert_to_numpy(inner.iterations))
    inner.learning_rate = schedule.to_stock_schedule(done)
    try:
        yield
    finally:
        inner.learning_rate = schedule


def compute_rates(schedule: LearningRateSchedule, steps: np.ndarray) -> np.ndarray:
    """Compute the learning rate at each of n `steps`, which count from 0: float32 (n,)."""
    rates = tf.function(
        lambda: tf.map_fn(schedule, tf.constant(steps), fn_output_signature=tf.float32)
    )()
    return np.asarray(rates)


def compute_learning_rate_course(
    training: Training, history: Sequence[Mapping[str, float]], steps_per_epoch: int
) -> LearningRateCurve | None:
    """Compute the learning rates of the finished steps; None if the learning rate is constant.

    Where the schedule is not the one that trained, as after `resume --epochs`, the result has the
    rate of the first step of each epoch, which history.csv records.
    """
    last = len(history) * steps_per_epoch - 1
    steps = np.unique(np.linspace(0, last, SHOWN_STEPS).astype(np.int64))
    schedule = build_learning_rate(
        training.optimizer.learning_rate, steps_per_epoch, training.epochs
    )
    recorded = np.array([row["learning_rate"] for row in history])
    if isinstance(schedule, LearningRateSchedule):
        starts = np.arange(len(history)) * steps_per_epoch
        computed = compute_rates(schedule, np.concatenate([starts, steps]))
        differences = np.abs(computed[: len(starts)] - recorded)
        if differences.max() <= LARGEST_DIFFERENCE * recorded.max():
            return LearningRateCurve(steps + 1, computed[len(starts) :], steps_per_epoch)
    recorded_rates = recorded[steps // steps_per_epoch]
    return (
        LearningRateCurve(steps + 1, recorded_rates, steps_per_epoch)
        if recorded_rates.min() < recorded_rates.max()
        else None
    )
