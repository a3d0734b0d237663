"""The learning rates of a range test, and their limits."""

from __future__ import annotations

import pytest

from cnnlab.errors import UsageError
from cnnlab.spec.rate_ramp import RateRamp


def test_the_default_ramp_has_28_batches_for_each_power_of_ten():
    rates = RateRamp().rates
    assert (len(rates), rates[0]) == (200, 1e-6)
    assert rates[-1] == pytest.approx(10)
    assert rates[100] / rates[99] == pytest.approx(10 ** (7 / 199))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lowest": 0.0}, "lowest is 0; expected from 1e-12 to 1000"),
        ({"lowest": float("nan")}, "lowest is nan; expected from 1e-12 to 1000"),
        ({"highest": 1001.0}, "highest is 1001; expected from 1e-12 to 1000"),
        ({"lowest": 2.0}, "highest is 10; expected at least 20, ten times lowest"),
        ({"steps": 59}, "steps is 59; expected from 60 to 10,000"),
        ({"steps": 10_001}, "steps is 10,001; expected from 60 to 10,000"),
    ],
)
def test_a_ramp_outside_its_limits_is_refused(values, message):
    with pytest.raises(UsageError) as caught:
        RateRamp(**values)
    assert str(caught.value) == message


def test_the_limits_themselves_are_allowed():
    assert len(RateRamp(1e-12, 1000.0, 10_000).rates) == 10_000
    assert len(RateRamp(1.0, 10.0, 60).rates) == 60
