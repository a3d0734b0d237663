"""Mean, standard deviation and Student's interval, compared with hand calculation and SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from cnnlab.study.statistics import compute_spread


def test_three_values_by_hand():
    found = compute_spread([0.90, 0.92, 0.97])
    # mean 2.79 / 3; deviations −0.03, −0.01, 0.04: squares 0.0026, / 2 = 0.0013
    assert found.mean == pytest.approx(0.93)
    assert found.standard_deviation == pytest.approx(math.sqrt(0.0013))
    # Student's t for 95% and 2 degrees of freedom, from a printed table: 4.303
    half = 4.303 * math.sqrt(0.0013) / math.sqrt(3)
    assert found.interval == pytest.approx((0.93 - half, 0.93 + half), abs=1e-5)
    assert found.runs == 3


def test_equal_values_have_no_spread():
    found = compute_spread([0.5, 0.5])
    assert (found.mean, found.standard_deviation, found.interval) == (0.5, 0.0, (0.5, 0.5))


def test_any_values_have_the_interval_that_scipy_gives():
    random = np.random.default_rng(0)
    for count in (2, 3, 5, 10, 100):
        values = random.normal(0.9, 0.01, count)
        expected = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
        assert compute_spread(values.tolist()).interval == pytest.approx(expected, abs=1e-12)
