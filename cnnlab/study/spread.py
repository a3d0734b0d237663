"""What several runs say together: mean, standard deviation, and the interval of the mean."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """A figure over several runs; `interval` is Student's, at 95 %, for the mean."""

    mean: float
    standard_deviation: float
    interval: tuple[float, float]
    runs: int


def spread(values: Sequence[float]) -> Spread:
    """The spread of two values or more; the deviation is that of a sample (n − 1).

    Source: Student (W. S. Gosset), "The probable error of a mean", Biometrika 6 (1908).

    >>> found = spread([1.0, 2.0, 3.0])  # 2 ± 4.303 · 1 / √3
    >>> found.mean, found.standard_deviation, [round(bound, 3) for bound in found.interval]
    (2.0, 1.0, [-0.484, 4.484])
    """
    from scipy.special import stdtrit

    count, mean = len(values), statistics.fmean(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    half = float(stdtrit(count - 1, 0.975)) * deviation / math.sqrt(count)
    return Spread(mean, deviation, (mean - half, mean + half), count)
