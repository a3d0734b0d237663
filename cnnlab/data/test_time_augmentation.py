"""Build shifted and mirrored copies of images, over which `--tta` averages probabilities."""

from __future__ import annotations

from collections.abc import Callable

from cnnlab.quiet_tensorflow import tf

# Maps images to images of the same shape, uint8 (batch, height, width, channels).
View = Callable[[tf.Tensor], tf.Tensor]


def keep_view(images: tf.Tensor) -> tf.Tensor:
    """Return the images unchanged."""
    return images


def mirror(images: tf.Tensor) -> tf.Tensor:
    """Mirror images left to right."""
    return tf.reverse(images, [2])


def build_shift(down: int, right: int) -> View:
    """Build a function that moves images by at most one pixel down, up, right or left.

    Negative numbers move images up or left. Pixels that the shift leaves empty become 0.
    """

    def view(images: tf.Tensor) -> tf.Tensor:
        height, width = images.shape[1:3]
        framed = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])
        return framed[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]

    return view


VIEWS: dict[str, tuple[View, ...]] = {
    "shift": (
        keep_view,
        build_shift(-1, 0),
        build_shift(1, 0),
        build_shift(0, -1),
        build_shift(0, 1),
    ),
    "flip": (keep_view, mirror),
}
