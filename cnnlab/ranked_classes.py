"""Rank the classes of one image by their probabilities, as the answer of `predict`."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnlab.data.image_look import measure_likeness
from cnnlab.data.image_preparation import PreparedImage
from cnnlab.spec.inputs import Inputs


def rank_classes(image: PreparedImage, shares: np.ndarray, inputs: Inputs) -> dict[str, Any]:
    """Return the probabilities of one image as plain data, with the most probable class first."""
    class_names = inputs.class_names
    ranked = np.argsort(-shares, kind="stable")
    truth = {} if image.truth is None else {"true": image.truth}
    return {
        "image": image.name,
        **truth,
        "predicted": class_names[ranked[0]],
        "probability": float(shares[ranked[0]]),
        "probabilities": {class_names[place]: float(shares[place]) for place in ranked},
        "changes": list(image.notes),
        "likeness": measure_likeness(image.pixels, inputs.look) if inputs.look else None,
    }
