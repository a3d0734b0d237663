"""Export a run as one HTML file with the views Draw and Look, for a lesson without cnnlab."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import numpy as np

from cnnlab.data.datasets import select_images
from cnnlab.data.run_splits import read_split
from cnnlab.errors import RunError
from cnnlab.export.packed_weights import pack_coarsely, pack_exactly
from cnnlab.export.page_bundle import build_html
from cnnlab.export.run_network import describe_run, read_run_weights
from cnnlab.run_folder import RunFolder
from cnnlab.seeds import derive_seed
from cnnlab.spec.experiment import Spec

_UNTRAINED = "untrained"
_IMAGES = 24  # test images in the file


def build_lesson(run: RunFolder, spec: Spec) -> str:
    """Build the HTML file of a run.

    The file has the trained and the untrained weights of each member, and a few test images.

    Args:
        spec: the spec of the run, which names the place where the data is now.

    Raises:
        RunError: the run has no trained weights yet.
        DataError: the data is missing, or is not the data that the network was trained on.
        CheckpointError: the checkpoint is damaged, or does not fit the spec.
    """
    network = describe_run(run)
    weights = {}
    for number, member in enumerate(network["members"]):
        if member["trained"] is None:
            raise RunError(f"{run.path}: the run has no trained weights yet; train it first")
        names = [_UNTRAINED] if _UNTRAINED in member["checkpoints"] else []
        member["checkpoints"] = [*names, member["trained"]]
        for name in member["checkpoints"]:
            key = f"weights-{number}-{name}"
            weights[key] = _pack_weights(network, read_run_weights(run, number, name), name)
    data = {"network": network, "images": _choose_images(spec), **weights}
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in data.items()}
    return build_html(f"{network['name']} · cnnlab", texts)


def _pack_weights(network: dict[str, Any], weights: np.ndarray, name: str) -> dict[str, Any]:
    if name != _UNTRAINED:
        return pack_exactly(weights)
    arrays = [array for node in network["nodes"] for array in node["weights"].values()]
    return pack_coarsely(weights, [(array["offset"], array["length"]) for array in arrays])


def _choose_images(spec: Spec) -> list[dict[str, Any]]:
    """Choose random test images, always the same ones for the same data."""
    images = read_split(spec, "test")
    random = np.random.default_rng(derive_seed(0, "images to predict"))
    places = np.sort(random.permutation(len(images.labels))[:_IMAGES])
    chosen = select_images(images, places)
    return [
        {
            "index": int(index),
            "truth": spec.inputs.class_names[label],
            "pixels": b64encode(np.ascontiguousarray(pixels).tobytes()).decode(),
        }
        for index, label, pixels in zip(
            chosen.indices, chosen.labels, np.asarray(chosen.images), strict=True
        )
    ]
