"""Train one network on several devices of this machine, which share each batch.

Each device has a copy of the weights, a replica. A replica computes the gradient of its part of a
batch. The sum of these gradients is the gradient of the whole batch, so all replicas take the same
step, and the step of one device.

`tf.distribute` would leave the division of the batches to Keras. Keras would divide them before the
augmentation, clip the gradient of each replica alone, give all replicas the same dropout, and
compute the statistics of batch normalization for each part alone, of which only one replica's would
be saved. So here a replica takes its part of a whole batch inside the step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from cnnlab.model import remove_optimizer
from cnnlab.quiet_tensorflow import keras, tf

_SUM = tf.distribute.ReduceOp.SUM


@cache
def find_strategy(replicas: tuple[str, ...]) -> tf.distribute.Strategy | None:
    """Find the strategy that mirrors weights on devices such as GPU:0; None for fewer than two.

    All trainings of a process have the same strategy: TensorFlow numbers the sums over devices in
    each strategy from the same number on, and refuses a number whose sum had another shape before.
    """
    return tf.distribute.MirroredStrategy(list(replicas)) if len(replicas) > 1 else None


def open_scope(strategy: tf.distribute.Strategy | None) -> AbstractContextManager[Any]:
    """Open the scope in which TensorFlow creates each variable on all devices of a strategy."""
    return nullcontext() if strategy is None else strategy.scope()


def build_mirrored(
    build: Callable[[], keras.Model], strategy: tf.distribute.Strategy | None
) -> keras.Model:
    """Build a network, with its weights on all devices of a strategy."""
    with open_scope(strategy):
        network = build()
    # A model that is created in the scope would divide the batches itself; its layers would not.
    return network if strategy is None else remove_optimizer(network)


def share_steps(network: keras.Model, strategy: tf.distribute.Strategy | None) -> None:
    """Let all replicas of a compiled network share its steps of training and of validation.

    Both steps take a whole batch, as before. They work in every train function of Keras or cnnlab.
    """
    if strategy is None:
        return
    optimizer = getattr(network.optimizer, "inner_optimizer", network.optimizer)
    # Private, since Keras has no option for this: Keras would clip the gradients of each replica
    # before it adds them, and look for overflow in them alone. So they are added before.
    optimizer._all_reduce_sum_gradients = lambda gradients_and_weights: gradients_and_weights

    def train_step(batch: Any) -> dict[str, tf.Tensor]:
        # Not in the replicas: TensorFlow traces them in several threads, but there is one network.
        with _join_statistics(network, tf.shape(batch[0])[0]):
            strategy.run(lambda: _train_replica(network, _take_part(batch)))
        figures: dict[str, tf.Tensor] = network.get_metrics_result()
        return figures

    def test_step(batch: Any) -> dict[str, tf.Tensor]:
        strategy.run(lambda: _test_replica(network, _take_part(batch)))
        figures: dict[str, tf.Tensor] = network.get_metrics_result()
        return figures

    network.train_step, network.test_step = train_step, test_step


@dataclass(frozen=True)
class _Part:
    """The images and labels of a batch that one replica computes.

    If the batch has fewer images than there are replicas, some replicas have an image that belongs
    to another one, with the weight 0; their `count` of images is 0. The mean loss of the parts,
    weighted with `weights`, is the mean loss of the batch. `mean_count` is the number of images of
    the batch divided by the number of replicas.
    """

    images: tf.Tensor
    labels: tf.Tensor
    weights: tf.Tensor
    count: tf.Tensor
    mean_count: tf.Tensor


def _take_part(batch: Any) -> _Part:
    """Take the part of a batch that belongs to the replica of the present context."""
    images, labels, weights = keras.utils.unpack_x_y_sample_weight(batch)
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    with tf.device("CPU:0"):  # where the batch is: so only the part is copied to the device
        size = tf.shape(images)[0]
        start, end = _find_part(size)
        first = tf.minimum(start, size - 1)
        place = slice(first, tf.maximum(end, first + 1))
        weights = tf.ones([size]) if weights is None else weights
        mean_count = tf.cast(size, tf.float32) / replicas
        share = tf.cast(end - start, tf.float32) / mean_count  # 1 if all parts have the same size
        weights = weights[place] * share
        return _Part(images[place], labels[place], weights, end - start, mean_count)


def _find_part(size: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Find the first image of the part of this replica in a batch of `size` images, and its end."""
    context = tf.distribute.get_replica_context()
    replica, replicas = context.replica_id_in_sync_group, context.num_replicas_in_sync
    return size * replica // replicas, size * (replica + 1) // replicas


def _train_replica(network: keras.Model, part: _Part) -> None:
    """Add up the gradients of all parts of a batch, and take a step."""
    weights, optimizer = network.trainable_weights, network.optimizer
    with tf.GradientTape() as tape:
        outputs = network(part.images, training=True)
        loss = optimizer.scale_loss(_measure(network, part, outputs, training=True))
    gradients = tape.gradient(loss, weights)
    total = tf.distribute.get_replica_context().all_reduce(_SUM, gradients)
    optimizer.apply_gradients(zip(total, weights, strict=True))


def _test_replica(network: keras.Model, part: _Part) -> None:
    _measure(network, part, network(part.images, training=False), training=False)


def _measure(network: keras.Model, part: _Part, outputs: tf.Tensor, training: bool) -> tf.Tensor:
    """Compute the loss of a part, so that the sum over the replicas is the loss of the batch.

    The function also adds the part to the mean loss and to the metrics of the epoch.
    """
    # Keras divides this loss, with the penalties on weights, by the number of replicas. It takes
    # the logits from behind a softmax, so `outputs` must be what the network returned.
    loss = network.compute_loss(part.images, part.labels, outputs, part.weights, training)
    [mean_loss] = [metric for metric in network.metrics if metric.name == "loss"]
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    mean_loss.update_state(loss * replicas, sample_weight=part.mean_count)

    def add_metrics() -> tf.Tensor:
        network.compute_metrics(part.images, part.labels, outputs)
        return part.count

    tf.cond(part.count > 0, add_metrics, lambda: part.count)
    return loss


@contextmanager
def _join_statistics(network: keras.Model, size: tf.Tensor) -> Iterator[None]:
    """Let batch normalization use the mean and variance of a whole batch inside the `with` block.

    `size` is the number of images of the batch.
    """
    layers = [la for la in network.layers if isinstance(la, keras.layers.BatchNormalization)]
    for layer in layers:
        # Private: Keras's own option `synchronized` computes the variance as E(x²) − E(x)², which
        # loses digits, and only Keras on TensorFlow opens a checkpoint with this option.
        layer._moments = partial(_compute_moments, size)
    try:
        yield
    finally:
        for layer in layers:
            del layer._moments


def _compute_moments(size: tf.Tensor, inputs: tf.Tensor, mask: None) -> tuple[tf.Tensor, tf.Tensor]:
    """Compute mean and variance of each channel over all images of a batch of `size` images.

    `inputs` are the feature maps of the part of this replica.
    """
    context, axes = tf.distribute.get_replica_context(), [*range(len(inputs.shape) - 1)]
    numbers = tf.cast(size * tf.reduce_prod(tf.shape(inputs)[1:-1]), inputs.dtype)
    start, end = _find_part(size)
    is_counted = tf.cast(start < end, inputs.dtype)

    def average(values: tf.Tensor) -> tf.Tensor:
        return context.all_reduce(_SUM, is_counted * tf.reduce_sum(values, axes)) / numbers

    mean = average(inputs)
    # The variance does not change with the mean, as the differences add up to 0.
    return mean, average(tf.square(inputs - tf.stop_gradient(mean)))
