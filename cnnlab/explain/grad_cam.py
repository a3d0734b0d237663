"""Compute Grad-CAM: at which pixels the feature maps of a layer are evidence for a class.

Source: R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017, equations 1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlab.explain.layers_with_maps import MapLayer
from cnnlab.explain.network_outputs import NetworkOutputs
from cnnlab.quiet_tensorflow import tf


@dataclass(frozen=True)
class GradCam:
    """The result of Grad-CAM: the evidence in the feature maps of `layer` for the class `label`.

    `logit` is the logit of the class. `weights`, float32 (channels,), has for each map the mean
    gradient of this logit over the map, which the source calls α. `evidence`, float32 (height,
    width), is the weighted sum of the maps, with 0 in place of negative sums.
    """

    layer: str
    label: int
    logit: float
    weights: np.ndarray
    evidence: np.ndarray

    @property
    def positive(self) -> bool:
        """Whether the evidence for the class is above 0 at any pixel."""
        return bool(self.evidence.max() > 0)


def compute_grad_cam(
    network: NetworkOutputs, stage: MapLayer, image: np.ndarray, label: int
) -> GradCam:
    """Compute Grad-CAM of a class for one image.

    Grad-CAM uses the gradients of the class's logit. For a confident network, the gradients of the
    class's probability would be nearly 0.

    Args:
        image: uint8 (height, width, channels).
    """
    both = network.model([network.before_logits[stage.shown], network.logits])
    inputs = tf.constant(network.scale(image[np.newaxis]))
    with tf.GradientTape() as tape:
        tape.watch(inputs)  # so that layers without weights get gradients too
        maps, logits = both(inputs, training=False)
        logit = logits[0, label]
    gradients = tape.gradient(logit, maps, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    maps, gradients = (tf.cast(tensor, tf.float32).numpy()[0] for tensor in (maps, gradients))
    weights = gradients.mean(axis=(0, 1))  # equation 1
    evidence = np.maximum(maps @ weights, 0)  # equation 2
    return GradCam(stage.name, label, float(logit), weights, evidence)


def stretch_evidence(evidence: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Resize the evidence of Grad-CAM bilinearly to the size (height, width) of an image."""
    stretched = tf.image.resize(evidence[..., np.newaxis], image.shape[:2], "bilinear")
    return np.asarray(stretched[..., 0].numpy())
