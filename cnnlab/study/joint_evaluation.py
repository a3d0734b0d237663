"""Evaluate one network, or several networks by the mean of their probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from cnnlab import evaluation
from cnnlab.data.datasets import Images
from cnnlab.data.run_splits import describe_changed_images, read_split
from cnnlab.errors import RunError
from cnnlab.evaluation import Evaluation
from cnnlab.foreign_models import describe_test_share
from cnnlab.probabilities import average_probabilities
from cnnlab.quiet_tensorflow import keras
from cnnlab.study.networks import Network
from cnnlab.study.statistics import compute_spread


def evaluate_networks(
    networks: Sequence[Network], split: str = "test", tta: str | None = None
) -> tuple[Evaluation, dict[str, Any]]:
    """Evaluate one or several networks on the same images of `split`.

    Several networks predict together by the mean of their probabilities.

    Returns the predictions and the dictionary of figures that `cnnlab.evaluation.compute_metrics`
    computes. For an ensemble or several networks, the key `members` has the loss, cross-entropy and
    accuracy of each network, and the key `spread` has the means and standard deviations of
    cross-entropy and accuracy over the networks. A cross-entropy without a meaning is None, and has
    no spread.

    Raises the errors of `cnnlab.evaluation.evaluate_checkpoint`.
    """
    [alone, *others] = networks
    images = _read_images(networks, split)
    parts = networks if others else alone.members
    source = {
        "run": str(alone.run.path) if alone.run and not others else None,
        "checkpoint": str(alone.checkpoint) if alone.checkpoint and not others else None,
        "note": describe_changed_images(alone.spec, split, images)
        or describe_test_share(alone.spec),
        **({} if others else _describe_preparation(alone)),
    }
    if not parts:
        answers = _evaluate_network(alone, images, split, tta)
        return answers, {**source, **evaluation.compute_metrics(answers)}
    each = [_evaluate_network(part, images, split, tta) for part in parts]
    combined = average_evaluations(each)
    figures = [evaluation.compute_metrics(answers) for answers in each]
    rows = [_list_figures(part, result) for part, result in zip(parts, figures, strict=True)]
    over = {
        name: asdict(compute_spread([row[name] for row in rows]))
        for name in ("cross_entropy", "accuracy")
        if all(row[name] is not None for row in rows)
    }
    return combined, {
        **source,
        **evaluation.compute_metrics(combined),
        "members": rows,
        "spread": over,
    }


def average_evaluations(answers: Sequence[Evaluation]) -> Evaluation:
    """Average the probabilities that several networks predict for the same images."""
    total = average_probabilities([one.probabilities for one in answers])
    adds_up = all(one.has_cross_entropy for one in answers)
    return replace(answers[0], probabilities=total, loss=None, has_cross_entropy=adds_up)


def _describe_preparation(network: Network) -> dict[str, Any]:
    return {"preparation": network.preparation} if network.preparation else {}


def _list_figures(network: Network, figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "run": str(network.run.path) if network.run else None,
        "checkpoint": str(network.checkpoint) if network.checkpoint else None,
        **_describe_preparation(network),
        "seed": network.spec.experiment.seed,
        "loss": figures["loss"],
        "cross_entropy": figures["cross_entropy"],
        "accuracy": figures["accuracy"],
    }


def _evaluate_network(network: Network, images: Images, split: str, tta: str | None) -> Evaluation:
    if network.members:
        return average_evaluations(
            [_evaluate_network(member, images, split, tta) for member in network.members]
        )
    assert network.checkpoint is not None
    keras.utils.clear_session()  # so that only one network is in memory at a time
    return evaluation.evaluate_images(network.spec, network.checkpoint, images, split, tta)


def _read_images(networks: Sequence[Network], split: str) -> Images:
    """Read the images of a split; raises RunError if the images of two networks differ.

    Each data set is read once, even if several networks use that data set.
    """
    first = read_split(networks[0].spec, split)
    sources = {_data_key(networks[0])}
    for network in networks[1:]:
        if _data_key(network) not in sources:
            images = read_split(network.spec, split)
            same = np.array_equal(images.images, first.images)
            if not same or not np.array_equal(images.labels, first.labels):
                message = f"{networks[0].path} and {network.path} have different {split} images"
                raise RunError(message)
        sources.add(_data_key(network))
    return first


def _data_key(network: Network) -> tuple[Any, ...]:
    """Return the data settings that decide which images are read, as a key for comparison."""
    data = network.spec.experiment.data
    return data.dataset, data.image_size, data.color_mode, data.test, data.transpose
