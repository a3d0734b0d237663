"""Answers for single images: the classes by their probabilities, and a picture of it all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnnlab import checkpoint, evaluation, plots
from cnnlab.data.batches import EVALUATION_BATCH, scaled
from cnnlab.data.preparing import Asked
from cnnlab.data.sources import Images, take
from cnnlab.data.splits import split_images
from cnnlab.errors import UsageError
from cnnlab.seeds import seed
from cnnlab.spec.experiment import Spec
from cnnlab.spec.words import one_line

Part = tuple[Spec, Path]  # a network's spec and its checkpoint


def drawn(spec: Spec, count: int, root_seed: int) -> list[Asked]:
    """So many images of the test set, chosen at random by the seed, in the order of the set.

    Raises:
        UsageError: there are not so many.
        DataError: the data is missing, or is not what the network was trained on.
    """
    images = split_images(spec, "test")
    if count > len(images.labels):
        there = f"the test set has {len(images.labels):,} images"
        raise UsageError(f"--random {count}: {there}; ask for so many at most")
    random = np.random.default_rng(seed(root_seed, "images to predict"))
    chosen = take(images, np.sort(random.permutation(len(images.labels))[:count]))
    return [_of_test_set(chosen, place, spec.inputs.class_names) for place in range(count)]


def _of_test_set(images: Images, place: int, class_names: Sequence[str]) -> Asked:
    truth = class_names[images.labels[place]]
    return Asked(f"test #{images.indices[place]}", images.images[place], truth=truth)


def probabilities(parts: Sequence[Part], images: np.ndarray) -> np.ndarray:
    """The mean of the networks' answers for uint8 images, float32 (n, classes).

    Raises:
        CheckpointError: a file does not fit its spec, or its answers overflow.
    """
    each = []
    for spec, path in parts:
        network = checkpoint.trained(spec, path)
        # Called as it is: to make a graph, as `predict` does, takes longer than a few images.
        outputs = [
            keras.ops.convert_to_numpy(network(scaled(batch, spec.inputs), training=False))
            for batch in np.split(images, range(EVALUATION_BATCH, len(images), EVALUATION_BATCH))
        ]
        each.append(evaluation.probabilities(np.concatenate(outputs), spec, path))
    return evaluation.mean(each)


def answers(parts: Sequence[Part], asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """What the networks answer by their mean, one mapping for each image, in their order.

    Raises what `probabilities` does.
    """
    shares = probabilities(parts, np.stack([one.seen for one in asked]))
    names = parts[0][0].inputs.class_names
    return [_answer(one, its_shares, names) for one, its_shares in zip(asked, shares, strict=True)]


def _answer(asked: Asked, shares: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
    """One answer as plain data, the most probable class first."""
    ranked = np.argsort(-shares, kind="stable")
    truth = {} if asked.truth is None else {"true": asked.truth}
    return {
        "image": asked.name,
        **truth,
        "predicted": class_names[ranked[0]],
        "probability": float(shares[ranked[0]]),
        "probabilities": {class_names[place]: float(shares[place]) for place in ranked},
    }


def picture(asked: Sequence[Asked], answers: Sequence[dict[str, Any]], who: str) -> bytes:
    """A PNG of the first images: as they came, as the network saw them, and what it answered."""
    from cnnlab.plots.prediction import SHOWN, Answer, prediction

    shown = [
        Answer(one_line(one.name), one.original, one.seen, one.truth, found["probabilities"])
        for one, found in zip(asked[:SHOWN], answers, strict=False)
    ]
    rest = f", the first {SHOWN} of {len(asked):,} images" if len(asked) > SHOWN else ""
    return plots.png(prediction(shown, f"{who}{rest}: its most probable classes"))
