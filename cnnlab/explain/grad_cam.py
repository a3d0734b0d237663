"""Grad-CAM: which places of a layer's maps speak for a class.

Source: R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017, equations 1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from cnnlab.explain.inside import Inside
from cnnlab.explain.stages import Stage


@dataclass(frozen=True)
class GradCam:
    """What in the maps of `layer` speaks for the class `label`.

    `weights`, float32 (channels,), are α: the mean slope of the class's logit in each map.
    `evidence`, float32 (height, width), is the sum of the maps, so weighted, where it is above 0.
    """

    layer: str
    label: int
    logit: float
    weights: np.ndarray
    evidence: np.ndarray

    @property
    def positive(self) -> bool:
        """Whether any place speaks for the class."""
        return bool(self.evidence.max() > 0)


def grad_cam(network: Inside, stage: Stage, image: np.ndarray, label: int) -> GradCam:
    """Grad-CAM of a class for one image.

    Its slopes are those of the logit: a softmax has hardly any where the network is sure.

    Args:
        image: uint8 (height, width, channels).
    """
    both = network.model([network.before_logits[stage.shown], network.logits])
    seen = tf.constant(network.seen(image[np.newaxis]))
    with tf.GradientTape() as tape:
        tape.watch(seen)  # maps of layers without weights have a way back too
        maps, logits = both(seen, training=False)
        logit = logits[0, label]
    slopes = tape.gradient(logit, maps, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    maps, slopes = (tf.cast(tensor, tf.float32).numpy()[0] for tensor in (maps, slopes))
    weights = slopes.mean(axis=(0, 1))  # equation 1
    evidence = np.maximum(maps @ weights, 0)  # equation 2
    return GradCam(stage.name, label, float(logit), weights, evidence)


def stretched(evidence: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Evidence over the whole of an image, (height, width), bilinear between the maps' pixels."""
    found = tf.image.resize(evidence[..., np.newaxis], image.shape[:2], "bilinear")
    return np.asarray(found[..., 0].numpy())
