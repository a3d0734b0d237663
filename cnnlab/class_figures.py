"""Compute metrics of a network for each class, and their means over the classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnlab.counts import format_count

UNEVEN = 2  # a class has more than this many times the images of another: means over classes help


def measure_classes(matrix: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
    """Compute the metrics of each class and their means over the classes, as plain data.

    `per_class` has precision, recall and F1 of each class, and its number of images (`support`).
    Precision, recall and F1 are None for a class without images. A class that the network never
    predicts has the precision 0. `balanced_accuracy` is the mean recall, and `macro_f1` the mean
    F1, over the classes that have images. `majority` has the class with the most images, and the
    share of all images that belong to this class.

    Args:
        matrix: the numbers of images for each true class (row) and predicted class (column).

    Source: K. H. Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR
    2010, section 2, for the balanced accuracy.
    """
    supports, answers = matrix.sum(axis=1), matrix.sum(axis=0)
    rows = [
        _measure_class(int(right), int(support), int(answered)) | {"support": int(support)}
        for right, support, answered in zip(matrix.diagonal(), supports, answers, strict=True)
    ]
    present = [row for row in rows if row["support"]]
    largest = int(supports.argmax())
    return {
        "balanced_accuracy": float(np.mean([row["recall"] for row in present])),
        "macro_f1": float(np.mean([row["f1"] for row in present])),
        "majority": {
            "class": class_names[largest],
            "share": float(supports[largest] / supports.sum()),
        },
        "per_class": [{"class": name} | row for name, row in zip(class_names, rows, strict=True)],
    }


def _measure_class(right: int, support: int, answered: int) -> dict[str, float | None]:
    """Compute precision, recall and F1 of a class.

    Args:
        right: how many images of the class the network classifies correctly.
        support: how many images the class has.
        answered: for how many images the network predicts the class.
    """
    if not support:
        return {"precision": None, "recall": None, "f1": None}
    precision = right / answered if answered else 0.0
    return {
        "precision": precision,
        "recall": right / support,
        "f1": 2 * right / (support + answered),
    }


def are_uneven(supports: Sequence[int]) -> bool:
    """Whether the largest class has more than twice the images of the smallest class with images.

    >>> are_uneven([10, 20, 0]), are_uneven([10, 21])
    (False, True)
    """
    present = [support for support in supports if support]
    return max(present, default=0) > UNEVEN * min(present, default=0)


def describe_averaged_classes(supports: Sequence[int]) -> str:
    """Say how many classes a mean averages, and whether other classes have no images.

    >>> describe_averaged_classes([10, 21]), describe_averaged_classes([10, 0, 30])
    ('both classes', '2 of 3 classes; the others have no images')
    """
    present = sum(support > 0 for support in supports)
    if present == len(supports):
        return "both classes" if present == 2 else f"all {format_count(present, 'class')}"
    return f"{present} of {format_count(len(supports), 'class')}; the others have no images"


def format_share(share: float | None) -> str:
    """Format a share as a percentage, or return `–` if the share is None."""
    return "–" if share is None else f"{share:.2%}"
