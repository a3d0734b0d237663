"""The tests of McNemar, Welch and Holm, and Tango's interval, against SciPy and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from cnnlab.study.statistics import (
    MeanDifference,
    PairCounts,
    Z,
    compare_means,
    correct_p_values,
    mcnemar_p_value,
    tango_interval,
)

pytestmark = pytest.mark.slow


def tables(count):
    """Random tables of pairs: few images to 10,000, equal networks to opposite ones."""
    random = np.random.default_rng(0)
    for _ in range(count):
        images = int(10 ** random.uniform(0.5, 4))
        shares = random.dirichlet(10 ** random.uniform(-1.5, 1.5, 4))
        yield PairCounts(*random.multinomial(images, shares).tolist())


def test_mcnemar_by_hand():
    # 1 of 6 heads, or as far out: 2 · (1 + 6) / 64
    assert mcnemar_p_value(PairCounts(50, 1, 5, 3)) == pytest.approx(14 / 64)
    assert mcnemar_p_value(PairCounts(50, 5, 1, 3)) == pytest.approx(14 / 64)
    assert mcnemar_p_value(PairCounts(50, 3, 3, 3)) == 1
    assert mcnemar_p_value(PairCounts(50, 0, 0, 3)) == 1


def test_mcnemar_is_scipys_on_1000_random_tables():
    for pairs in tables(1000):
        apart = pairs.only_first + pairs.only_second
        fewer = min(pairs.only_first, pairs.only_second)
        expected = stats.binomtest(pairs.only_first, apart, 0.5).pvalue if apart else 1
        assert mcnemar_p_value(pairs) == pytest.approx(expected, rel=1e-12), pairs
        both_tails = min(1, 2 * stats.binom.cdf(fewer, apart, 0.5))
        assert mcnemar_p_value(pairs) == pytest.approx(both_tails, rel=1e-9, abs=1e-300), pairs


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # Fagerland, Lydersen, Laake, "Recommended tests and confidence intervals for paired
        # binomial proportions", Statistics in Medicine 33 (2014): airways, 1 1 / 7 12.
        ((1, 1, 7, 12), (0.026, 0.517)),
        ((3, 0, 0, 2), (-0.434, 0.434)),  # z² / (n + z²), as Wilson's of 0 out of 5
    ],
)
def test_the_interval_by_the_books(table, expected):
    assert tango_interval(PairCounts(*table)) == pytest.approx(expected, abs=0.0006)


def most_likely(pairs, difference):
    """The share that only the first gets right, most likely for a given difference.

    By halving on the slope of the multinomial likelihood, in which the images that both or none
    got right count together: no formula of the estimate is used.
    """
    same = pairs.both + pairs.neither
    low, high = np.maximum(0, -difference), (1 - difference) / 2
    for _ in range(200):
        share = (low + high) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (
                pairs.only_first / share
                + np.where(pairs.only_second > 0, pairs.only_second / (share + difference), 0)
                - np.where(same > 0, 2 * same / (1 - 2 * share - difference), 0)
            )
        low, high = np.where(slope > 0, share, low), np.where(slope > 0, high, share)
    return (low + high) / 2


def test_the_interval_agrees_with_the_likelihood_on_1000_random_tables():
    found = list(tables(1000))
    pairs = PairCounts(
        *np.array([[p.both, p.only_first, p.only_second, p.neither] for p in found]).T
    )
    bounds = np.array([tango_interval(one) for one in found])
    for side, sign in ((0, 1), (1, -1)):
        bound = bounds[:, side]
        inside = np.abs(bound) < 1 - 1e-9
        share = most_likely(pairs, bound)
        error = np.sqrt((2 * share + bound - bound**2) / pairs.images)
        expected = pairs.difference - sign * Z * error
        assert np.abs(bound - expected)[inside].max() < 1e-6
        assert inside.sum() > 950


def test_the_interval_agrees_with_mcnemars_chi_square_on_1000_random_tables():
    for pairs in tables(1000):
        low, high = tango_interval(pairs)
        assert -1 <= low <= pairs.difference <= high <= 1
        apart = pairs.only_first + pairs.only_second
        chi_square = (pairs.only_first - pairs.only_second) ** 2 / max(apart, 1)
        assert (low < 0 < high) == (stats.chi2.sf(chi_square, 1) > 0.05), pairs


def test_the_interval_turns_with_the_order():
    for pairs in tables(100):
        low, high = tango_interval(pairs)
        turned = PairCounts(pairs.both, pairs.only_second, pairs.only_first, pairs.neither)
        assert tango_interval(turned) == pytest.approx((-high, -low), abs=1e-9)


@pytest.mark.parametrize("images", [1, 2, 10_000])
def test_networks_that_never_or_always_agree_have_intervals_too(images):
    assert tango_interval(PairCounts(0, 0, images, 0))[1] == 1
    assert tango_interval(PairCounts(0, images, 0, 0))[0] == -1
    half = Z * Z / (images + Z * Z)
    assert tango_interval(PairCounts(images, 0, 0, 0)) == pytest.approx((-half, half))


def test_19_of_20_intervals_hold_the_true_difference():
    random = np.random.default_rng(1)
    shares, truth = [0.95, 0.02, 0.025, 0.005], 0.005
    held = 0
    for _ in range(1000):
        low, high = tango_interval(PairCounts(*random.multinomial(2000, shares).tolist()))
        held += low <= truth <= high
    assert 935 <= held <= 965


def test_welch_is_the_textbook_formula_on_1000_random_samples():
    random = np.random.default_rng(2)
    for _ in range(1000):
        n, m = random.integers(2, 9, 2)
        first, second = random.normal(0.99, 0.001, n), random.normal(0.991, 0.01, m)
        found = compare_means(first.tolist(), second.tolist())
        a, b = first.var(ddof=1) / n, second.var(ddof=1) / m
        freedom = (a + b) ** 2 / (a * a / (n - 1) + b * b / (m - 1))
        difference = second.mean() - first.mean()
        half = stats.t.ppf(0.975, freedom) * math.sqrt(a + b)
        assert found.difference == pytest.approx(difference, abs=1e-12)
        assert found.interval == pytest.approx((difference - half, difference + half), abs=1e-9)
        p = 2 * stats.t.sf(abs(difference) / math.sqrt(a + b), freedom)
        assert found.p == pytest.approx(p, rel=1e-9, abs=1e-12)


def test_samples_without_any_spread_leave_nothing_to_chance():
    assert compare_means([0.5, 0.5], [0.75, 0.75]) == MeanDifference(0.25, (0.25, 0.25), 0.0)
    assert compare_means([0.5, 0.5], [0.5, 0.5, 0.5]) == MeanDifference(0.0, (0.0, 0.0), 1.0)


def test_a_sample_without_spread_beside_one_with_it():
    found = compare_means([0.995, 0.995], [0.9915, 0.9928, 0.9892])
    values = np.array([0.9915, 0.9928, 0.9892])
    half = stats.t.ppf(0.975, 2) * values.std(ddof=1) / math.sqrt(3)
    middle = values.mean() - 0.995
    assert found.interval == pytest.approx((middle - half, middle + half), abs=1e-9)


def test_holms_correction_rejects_what_the_step_down_procedure_does():
    random = np.random.default_rng(3)
    for _ in range(1000):
        values = random.uniform(0, 0.2, random.integers(1, 7)).tolist()
        rejected = set()
        for rank, place in enumerate(np.argsort(values).tolist()):
            if values[place] * (len(values) - rank) >= 0.05:
                break
            rejected.add(place)
        corrected = correct_p_values(values)
        assert {i for i, p in enumerate(corrected) if p < 0.05} == rejected
        assert all(p >= q for p, q in zip(corrected, values, strict=True))
