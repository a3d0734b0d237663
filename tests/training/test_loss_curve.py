"""The suggestion of a range test, on curves with a known answer."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.training.loss_curve import (
    QUARTER,
    STEEPEST,
    TENTH,
    LossCurve,
    RunningLoss,
    choose_decay,
    smooth_losses,
    suggest_rate,
)

RATES = np.geomspace(1e-6, 10, 200)
POWERS = np.log10(RATES)


def fall(middle, width=0.25, high=2.3, low=0.3):
    """Losses that fall along an S around the power of ten `middle`; most of it in 4 widths."""
    return low + (high - low) / (1 + np.exp((POWERS - middle) / width))


def explode(losses, power):
    """The same losses, which grow tenfold in each tenth of a power of ten after `power`."""
    return losses * 10.0 ** np.maximum(0, 10 * (POWERS - power))


def build_curve(losses, noise=0.0, seed=0):
    """A range test with these losses that stops when the smoothed loss explodes."""
    losses = losses + noise * np.random.default_rng(seed).standard_normal(200)
    running, count = RunningLoss(200), 0
    while count < 200 and not running.has_exploded:
        running.add(losses[count])
        count += 1
    return LossCurve(RATES[:count], losses[:count], 200)


def add_losses(*losses):
    running = RunningLoss(200)
    for loss in losses:
        running.add(loss)
    return running


def test_the_smoothed_loss_of_equal_losses_is_this_loss():
    assert smooth_losses(np.full(5, 2.5), 200) == pytest.approx([2.5] * 5)


def test_the_smoothed_loss_is_the_weighted_mean_of_the_losses():
    # decay 0.9: (0.9 · 1 + 2) / 1.9 and (0.81 · 1 + 0.9 · 2 + 4) / 2.71
    smoothed = smooth_losses(np.array([1.0, 2.0, 4.0]), 200)
    assert smoothed == pytest.approx([1, 2.9 / 1.9, 6.61 / 2.71])


def test_the_loss_explodes_above_four_times_its_minimum():
    assert not add_losses(*[2.0] * 50, *[0.4] * 100, *[1.5] * 100).has_exploded
    assert add_losses(*[2.0] * 50, *[0.4] * 100, *[1.7] * 100).has_exploded


def test_a_loss_near_0_does_not_explode_when_it_grows_fourfold():
    assert not add_losses(*[2.0] * 50, *[0.01] * 100, *[0.1] * 100).has_exploded
    assert add_losses(*[2.0] * 50, *[0.01] * 100, *[1.2] * 100).has_exploded


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_no_number_has_exploded(value):
    assert add_losses(2.0, value).has_exploded


def test_a_loss_that_grows_from_the_start_explodes():
    assert not add_losses(2.0, 3.0).has_exploded
    assert add_losses(2.0, 90.0).has_exploded


@pytest.mark.parametrize(("steps", "decay"), [(60, 2 / 3), (100, 0.8), (200, 0.9), (1000, 0.98)])
def test_the_mean_covers_a_twentieth_of_the_steps(steps, decay):
    assert choose_decay(steps) == pytest.approx(decay)


@pytest.mark.parametrize("middle", [-4, -3, -2])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_the_steepest_descent_is_suggested(middle, noise):
    found = suggest_rate(build_curve(explode(fall(middle), middle + 1), noise))
    assert (found.method, found.reason) == (STEEPEST, "")
    # The mean over the last 10 batches, a third of a power of ten, delays the fall.
    assert middle - 0.1 <= np.log10(found.rate) <= middle + 0.5
    low, high = found.fall_range
    assert low < found.rate < high
    assert np.log10(high) == pytest.approx(middle + 1, abs=0.3)


def test_a_suggestion_has_two_digits():
    found = suggest_rate(build_curve(explode(fall(-3), -2)))
    assert found.rate == float(f"{found.rate:.2g}")


def test_a_steepest_descent_far_below_the_minimum_is_unclear():
    losses = explode(fall(-4, high=2.3, low=1.3) + fall(-1.5, 0.5, 0.5, 0), -0.5)
    found = suggest_rate(build_curve(losses))
    assert found.method == TENTH
    assert found.rate == float(f"{found.fall_range[1] / 10:.2g}")
    assert found.reason == "the loss fell most steeply at 0.00016, far below that rate"


def test_a_steepest_descent_close_to_the_minimum_gives_a_quarter_of_its_rate():
    losses = 2.3 - 1.9 * np.maximum(0, POWERS + 2) ** 2  # steepest where it ends
    found = suggest_rate(build_curve(np.where(POWERS > -1, 100.0, losses)))
    assert found.method == QUARTER
    assert found.rate == float(f"{found.fall_range[1] / 4:.2g}")
    assert found.reason == "the loss fell most steeply at 0.052, close to that rate"


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_gives_no_suggestion(seed):
    curve = build_curve(explode(np.full(200, 2.3), -1), 0.1, seed)
    found = suggest_rate(curve)
    first = np.median(curve.smoothed_losses[:20])
    assert (found.rate, found.method, found.fall_range) == (None, None, None)
    assert found.reason == (
        f"the loss fell at no learning rate: it was {first:.4g} in the first batches, and never "
        "significantly lower"
    )


def test_a_loss_that_only_rises_gives_no_suggestion():
    assert suggest_rate(build_curve(2.3 + np.maximum(0, POWERS))).rate is None


def test_a_small_fall_without_noise_gives_a_suggestion():
    found = suggest_rate(build_curve(explode(fall(-3, high=0.7, low=0.66), -2), 0.001))
    assert found.method == STEEPEST


def test_a_loss_that_falls_to_the_end_gives_no_suggestion():
    found = suggest_rate(build_curve(5 - 0.5 * (POWERS + 6)))
    assert (found.rate, found.method) == (None, None)
    assert found.reason == "the loss still fell at the highest rate, 10; try a higher --highest"
    assert 7 < found.fall_range[1] <= 10


def test_a_loss_that_falls_from_the_start_to_an_early_minimum_gives_no_suggestion():
    losses = explode(np.where(POWERS < -5.3, 2.3 - 2 * (POWERS + 6), 0.9), -4.9)
    found = suggest_rate(build_curve(losses))
    assert (found.rate, found.method) == (None, None)
    assert found.reason == "the loss fell from the lowest rate on; try a lower --lowest"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_no_number_at_the_start_gives_no_suggestion(value):
    losses = np.full(200, 2.3)
    losses[2:] = value
    found = suggest_rate(build_curve(losses))
    assert (found.rate, found.fall_range) == (None, None)
    assert found.reason == (
        "the loss exploded after 3 of 200 batches, at a learning rate of 1.2e-06; try a lower "
        "--lowest"
    )


def test_a_loss_that_is_no_number_at_the_end_does_not_count():
    losses = fall(-3)
    losses[115:] = np.nan
    curve = build_curve(losses)
    assert len(curve.losses) == 116
    assert suggest_rate(curve).method == STEEPEST


@pytest.mark.parametrize("steps", [60, 100, 1000])
def test_the_number_of_steps_hardly_changes_the_suggestion(steps):
    rates = np.geomspace(1e-6, 10, steps)
    losses = np.interp(np.log10(rates), POWERS, np.minimum(explode(fall(-3), -2), 1e3))
    found = suggest_rate(LossCurve(rates, losses, steps))
    expected = suggest_rate(build_curve(explode(fall(-3), -2))).rate
    assert expected / 1.5 <= found.rate <= 1.5 * expected
