"""Average the weights of a network during training, so that `evaluate` can use the averages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cnnlab.data.batches import Epochs
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.spec import weight_averages as kinds
from cnnlab.spec.training import Training

# How many images give the batch-normalization statistics of an averaged network. The error of a
# mean over n images is 1/√n of the standard deviation, here 1.4%; it is smaller for feature maps
# of many pixels.
STATISTICS_IMAGES = 5_000


def build_averaging(
    training: Training, network: keras.Model, epochs: Epochs
) -> MovingAverage | EpochAverage | None:
    """Build the callback that averages the weights; None if the spec has no `weight_average`."""
    match training.weight_average:
        case kinds.Ema() as ema:
            return MovingAverage(network, epochs, ema.decay)
        case kinds.Swa() as swa:
            return EpochAverage(network, epochs, training.epochs + 1 - swa.epochs)
    return None


class WeightAverage(keras.callbacks.Callback):  # type: ignore[misc]
    """Averages the weights of a network during training, and leaves the trained weights unchanged.

    Keras must call this callback before the callback that saves the epoch. The averages are
    float32, so that training can resume from the checkpoint of the averaged network.
    """

    def __init__(self, network: keras.Model, epochs: Epochs) -> None:
        super().__init__()
        self.epoch = 0  # the last finished epoch
        self.statistics = BatchStatistics(network, epochs)
        self.weights = [weight.value for weight in network.weights]
        self.averages = [tf.Variable(weight, trainable=False) for weight in self.weights]
        trainable = {id(weight) for weight in network.trainable_weights}
        pairs = zip(network.weights, self.weights, self.averages, strict=True)
        self.trained = [(value, mean) for weight, value, mean in pairs if id(weight) in trainable]

    @property
    def description(self) -> str:
        """A text for run.json that names the averaged epochs; empty before the first average."""
        raise NotImplementedError

    def exists_after(self, epoch: int) -> bool:
        """Whether an average of the weights exists at the end of the epoch `epoch`."""
        raise NotImplementedError

    @contextmanager
    def use_average(self) -> Iterator[None]:
        """Replace the weights of the network by the averaged weights inside the `with` block."""
        self._swap_weights()
        try:
            yield
        finally:
            self._swap_weights()

    def _swap_weights(self) -> None:
        # Swap with copies: keras.callbacks.SwapEMAWeights adds and subtracts, which rounds weights.
        for weight, average in zip(self.weights, self.averages, strict=True):
            copy = tf.identity(weight)
            weight.assign(average)
            average.assign(copy)

    def _renew_statistics(self) -> None:
        with self.use_average():
            self.statistics.renew()


class MovingAverage(WeightAverage):
    """The exponential moving average of the weights, with a correction for the first steps.

    With the decay d, step t computes average ← average + (weights − average) · (1 − d) / (1 − dᵗ).
    In the first steps, the average is a plain mean. Without the correction, the initial weights
    would dominate for 1/(1 − d) steps. Keras's `use_ema` has no correction, and uses the
    batch-normalization statistics of the trained network.

    Validation uses the averaged network, so that callbacks monitor the weights that are saved.

    Source: Kingma and Ba, "Adam", 2014, section 7.2, with the correction of equation 3; Polyak and
    Juditsky, 1992, for the average.
    """

    def __init__(self, network: keras.Model, epochs: Epochs, decay: float) -> None:
        super().__init__(network, epochs)
        self.decay = decay
        step, optimizer = network.train_step, network.optimizer

        def averaged_step(data: Any) -> Any:
            figures = step(data)
            self._update_average(optimizer.iterations)
            return figures

        # Average within the graph of the step: TensorFlow may run many steps between two callbacks.
        network.train_step = averaged_step

    def _update_average(self, iterations: Any) -> None:
        # `iterations` is still 0 if 16-bit gradients overflowed in the first step.
        steps = tf.maximum(tf.cast(iterations, tf.float64), 1)
        decay = tf.constant(self.decay, tf.float64)
        share = tf.cast((1 - decay) / (1 - decay**steps), tf.float32)
        for weight, average in self.trained:
            average.assign_add((weight - average) * share)

    @property
    def description(self) -> str:
        """A text for run.json with the decay of the average and the last averaged epoch."""
        return f"moving average (decay {self.decay:g}) after epoch {self.epoch}"

    def exists_after(self, epoch: int) -> bool:
        """Return True, because a moving average exists after every epoch."""
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
    """The plain mean of the weights at the ends of the epochs, from the epoch `first` on.

    Source: Izmailov et al., "Averaging weights leads to wider optima and better generalization",
    2018, algorithm 1, with a cycle of one epoch and the learning rate of the config.
    """

    def __init__(self, network: keras.Model, epochs: Epochs, first: int) -> None:
        super().__init__(network, epochs)
        self.first = first

    @property
    def description(self) -> str:
        """A text for run.json that names the averaged epochs; empty before the first average."""
        if self.epoch <= self.first:
            return f"weights after epoch {self.epoch}" if self.epoch == self.first else ""
        return f"mean of the weights after epochs {self.first} to {self.epoch}"

    def exists_after(self, epoch: int) -> bool:
        """Whether an average of the weights exists at the end of the epoch `epoch`."""
        return epoch >= self.first

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch + 1
        count = self.epoch + 1 - self.first
        if count >= 1:
            for weight, average in self.trained:
                average.assign_add((weight - average) / count)
            self._renew_statistics()


class BatchStatistics:
    """Computes the means and variances of batch-normalization layers for averaged weights.

    The means and variances from training do not fit, because averaged weights give other
    activations. So the averaged network reads training images in training mode, with dropout, in
    the order of the current epoch. Each statistic is the mean over these images.

    Source: Izmailov et al. 2018, section 3.2, where the network reads all training images.
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
        """Compute the means and variances for the current weights, and store them in the layers."""
        if not self.layers:
            return
        momenta = [layer.momentum for layer in self.layers]
        for total in self.sums:
            total.assign(tf.zeros_like(total))
        try:
            for layer in self.layers:
                layer.momentum = 0.0  # so that the statistics are those of the last batch alone
            count = sum(int(self.add(images)) for images, *_ in self.batches)
        finally:
            for layer, momentum in zip(self.layers, momenta, strict=True):
                layer.momentum = momentum
        for moving, total in zip(self.moving, self.sums, strict=True):
            moving.assign(total / count)
