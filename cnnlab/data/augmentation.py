"""Augment whole batches of training images; the result depends only on the batch and a seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.spec import augmentation as kinds
from cnnlab.spec.augmentation import Augmentation, Geometric

Batch = tuple[tf.Tensor, tf.Tensor]
Step = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Batch]

# Set in every Keras layer, since the user's keras.json may say otherwise. The layers never use this
# seed.
_OPTIONS = {"data_format": "channels_last", "dtype": "float32", "seed": 0}


class BatchSeeds(keras.random.SeedGenerator):  # type: ignore[misc]
    """The seeds for one augmentation of one batch.

    The n-th seed depends only on n and the seed of the batch. Keras's random functions get their
    seeds from this object. Keras's own SeedGenerator stores a counter in a variable, so its seeds
    would depend on all earlier random functions.
    """

    def __init__(self, batch_seed: tf.Tensor, place: int) -> None:
        self.seed = tf.random.experimental.stateless_fold_in(batch_seed, place)
        self.count = 0

    def next(self, ordered: bool = True) -> tf.Tensor:
        self.count += 1
        return tf.random.experimental.stateless_fold_in(self.seed, self.count)

    def uniform(self, shape: Sequence[Any], low: float, high: float) -> tf.Tensor:
        return keras.random.uniform(shape, low, high, dtype="float32", seed=self)


def build_augmentation(augment: Sequence[Augmentation]) -> Step:
    """Build the function that augments a batch.

    The function takes images, labels and a seed, and returns images and labels. Images are float32
    (batch, height, width, channels) from 0 to 255, labels are shares (batch, classes), and the seed
    is int32 (2,). `mixup` and `cutmix` mix the labels too.
    """
    steps: list[Step] = []
    # Geometric augmentations that follow each other share one resampling, since each resampling
    # blurs the images and takes time. Images of digits lose 15% of the contrast between
    # neighbouring pixels by three resamplings, and 5% by one.
    numbered = groupby(enumerate(augment), key=lambda item: isinstance(item[1], Geometric))
    for geometric, group in numbered:
        steps += (
            [_build_resampling(list(group))]
            if geometric
            else [_build_step(*item) for item in group]
        )

    def apply(images: tf.Tensor, labels: tf.Tensor, batch_seed: tf.Tensor) -> Batch:
        for step in steps:
            images, labels = step(images, labels, batch_seed)
        return tf.clip_by_value(images, 0.0, 255.0), labels

    # AutoGraph cannot convert `match`, and nothing here needs AutoGraph.
    unconverted: Step = tf.autograph.experimental.do_not_convert(apply)
    return unconverted


def _build_resampling(group: Sequence[tuple[int, Any]]) -> Step:
    """Build a function that applies several geometric augmentations by a single resampling.

    `group` has the augmentations, each with its index in the config's list of augmentations.
    """

    def apply(images: tf.Tensor, labels: tf.Tensor, batch_seed: tf.Tensor) -> Batch:
        height, width = images.shape[1:3]
        to_centre = tf.constant([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1.0]])
        matrix = to_centre
        for place, kind in group:
            matrix = matrix @ _build_matrix(kind, images, BatchSeeds(batch_seed, place))
        matrix = matrix @ tf.linalg.inv(to_centre)
        moved = keras.ops.image.affine_transform(
            images,
            tf.reshape(matrix, (-1, 9))[:, :8],
            interpolation="bilinear",
            fill_mode="constant",
            fill_value=0.0,
            data_format="channels_last",
        )
        return moved, labels

    return apply


def _build_matrix(kind: Geometric, images: tf.Tensor, draws: BatchSeeds) -> tf.Tensor:
    """Build the random matrices (batch, 3, 3) of a geometric augmentation.

    A matrix maps a pixel (x, y, 1) of the new image to a position in the old image. The centre of
    each image has the coordinates (0, 0). Keras's own layers are unsuitable. RandomShear slants
    about a corner, so that objects move away from the centre. RandomFlip cannot mirror rows and
    columns independently of each other.
    """
    count, (height, width) = tf.shape(images)[0], images.shape[1:3]

    def draw_uniform(low: float, high: float) -> tf.Tensor:
        return draws.uniform([count], low, high)

    one, zero = tf.ones(count), tf.zeros(count)
    match kind:
        case kinds.RandomTranslation(height_factor=down, width_factor=across):
            across = down if across is None else across
            y, x = draw_uniform(-down, down) * height, draw_uniform(-across, across) * width
            rows = [one, zero, -x, zero, one, -y]
        case kinds.RandomRotation(degrees=degrees):
            angle = draw_uniform(-math.radians(degrees), math.radians(degrees))
            sine, cosine = tf.sin(angle), tf.cos(angle)
            rows = [cosine, -sine, zero, sine, cosine, zero]
        case kinds.RandomZoom(height_factor=down, width_factor=across):
            y = draw_uniform(1 - down, 1 + down)
            x = y if across is None else draw_uniform(1 - across, 1 + across)
            rows = [x, zero, zero, zero, y, zero]
        case kinds.RandomShear(x_factor=across, y_factor=down):
            rows = [one, draw_uniform(-across, across), zero, draw_uniform(-down, down), one, zero]
        case kinds.RandomFlip(mode=mode):
            x = tf.where(draw_uniform(0, 1) <= 0.5, -one, one) if "horizontal" in mode else one
            y = tf.where(draw_uniform(0, 1) <= 0.5, -one, one) if "vertical" in mode else one
            rows = [x, zero, zero, zero, y, zero]
    return tf.reshape(tf.stack([*rows, zero, zero, one], axis=1), (-1, 3, 3))


def _build_step(place: int, kind: Augmentation) -> Step:
    """Build the function of a non-geometric augmentation; `place` is the index in the config."""
    if isinstance(kind, kinds.RandomElastic):
        return lambda images, labels, seed: (_bend(images, kind, BatchSeeds(seed, place)), labels)
    layer = _build_layer(kind)

    def apply(images: tf.Tensor, labels: tf.Tensor, batch_seed: tf.Tensor) -> Batch:
        drawn = layer.get_random_transformation(
            images, training=True, seed=BatchSeeds(batch_seed, place)
        )
        if isinstance(kind, kinds.Cutmix):
            # Keras pastes whole pixels but computes the area with fractions of pixels. On small
            # images the labels would be wrong, so count the pasted pixels.
            pasted = tf.reduce_mean(tf.cast(drawn["batch_masks"], tf.float32), axis=(1, 2, 3))
            drawn["mix_weight"] = 1 - pasted
        images = layer.transform_images(images, drawn, training=True)
        return images, layer.transform_labels(labels, drawn, training=True)

    return apply


def _build_layer(kind: Augmentation) -> Any:
    """Build the Keras layer of an augmentation.

    Keras chooses a factor at random between two numbers. Two equal numbers give a constant factor.
    """
    match kind:
        case kinds.RandomErasing(factor=factor, scale=scale, fill_value=fill):
            factors = {"factor": (factor, factor), "scale": (0.0, scale)}
            return keras.layers.RandomErasing(**factors, fill_value=fill, **_OPTIONS)
        case kinds.Brightness(factor=factor):
            return keras.layers.RandomBrightness(factor, **_OPTIONS)
        case kinds.Contrast(factor=factor):
            return keras.layers.RandomContrast((factor, factor), **_OPTIONS)
        case kinds.Mixup(alpha=alpha):
            return keras.layers.MixUp(alpha, **_OPTIONS)
        case kinds.Cutmix(factor=factor):
            return keras.layers.CutMix((factor, factor), **_OPTIONS)
    raise NotImplementedError(f"no layer for {kind.kind}")


def _bend(images: tf.Tensor, kind: kinds.RandomElastic, draws: BatchSeeds) -> tf.Tensor:
    """Distort images elastically, as Simard, Steinkraus and Platt (2003) do.

    Keras's RandomElasticTransform is unsuitable. It moves each pixel by the same distance in both
    directions, so that all pixels move along one diagonal. It also has other parameters, and needs
    a fixed batch size.
    """
    height, width = images.shape[1:3]
    rows, columns = _build_gaussian(height, kind.sigma), _build_gaussian(width, kind.sigma)
    shape = [2, tf.shape(images)[0], rows.shape[1], columns.shape[1]]
    # Two matrix products are faster than convolutions on small images.
    fields = rows @ draws.uniform(shape, -1, 1) @ tf.transpose(columns)
    down, across = tf.unstack(kind.alpha * fields)
    y = tf.range(height, dtype=tf.float32)[:, tf.newaxis] + down
    x = tf.range(width, dtype=tf.float32) + across
    return _sample(images, y, x)


def _build_gaussian(length: int, sigma: float) -> tf.Tensor:
    """Build a matrix (length, length + 2r) that smooths a row of numbers with a Gaussian.

    The row has r more numbers than the result at each end, where r = ⌈3 · sigma⌉. Less than 0.3% of
    the Gaussian lies beyond r.
    """
    reach = math.ceil(3 * sigma)
    distances = np.arange(length + 2 * reach) - reach - np.arange(length)[:, np.newaxis]
    weights = np.exp(-(distances**2) / (2 * sigma**2)) * (abs(distances) <= reach)
    return tf.constant(weights / weights.sum(axis=1, keepdims=True), tf.float32)


def _sample(images: tf.Tensor, y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Sample images bilinearly at the positions `y` and `x`, each of shape (batch, height, width).

    Pixels outside an image count as 0.
    """
    height, width, channels = images.shape[1:]
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])
    pixels = tf.reshape(padded, [-1, (height + 2) * (width + 2), channels])
    y = tf.clip_by_value(y + 1, 0.0, height + 1.0)
    x = tf.clip_by_value(x + 1, 0.0, width + 1.0)
    top, left = tf.minimum(tf.floor(y), height), tf.minimum(tf.floor(x), width)
    down, across = (y - top)[..., tf.newaxis], (x - left)[..., tf.newaxis]
    first = tf.cast(top * (width + 2) + left, tf.int32)

    def read_neighbour(offset: int) -> tf.Tensor:
        return tf.gather(pixels, first + offset, batch_dims=1)

    upper = (1 - across) * read_neighbour(0) + across * read_neighbour(1)
    lower = (1 - across) * read_neighbour(width + 2) + across * read_neighbour(width + 3)
    return (1 - down) * upper + down * lower
