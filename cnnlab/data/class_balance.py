"""Compute the class weights of an experiment from the labels of its training images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnlab.errors import DataError
from cnnlab.spec.class_weights import balance_classes, list_weights
from cnnlab.spec.experiment import Data

if TYPE_CHECKING:
    import numpy as np


def compute_class_weights(
    data: Data, class_names: Sequence[str], labels: np.ndarray
) -> tuple[float, ...]:
    """Compute the weight of each class in the loss; return () if the config has no class weights.

    Args:
        labels: the labels of the training images, without those of the validation split.

    Raises:
        DataError: the config says `class_weight: balanced`, but a class has no training images.
    """
    import numpy as np

    if data.class_weight is None:
        return ()
    if isinstance(data.class_weight, Mapping):
        return list_weights(data.class_weight, class_names)
    counts = np.bincount(labels, minlength=len(class_names)).tolist()
    if 0 in counts:
        empty = [name for name, count in zip(class_names, counts, strict=True) if not count]
        listed = ", ".join(empty[:10]) + (", …" if empty[10:] else "")
        raise DataError(
            f"{data.dataset}: `class_weight: balanced` needs a training image in each class, but "
            f"there is none in {listed}; write a number for each class instead"
        )
    return balance_classes(counts)
