"""Means of the weights over time, evaluated in place of the weights that training ends with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from cnnlab.data.batches import Epochs
from cnnlab.spec import weight_averages as kinds
from cnnlab.spec.training import Training

# Images whose batch statistics an averaged network gets, in each epoch that has an average. A mean
# over n of them is off by 1/√n of its deviation, 1.4 % here; less where maps have many pixels.
STATISTICS_IMAGES = 5_000


def build_averaging(
    training: Training, network: keras.Model, epochs: Epochs
) -> MovingAverage | EpochAverage | None:
    """What averages the weights of `network`, which is compiled; None where nothing does."""
    match training.weight_average:
        case kinds.Ema() as ema:
            return MovingAverage(network, epochs, ema.decay)
        case kinds.Swa() as swa:
            return EpochAverage(network, epochs, training.epochs + 1 - swa.epochs)
    return None


class WeightAverage(keras.callbacks.Callback):  # type: ignore[misc]
    """Holds the averaged network beside the trained one, of which it changes nothing.

    Stands before the callback that stores the epoch. Its numbers are float32, so that the
    checkpoint of the averaged network is all that the next epoch's average follows from.
    """

    def __init__(self, network: keras.Model, epochs: Epochs) -> None:
        super().__init__()
        self.epoch = 0  # the last that was finished
        self.statistics = BatchStatistics(network, epochs)
        self.weights = [weight.value for weight in network.weights]
        self.averages = [tf.Variable(weight, trainable=False) for weight in self.weights]
        trainable = {id(weight) for weight in network.trainable_weights}
        pairs = zip(network.weights, self.weights, self.averages, strict=True)
        self.trained = [(value, mean) for weight, value, mean in pairs if id(weight) in trainable]

    @property
    def description(self) -> str:
        """What the average is, after an epoch, for run.json; empty where there is none yet."""
        raise NotImplementedError

    def exists_after(self, epoch: int) -> bool:
        """Whether there is an average after an epoch."""
        raise NotImplementedError

    @contextmanager
    def use_average(self) -> Iterator[None]:
        """While entered, the network has the averaged weights."""
        self._swap_weights()
        try:
            yield
        finally:
            self._swap_weights()

    def _swap_weights(self) -> None:
        # By copies: keras.callbacks.SwapEMAWeights adds and subtracts, which rounds the weights.
        for weight, average in zip(self.weights, self.averages, strict=True):
            kept = tf.identity(weight)
            weight.assign(average)
            average.assign(kept)

    def _renew_statistics(self) -> None:
        with self.use_average():
            self.statistics.renew()


class MovingAverage(WeightAverage):
    """After each step t: average ← average + (weights − average) · (1 − d) / (1 − dᵗ), d the decay.

    That is the exponential moving average without the weight of its first value, which would else
    stay for 1/(1 − d) steps: a plain mean at first. Keras's own `use_ema` starts from the weights
    after the first step, and leaves batch statistics to the network that was trained.

    Validation sees the averaged network, so that what is monitored is what is kept.

    Source: Kingma and Ba, "Adam", 2014, section 7.2, which averages weights so and corrects the
    start as in equation 3; the average itself: Polyak and Juditsky, 1992.
    """

    def __init__(self, network: keras.Model, epochs: Epochs, decay: float) -> None:
        super().__init__(network, epochs)
        self.decay = decay
        step, optimizer = network.train_step, network.optimizer

        def averaged_step(data: Any) -> Any:
            figures = step(data)
            self._update_average(optimizer.iterations)
            return figures

        # In the graph of the step itself: TensorFlow may run many steps before a callback is asked.
        network.train_step = averaged_step

    def _update_average(self, iterations: Any) -> None:
        # No step is done yet where 16-bit gradients overflowed in the first.
        steps = tf.maximum(tf.cast(iterations, tf.float64), 1)
        decay = tf.constant(self.decay, tf.float64)
        share = tf.cast((1 - decay) / (1 - decay**steps), tf.float32)
        for weight, average in self.trained:
            average.assign_add((weight - average) * share)

    @property
    def description(self) -> str:
        """The decay, and the last epoch in it."""
        return f"moving average (decay {self.decay:g}) after epoch {self.epoch}"

    def exists_after(self, epoch: int) -> bool:
        """Always: it follows every step."""
        return True

    def on_test_begin(self, logs: Any = None) -> None:
        self._renew_statistics()
        self._swap_weights()

    def on_test_end(self, logs: Any = None) -> None:
        self._swap_weights()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch + 1
        if not any(name.startswith("val_") for name in logs):
            self._renew_statistics()


class EpochAverage(WeightAverage):
    """The equal average of the weights after each epoch from `first` (from 1) on.

    Source: Izmailov et al., "Averaging weights leads to wider optima and better generalization",
    2018, algorithm 1, with a cycle of one epoch; the learning rate is what the config says.
    """

    def __init__(self, network: keras.Model, epochs: Epochs, first: int) -> None:
        super().__init__(network, epochs)
        self.first = first

    @property
    def description(self) -> str:
        """The epochs that are in it."""
        if self.epoch <= self.first:
            return f"weights after epoch {self.epoch}" if self.epoch == self.first else ""
        return f"mean of the weights after epochs {self.first} to {self.epoch}"

    def exists_after(self, epoch: int) -> bool:
        """Whether the epoch is in it, or comes after one that is."""
        return epoch >= self.first

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch + 1
        count = self.epoch + 1 - self.first
        if count >= 1:
            for weight, average in self.trained:
                average.assign_add((weight - average) / count)
            self._renew_statistics()


class BatchStatistics:
    """Means and variances for the batch normalization of a network whose weights were averaged.

    Those of the trained network are of other activations. As in training: of batches in the order
    of the epoch at hand, which the seed decides, with dropout on; their mean, by images.

    Source: Izmailov et al. 2018, section 3.2; there the pass is over all images.
    """

    def __init__(self, network: keras.Model, epochs: Epochs) -> None:
        layers = [la for la in network.layers if isinstance(la, keras.layers.BatchNormalization)]
        self.layers = layers
        self.moving = [v for la in layers for v in (la.moving_mean, la.moving_variance)]
        self.sums = [tf.Variable(v.value, trainable=False) for v in self.moving]
        self.batches = epochs.dataset.take(-(-STATISTICS_IMAGES * epochs.steps // epochs.count))

        def add(images: tf.Tensor) -> tf.Tensor:
            network(images, training=True)
            count = tf.shape(images)[0]
            for total, moving in zip(self.sums, self.moving, strict=True):
                total.assign_add(moving.value * tf.cast(count, tf.float32))
            return count

        self.add = tf.function(add, reduce_retracing=True)

    def renew(self) -> None:
        """Give the network, with the weights that it has, its statistics."""
        if not self.layers:
            return
        momenta = [layer.momentum for layer in self.layers]
        for total in self.sums:
            total.assign(tf.zeros_like(total))
        try:
            for layer in self.layers:
                layer.momentum = 0.0  # the statistics after a batch are that batch's own
            count = sum(int(self.add(images)) for images, _ in self.batches)
        finally:
            for layer, momentum in zip(self.layers, momenta, strict=True):
                layer.momentum = momentum
        for moving, total in zip(self.moving, self.sums, strict=True):
            moving.assign(total / count)
