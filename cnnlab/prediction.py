"""Classify single images, and draw a picture of their most probable classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import checkpoint, plots
from cnnlab.data.batches import EVALUATION_BATCH, scale_images
from cnnlab.data.image_preparation import PreparedImage
from cnnlab.probabilities import average_probabilities, to_probabilities
from cnnlab.quiet_tensorflow import keras
from cnnlab.ranked_classes import rank_classes
from cnnlab.spec.experiment import Spec
from cnnlab.spec.wording import to_one_line

SpecAndCheckpoint = tuple[Spec, Path]  # of one network


def compute_probabilities(parts: Sequence[SpecAndCheckpoint], images: np.ndarray) -> np.ndarray:
    """Compute the class probabilities of uint8 images, as the mean over several networks.

    Returns float32 (n, classes).

    Raises:
        CheckpointError: the weights in a file do not fit the network's description in the file, or
            a network's outputs are not finite.
    """
    each = []
    for spec, path in parts:
        network = checkpoint.load_trained(spec, path)
        # Call the network directly: for few images, `predict` would take longer to build a graph.
        outputs = [
            keras.ops.convert_to_numpy(network(scale_images(batch, spec.inputs), training=False))
            for batch in np.split(images, range(EVALUATION_BATCH, len(images), EVALUATION_BATCH))
        ]
        each.append(to_probabilities(np.concatenate(outputs), spec, path))
    return average_probabilities(each)


def answer_images(
    parts: Sequence[SpecAndCheckpoint], images: Sequence[PreparedImage]
) -> list[dict[str, Any]]:
    """Classify images by the mean probabilities of several networks.

    Returns a mapping for each image. The function raises the errors of `compute_probabilities`.
    """
    shares = compute_probabilities(parts, np.stack([one.pixels for one in images]))
    inputs = parts[0][0].inputs
    return [
        rank_classes(one, its_shares, inputs)
        for one, its_shares in zip(images, shares, strict=True)
    ]


def draw_answers(
    images: Sequence[PreparedImage], answers: Sequence[dict[str, Any]], who: str
) -> bytes:
    """Draw a PNG with the original, the network's input and the predictions of the first images."""
    from cnnlab.plots.predictions import SHOWN_IMAGES, Answer, draw_predictions

    cells = [
        Answer(
            to_one_line(one.name),
            one.original,
            one.pixels,
            one.truth,
            answer["probabilities"],
            is_unlike=bool(answer["likeness"] and answer["likeness"]["unlike"]),
        )
        for one, answer in zip(images[:SHOWN_IMAGES], answers, strict=False)
    ]
    rest = (
        f", the first {SHOWN_IMAGES} of {len(images):,} images"
        if len(images) > SHOWN_IMAGES
        else ""
    )
    return plots.to_png(draw_predictions(cells, f"{who}{rest}: its most probable classes"))
