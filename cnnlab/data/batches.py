"""Arrays → tf.data: batches gathered by index from uint8 images, cast and scaled on the way."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from cnnlab.data.sources import Images
from cnnlab.data.views import View, as_it_is
from cnnlab.seeds import seed
from cnnlab.spec.experiment import Inputs

EVALUATION_BATCH = 256  # images; measured as fast as any larger one on two cores


class Epochs:
    """Batches of the training images, in an order that depends on the seed and the epoch alone.

    `epoch` is the number of the epoch, from 1; set it before the epoch starts.
    """

    def __init__(self, images: Images, inputs: Inputs, batch_size: int, root_seed: int) -> None:
        self.epoch = tf.Variable(1, dtype=tf.int64, trainable=False)
        self.count = len(images.labels)
        self.steps = -(-self.count // batch_size)
        shuffle_seed = seed(root_seed, "shuffle")

        def order(_: tf.Tensor) -> tf.data.Dataset:
            places = tf.range(self.count)
            pair = tf.stack([tf.constant(shuffle_seed, tf.int64), self.epoch])
            shuffled = tf.random.experimental.stateless_shuffle(places, seed=pair)
            return tf.data.Dataset.from_tensor_slices(shuffled).batch(batch_size)

        batches = tf.data.Dataset.from_tensors(0).flat_map(order).map(_gather(images, inputs))
        sized = batches.apply(tf.data.experimental.assert_cardinality(self.steps))
        self.dataset = sized.prefetch(tf.data.AUTOTUNE)


def in_order(images: Images, inputs: Inputs, view: View = as_it_is) -> tf.data.Dataset:
    """Batches of images in the order given, for evaluation; each image as `view` shows it."""
    places = tf.data.Dataset.from_tensor_slices(np.arange(len(images.labels), dtype=np.int32))
    batches = places.batch(EVALUATION_BATCH).map(_gather(images, inputs, view))
    return batches.prefetch(tf.data.AUTOTUNE)


def _gather(images: Images, inputs: Inputs, view: View = as_it_is):  # type: ignore[no-untyped-def]
    """A function from places to (images float32, labels one-hot float32)."""
    pixels, labels = tf.constant(images.images), tf.constant(images.labels)
    mean = tf.constant(inputs.mean, tf.float32)
    deviation = tf.constant(inputs.deviation, tf.float32)
    classes = len(inputs.class_names)

    def gather(places: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        batch = tf.cast(view(tf.gather(pixels, places)), tf.float32)
        return (batch - mean) / deviation, tf.one_hot(tf.gather(labels, places), classes)

    return gather
