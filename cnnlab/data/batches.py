"""Arrays → tf.data: batches gathered by index from uint8 images, cast and scaled on the way."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from cnnlab.data.augment import Batch, augmentation
from cnnlab.data.packed import Packed
from cnnlab.data.sources import Images
from cnnlab.data.views import View, as_it_is
from cnnlab.seeds import seed
from cnnlab.spec.augmentation import Augmentation
from cnnlab.spec.experiment import Inputs

# AutoGraph would read the source of each function, and there are no Python branches in them.
_plain = tf.autograph.experimental.do_not_convert
EVALUATION_BATCH = 256  # images; measured as fast as any larger one on two cores
PREFETCHED = 4  # batches, made while others are trained on


class Epochs:
    """Batches of the training images, in an order that depends on the seed and the epoch alone.

    `epoch` is the number of the epoch, from 1; set it before the epoch starts. `dataset` has the
    batches augmented, `originals` as they were before.
    """

    def __init__(
        self,
        images: Images,
        inputs: Inputs,
        batch_size: int,
        root_seed: int,
        augment: Sequence[Augmentation] = (),
    ) -> None:
        self.epoch = tf.Variable(1, dtype=tf.int64, trainable=False)
        self.count = len(images.labels)
        self.steps = -(-self.count // batch_size)
        self._batch_size = batch_size
        self._shuffle_seed = seed(root_seed, "shuffle")
        self._augment_seed = seed(root_seed, "augmentation")
        gather, scale = _gather(images, inputs), _scale(inputs)
        start = tf.data.Dataset.from_tensors(0)
        places = start.flat_map(_plain(self._places))
        batches = places.map(_plain(lambda places: scale(*gather(places))))
        self.dataset = self.originals = self._sized(batches)
        if augment:
            change = augmentation(augment)
            augmented = start.flat_map(_plain(self._places_and_seeds)).map(
                _plain(lambda places, batch_seed: scale(*change(*gather(places), batch_seed))),
                num_parallel_calls=os.cpu_count(),
                deterministic=True,
            )
            self.dataset = self._sized(augmented)

    def _places(self, _: tf.Tensor) -> tf.data.Dataset:
        places = tf.range(self.count)
        pair = tf.stack([tf.constant(self._shuffle_seed, tf.int64), self.epoch])
        shuffled = tf.random.experimental.stateless_shuffle(places, seed=pair)
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(self._batch_size)

    def _places_and_seeds(self, _: tf.Tensor) -> tf.data.Dataset:
        """With a seed for each batch, from the number of the epoch and its own in the epoch.

        `epoch` is read here, once: a step that read it could not run beside others, in order.
        """
        of_epoch = _folded(tf.constant([self._augment_seed, 0]), self.epoch)
        numbered = self._places(_).enumerate()
        return numbered.map(_plain(lambda number, places: (places, _folded(of_epoch, number))))

    def _sized(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        return ahead(batches.apply(tf.data.experimental.assert_cardinality(self.steps)))


def ahead(batches: tf.data.Dataset) -> tf.data.Dataset:
    """The same batches, some made while those before are used; without tf.data's autotuning.

    The thread that tunes can miss that its iterator is given up: the end of an epoch then waits
    until that thread looks again, which took up to 20 s on TensorFlow 2.21.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.prefetch(PREFETCHED).with_options(options)


def _folded(pair: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """A seed that follows from another and a number."""
    return tf.random.experimental.stateless_fold_in(pair, tf.cast(number, tf.int32))


def in_order(images: Images, inputs: Inputs, view: View = as_it_is) -> tf.data.Dataset:
    """Batches of images in the order given, for evaluation; each image as `view` shows it."""
    gather, scale = _gather(images, inputs, view), _scale(inputs)
    places = tf.data.Dataset.from_tensor_slices(np.arange(len(images.labels), dtype=np.int32))
    return ahead(places.batch(EVALUATION_BATCH).map(_plain(lambda batch: scale(*gather(batch)))))


def _gather(images: Images, inputs: Inputs, view: View = as_it_is) -> Callable[[tf.Tensor], Batch]:
    """A function from places to (images float32 from 0 to 255, labels one-hot float32)."""
    pixels, labels = _pixels(images.images), tf.constant(images.labels)
    classes = len(inputs.class_names)

    def gather(places: tf.Tensor) -> Batch:
        batch = tf.cast(view(pixels(places)), tf.float32)
        return batch, tf.one_hot(tf.gather(labels, places), classes)

    return gather


def _pixels(images: np.ndarray | Packed) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from places to images, uint8."""
    if isinstance(images, np.ndarray):
        pixels = tf.constant(images)
        return lambda places: tf.gather(pixels, places)
    shape = (None, *images.shape[1:])
    read = images.__getitem__
    return lambda places: tf.ensure_shape(tf.numpy_function(read, [places], tf.uint8), shape)


def _scale(inputs: Inputs) -> Callable[[tf.Tensor, tf.Tensor], Batch]:
    """A function that makes images what the network sees, and leaves labels as they are."""
    mean = tf.constant(inputs.mean, tf.float32)
    deviation = tf.constant(inputs.deviation, tf.float32)
    return lambda batch, labels: ((batch - mean) / deviation, labels)


def scaled(images: np.ndarray, inputs: Inputs) -> np.ndarray:
    """Images uint8 (n, height, width, channels) as the network gets them, float32."""
    mean, deviation = (np.array(part, np.float32) for part in (inputs.mean, inputs.deviation))
    return (images.astype(np.float32) - mean) / deviation


def unscaled(batch: tf.Tensor, inputs: Inputs) -> np.ndarray:
    """The uint8 images of a scaled batch, for pictures."""
    pixels = batch.numpy() * np.array(inputs.deviation) + np.array(inputs.mean)
    images: np.ndarray = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return images
