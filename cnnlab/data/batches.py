"""Build tf.data batches: select uint8 images by their indices, cast them and scale them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np

from cnnlab.data.augmentation import Batch, build_augmentation
from cnnlab.data.datasets import Images
from cnnlab.data.image_store import StoredImages
from cnnlab.data.test_time_augmentation import View, keep_view
from cnnlab.quiet_tensorflow import tf
from cnnlab.seeds import derive_seed
from cnnlab.spec.augmentation import Augmentation
from cnnlab.spec.inputs import Inputs

# Without this, AutoGraph would parse the source of each function. This is not needed, since none of
# the functions has Python branches.
_without_autograph = tf.autograph.experimental.do_not_convert
EVALUATION_BATCH = 256  # images; larger batches measured no faster on two cores
PREFETCHED_BATCHES = 4  # prepared while the network trains


class Epochs:
    """The batches of training images, whose order depends only on the seed and the epoch.

    `epoch` is the number of the epoch, from 1; the caller sets this number before the epoch starts.
    `dataset` yields augmented batches, `originals` yields the same batches before augmentation.
    After the first `augmented_epochs`, `dataset` yields the originals too. A batch has images and
    labels. With class weights, a batch also has the weight of each image.
    """

    def __init__(
        self,
        images: Images,
        inputs: Inputs,
        batch_size: int,
        root_seed: int,
        augment: Sequence[Augmentation] = (),
        augmented_epochs: int | None = None,
    ) -> None:
        self.epoch = tf.Variable(1, dtype=tf.int64, trainable=False)
        self.count = len(images.labels)
        self.steps = -(-self.count // batch_size)
        self._batch_size = batch_size
        self._shuffle_seed = derive_seed(root_seed, "shuffle")
        self._augment_seed = derive_seed(root_seed, "augmentation")
        self._last_augmented = tf.int64.max if augmented_epochs is None else augmented_epochs
        gather, scale = _build_gather(images, inputs), _build_scaling(inputs)
        start = tf.data.Dataset.from_tensors(0)
        places = start.flat_map(_without_autograph(self._places))
        batches = places.map(_without_autograph(lambda places: scale(*gather(places))))
        self.dataset = self.originals = self._set_size(batches)
        if augment:
            change = build_augmentation(augment)

            def prepare(places: tf.Tensor, batch_seed: tf.Tensor, changes: tf.Tensor) -> Batch:
                images, labels = gather(places)
                prepared: Batch = tf.cond(
                    changes, lambda: change(images, labels, batch_seed), lambda: (images, labels)
                )
                return prepared

            augmented = start.flat_map(_without_autograph(self._places_and_seeds)).map(
                _without_autograph(lambda *batch: scale(*prepare(*batch))),
                num_parallel_calls=os.cpu_count(),
                deterministic=True,
            )
            self.dataset = self._set_size(augmented)

    def _places(self, _: tf.Tensor) -> tf.data.Dataset:
        places = tf.range(self.count)
        pair = tf.stack([tf.constant(self._shuffle_seed, tf.int64), self.epoch])
        shuffled = tf.random.experimental.stateless_shuffle(places, seed=pair)
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(self._batch_size)

    def _places_and_seeds(self, _: tf.Tensor) -> tf.data.Dataset:
        """Build a dataset with the image indices and seed of each batch, and if it changes.

        Only this method reads the variable `epoch`, because a tf.data step that reads a variable
        cannot both run in parallel and keep the order of the batches.
        """
        of_epoch = _fold_in(tf.constant([self._augment_seed, 0]), self.epoch)
        changes = self.epoch <= self._last_augmented
        numbered = self._places(_).enumerate()
        return numbered.map(
            _without_autograph(lambda number, places: (places, _fold_in(of_epoch, number), changes))
        )

    def _set_size(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        return prefetch(batches.apply(tf.data.experimental.assert_cardinality(self.steps)))


def prefetch(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Make a dataset prepare batches before they are used, without tf.data's autotuning.

    The autotuning thread can miss the end of its iterator. Then the epoch ends only when that
    thread ends, which took up to 20 s on TensorFlow 2.21.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.prefetch(PREFETCHED_BATCHES).with_options(options)


def _fold_in(pair: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """Compute a new seed from the seed `pair` and a number."""
    return tf.random.experimental.stateless_fold_in(pair, tf.cast(number, tf.int32))


def count_evaluation_batches(images: Images) -> int:
    """Return the number of batches that `batch_in_order` builds."""
    return -(-len(images.labels) // EVALUATION_BATCH)


def batch_in_order(images: Images, inputs: Inputs, view: View = keep_view) -> tf.data.Dataset:
    """Build batches in the stored order of the images; `view` transforms each image.

    A batch has images and labels. With class weights, a batch also has the weight of each image.
    """
    gather, scale = _build_gather(images, inputs, view), _build_scaling(inputs)
    places = tf.data.Dataset.from_tensor_slices(np.arange(len(images.labels), dtype=np.int32))
    return prefetch(
        places.batch(EVALUATION_BATCH).map(_without_autograph(lambda batch: scale(*gather(batch))))
    )


def _build_gather(
    images: Images, inputs: Inputs, view: View = keep_view
) -> Callable[[tf.Tensor], Batch]:
    """Build a function that returns the images and labels of a batch from image indices.

    The images are float32 from 0 to 255, the labels are one-hot float32.
    """
    pixels, labels = _build_reader(images.images), tf.constant(images.labels)
    classes = len(inputs.class_names)

    def gather(places: tf.Tensor) -> Batch:
        batch = tf.cast(view(pixels(places)), tf.float32)
        return batch, tf.one_hot(tf.gather(labels, places), classes)

    return gather


def _build_reader(images: np.ndarray | StoredImages) -> Callable[[tf.Tensor], tf.Tensor]:
    """Build a function that returns the uint8 images with the given indices."""
    if isinstance(images, np.ndarray):
        pixels = tf.constant(images)
        return lambda places: tf.gather(pixels, places)
    shape = (None, *images.shape[1:])
    read_images = images.__getitem__
    return lambda places: tf.ensure_shape(tf.numpy_function(read_images, [places], tf.uint8), shape)


def _build_scaling(inputs: Inputs) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, ...]]:
    """Build a function that scales images, and returns the weights of the images if there are any.

    Without class weights, the function returns no weights. With class weights, the weight of an
    image is that of its class. If augmentation mixed two images, the weight is the mean of the two
    weights, by the shares of the two images.
    """
    mean = tf.constant(inputs.mean, tf.float32)
    deviation = tf.constant(inputs.deviation, tf.float32)
    weights = tf.constant(inputs.class_weights, tf.float32)
    if not inputs.class_weights:
        return lambda batch, labels: ((batch - mean) / deviation, labels)
    return lambda batch, labels: (
        (batch - mean) / deviation,
        labels,
        tf.linalg.matvec(labels, weights),
    )


def scale_images(images: np.ndarray, inputs: Inputs) -> np.ndarray:
    """Scale images uint8 (n, height, width, channels) to the float32 input of the network."""
    mean, deviation = (np.array(part, np.float32) for part in (inputs.mean, inputs.deviation))
    return (images.astype(np.float32) - mean) / deviation


def unscale_images(batch: tf.Tensor, inputs: Inputs) -> np.ndarray:
    """Convert a scaled batch back to uint8 images, for pictures."""
    pixels = batch.numpy() * np.array(inputs.deviation) + np.array(inputs.mean)
    images: np.ndarray = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return images
