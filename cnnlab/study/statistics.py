"""Compute means, confidence intervals and significance tests for a comparison of networks."""

from __future__ import annotations

import math
import statistics
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

SIGNIFICANCE_LEVEL = 0.05  # a difference with a smaller p value counts as real
Z = 1.959963984540054  # the normal distribution's 97.5% point


@dataclass(frozen=True)
class Spread:
    """The mean, standard deviation and Student's 95% interval of a number over several runs."""

    mean: float
    standard_deviation: float
    interval: tuple[float, float]
    runs: int


def compute_spread(values: Sequence[float]) -> Spread:
    """Compute the mean, standard deviation and 95% interval of two or more values.

    The divisor of the variance is n − 1.

    Source: Student (W. S. Gosset), "The probable error of a mean", Biometrika 6 (1908).

    >>> found = compute_spread([1.0, 2.0, 3.0])  # 2 ± 4.303 · 1 / √3
    >>> found.mean, found.standard_deviation, [round(bound, 3) for bound in found.interval]
    (2.0, 1.0, [-0.484, 4.484])
    """
    from scipy.special import stdtrit  # scipy.stats takes far longer to import

    count, mean = len(values), statistics.fmean(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    half = float(stdtrit(count - 1, 0.975)) * deviation / math.sqrt(count)
    return Spread(mean, deviation, (mean - half, mean + half), count)


@dataclass(frozen=True)
class PairCounts:
    """Numbers of images that both, one or neither of two networks classify correctly."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def images(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def difference(self) -> float:
        """The accuracy of the second network minus the accuracy of the first network."""
        return (self.only_second - self.only_first) / self.images


def mcnemar_p_value(pairs: PairCounts) -> float:
    """Compute the p value of McNemar's exact test of two networks on the same images.

    The test uses the images that only one of the two networks classifies correctly. Its hypothesis
    is that each network is equally likely to be the one that is correct.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated
    proportions or percentages", Psychometrika 12 (1947); exact by the binomial distribution.
    """
    from scipy.stats import binomtest

    apart = pairs.only_first + pairs.only_second
    return float(binomtest(pairs.only_second, apart).pvalue) if apart else 1.0


def tango_interval(pairs: PairCounts) -> tuple[float, float]:
    """Compute Tango's 95% interval of the difference of two accuracies on the same images.

    The interval contains each difference d for which a score test does not reject the hypothesis
    that the true difference is d. For d = 0, this score test is McNemar's test without continuity
    correction.

    Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions
    for the paired-sample design", Statistics in Medicine 17 (1998).
    """
    from scipy.optimize import brentq

    difference = pairs.difference
    low = -1.0 if difference == -1 else brentq(lambda d: _tango_score(pairs, d) - Z, -1, difference)
    high = 1.0 if difference == 1 else brentq(lambda d: _tango_score(pairs, d) + Z, difference, 1)
    return float(low), float(high)


def _tango_score(pairs: PairCounts, difference: float) -> float:
    """Compute by how many standard errors the observed difference exceeds `difference`.

    The standard error depends on the share of images that only the first network classifies
    correctly. The maximum likelihood estimate of this share, if the true difference is
    `difference`, is the root of a quadratic equation.
    """
    n, first, second = pairs.images, pairs.only_first, pairs.only_second
    linear = (2 * n + first - second) * difference - first - second
    constant = -first * difference * (1 - difference)
    root = math.sqrt(max(0.0, linear * linear - 8 * n * constant))
    share = (root - linear) / (4 * n)
    variance = max(0.0, n * (2 * share + difference * (1 - difference)))
    above = second - first - n * difference
    if above == 0:
        return 0.0
    return above / math.sqrt(variance) if variance else math.copysign(math.inf, above)


@dataclass(frozen=True)
class MeanDifference:
    """The difference of two means, second minus first, with its 95% interval and p value."""

    difference: float
    interval: tuple[float, float]
    p: float


def compare_means(first: Sequence[float], second: Sequence[float]) -> MeanDifference:
    """Compare the means of two samples by Welch's t test, which allows different variances.

    Each sample has at least two values. If all values of each sample are equal, the p value is 1
    for equal means and 0 for different means.

    Source: B. L. Welch, "The generalization of 'Student's' problem when several different
    population variances are involved", Biometrika 34 (1947).
    """
    from scipy.stats import ttest_ind

    if len({*first}) == len({*second}) == 1:
        difference = second[0] - first[0]
        return MeanDifference(difference, (difference, difference), float(difference == 0))
    with warnings.catch_warnings():
        # SciPy warns if one sample is constant; the spread of the other sample is enough.
        warnings.filterwarnings("ignore", message="Precision loss", category=RuntimeWarning)
        test = ttest_ind(second, first, equal_var=False)
        low, high = test.confidence_interval(1 - SIGNIFICANCE_LEVEL)
    return MeanDifference((low + high) / 2, (float(low), float(high)), float(test.pvalue))


def correct_p_values(values: Sequence[float]) -> list[float]:
    """Correct the p values of several tests by Holm's method.

    After the correction, the chance of one or more wrong findings is at most that of a single test.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian
    Journal of Statistics 6 (1979).

    >>> [round(p, 3) for p in correct_p_values([0.04, 0.01, 0.03])]  # 3 · 0.01, 2 · 0.03
    [0.06, 0.03, 0.06]
    """
    corrected, highest = list(values), 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = highest
    return corrected
