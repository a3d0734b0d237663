"""Other views of the same image, to average a network's answers over (test-time augmentation)."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

View = Callable[[tf.Tensor], tf.Tensor]  # uint8 (batch, height, width, channels) to the same


def as_it_is(images: tf.Tensor) -> tf.Tensor:
    """The images themselves."""
    return images


def mirrored(images: tf.Tensor) -> tf.Tensor:
    """Left and right exchanged."""
    return tf.reverse(images, [2])


def shifted(down: int, right: int) -> View:
    """A view moved by one pixel or none each way; 0, the background, comes in at the edge."""

    def view(images: tf.Tensor) -> tf.Tensor:
        height, width = images.shape[1:3]
        framed = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])
        return framed[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]

    return view


VIEWS: dict[str, tuple[View, ...]] = {
    "shift": (as_it_is, shifted(-1, 0), shifted(1, 0), shifted(0, -1), shifted(0, 1)),
    "flip": (as_it_is, mirrored),
}
