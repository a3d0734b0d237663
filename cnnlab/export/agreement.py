"""Compare the probabilities of an exported file with those of the run."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from cnnlab.counts import format_count
from cnnlab.errors import ExportError
from cnnlab.evaluation_metrics import compute_wilson_interval
from cnnlab.study.statistics import (
    SIGNIFICANCE_LEVEL,
    PairCounts,
    mcnemar_p_value,
    tango_interval,
)

TOLERANCE = 1e-5  # the largest difference of two probabilities that mean the same network
CHECKED_IMAGES = 1000
_TIMED_CALLS = 50


def require_agreement(found: np.ndarray, expected: np.ndarray, form: str) -> dict[str, Any]:
    """Compare probabilities, float32 (n, classes), and return the figures for export.json.

    Two classes that are equally probable within the tolerance count as the same answer.

    Raises:
        ExportError: a probability or a class differs.
    """
    largest = float(np.abs(found.astype(np.float64) - expected).max())
    places = np.arange(len(expected))
    chosen = expected[places, found.argmax(axis=1)]
    differing = int((expected.max(axis=1) - chosen > TOLERANCE).sum())
    if largest > TOLERANCE or differing:
        raise ExportError(
            f"the {form} file does not compute what the run computes: the largest difference of a "
            f"probability is {largest:.2g}, and {format_count(differing, 'class')} of "
            f"{format_count(len(expected), 'image')} differ; no file was written"
        )
    return {"images": len(expected), "largest_difference": largest, "tolerance": TOLERANCE}


def compare_accuracy(found: np.ndarray, expected: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Compare the accuracy of a quantized file with that of the run on the same images.

    `verdict` is `good` if the accuracy of the file is within the interval of the run's accuracy
    and McNemar's test does not find the file worse.
    """
    right_run, right_file = expected.argmax(axis=1) == labels, found.argmax(axis=1) == labels
    pairs = PairCounts(
        both=int((right_run & right_file).sum()),
        only_first=int((right_run & ~right_file).sum()),
        only_second=int((~right_run & right_file).sum()),
        neither=int((~right_run & ~right_file).sum()),
    )
    run, file = _describe_accuracy(right_run), _describe_accuracy(right_file)
    p = mcnemar_p_value(pairs)
    is_worse = pairs.difference < 0 and p < SIGNIFICANCE_LEVEL
    is_below = file["accuracy"] < run["accuracy_interval"][0]
    return {
        "images": len(labels),
        "run": run,
        "file": file,
        "difference": pairs.difference,
        "difference_interval": list(tango_interval(pairs)),
        "only_run_right": pairs.only_first,
        "only_file_right": pairs.only_second,
        "mcnemar_p": p,
        "largest_difference": float(np.abs(found.astype(np.float64) - expected).max()),
        "verdict": "worse" if is_worse or is_below else "good",
    }


def _describe_accuracy(right: np.ndarray) -> dict[str, Any]:
    count = int(right.sum())
    interval = compute_wilson_interval(count, len(right))
    return {"accuracy": count / len(right), "accuracy_interval": list(interval)}


def measure_milliseconds(compute: Callable[[np.ndarray], np.ndarray], image: np.ndarray) -> float:
    """Measure the median time of a call with one image, uint8 (1, height, width, channels)."""
    times = []
    for _ in range(_TIMED_CALLS):
        started = time.perf_counter()
        compute(image)
        times.append(time.perf_counter() - started)
    return 1000 * median(times)
