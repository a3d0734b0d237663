"""Edits of small.yaml for trainings that end soon, and still have all that a seed decides."""

from __future__ import annotations

NETWORK = (
    "model=[conv: {filters: 4, kernel_size: 3, strides: 2}, batch_norm, activation: relu, flatten, "
    "dropout: 0.2, dense: {units: 10, activation: softmax}]"
)
QUICK = ("--set", "training.epochs=1", "--set", NETWORK)
