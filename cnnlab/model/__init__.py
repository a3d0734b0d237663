"""Build the Keras model of a spec from stock layers; its checkpoints open in stock Keras."""

from cnnlab.model.layer_builders import LayerPlace, build_layers
from cnnlab.model.network import (
    Precisions,
    build_network,
    remove_optimizer,
    set_epoch_seeds,
)

__all__ = [
    "LayerPlace",
    "Precisions",
    "build_layers",
    "build_network",
    "remove_optimizer",
    "set_epoch_seeds",
]
