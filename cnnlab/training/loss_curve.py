"""Analyze the losses of a learning-rate range test, and suggest a learning rate.

Source: L. N. Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3, for
the test and for the range in which the loss falls. The two rules that choose one rate are those of
the library fastai: the steepest descent, and a tenth of the rate with the lowest loss. The
limit of a quarter is cnnlab's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cnnlab.counts import format_count

# Shares of the planned steps:
_SMOOTHED_SHARE = 1 / 20  # the smoothed loss covers about so many steps, a third of a power of ten
_SLOPE_SHARE = 1 / 13  # the slope at a step is that of the best line through so many steps
_FIRST_SHARE = 1 / 10  # the median loss of the first steps is the level from which the loss falls
_EDGE_SHARE = 1 / 20  # a minimum so near to the last step is no minimum

# Shares of the fall of the loss:
_BEGIN_SHARE = 0.1  # the range of falling losses begins here
_FLAT_SHARE = 0.02  # losses so near to the lowest loss are a flat stretch

# A fall is significant if it exceeds 7 standard deviations of the smoothed loss, and 2% of the
# loss. The loss is lowest by chance at one of many steps, so 3 deviations would be too few: with 7,
# noise alone gave a suggestion in 3 of 1,000 simulated tests with skewed noise.
_LEAST_DEVIATIONS, _LEAST_FALL = 7, 0.02

# Limits of the suggestion, as shares of the rate with the lowest loss. Below a tenth, the loss
# falls over a long range, and higher rates learn faster. Above a quarter, a training may diverge,
# because the smoothed loss is late: it explodes some batches after the first rate that is too high.
# benchmarks/find_lr.py measures the suggestions.
_TENTH, _QUARTER = 1 / 10, 1 / 4
_EXPLOSION_FACTOR = 4
STEEPEST = "steepest descent"
TENTH = "a tenth of the rate with the lowest loss"
QUARTER = "a quarter of the rate with the lowest loss"


@dataclass(frozen=True)
class LossCurve:
    """The losses of a range test: the loss of each batch, and the learning rate of this batch.

    `steps` is the planned number of batches. The test stops earlier if the loss explodes.
    """

    rates: np.ndarray
    losses: np.ndarray
    steps: int

    @cached_property
    def smoothed_losses(self) -> np.ndarray:
        """The smoothed loss after each batch."""
        return smooth_losses(self.losses, self.steps)

    @property
    def stopped_early(self) -> bool:
        """Whether the loss exploded before the highest learning rate."""
        return len(self.losses) < self.steps


@dataclass(frozen=True)
class Suggestion:
    """The suggestion of a range test: a rate, or the reason why there is no rate.

    `rate` is rounded to two digits. `method` is STEEPEST, TENTH or QUARTER. `fall_range` has the
    two learning rates between which the loss fell. At the second rate, the loss is lowest, or a
    flat stretch with the lowest loss begins. `reason` says why the method is not STEEPEST, or why
    there is no rate.
    """

    rate: float | None
    method: str | None
    fall_range: tuple[float, float] | None
    reason: str


class RunningLoss:
    """The smoothed loss while a range test runs, and whether the loss has exploded.

    The smoothed loss is an exponential moving average with a correction for the first steps. With
    the decay d, step t computes the average as (1 − d) / (1 − dᵗ) · Σ dᵗ⁻ⁱ · lossᵢ.

    Source: Kingma and Ba, "Adam", 2014, equation 3, for the correction.
    """

    def __init__(self, steps: int) -> None:
        self.decay = choose_decay(steps)
        self.smoothed = math.nan
        self._sum, self._share = 0.0, 0.0  # the share of the losses in the sum: 1 − dᵗ
        self._lowest, self._highest, self._level = math.inf, -math.inf, math.inf

    def add(self, loss: float) -> None:
        """Add the loss of the next batch."""
        self._sum = self.decay * self._sum + (1 - self.decay) * loss
        self._share = self.decay * self._share + 1 - self.decay
        self.smoothed = self._sum / self._share
        self._highest = max(self._highest, self.smoothed)
        if self.smoothed < self._lowest:
            self._lowest, self._level = self.smoothed, self._highest

    @property
    def has_exploded(self) -> bool:
        """Whether the loss is not finite, or far above its minimum.

        "Far" means above four times the minimum, as in fastai, and above the middle between the
        minimum and the level from which the loss fell: a loss near 0 grows fourfold by chance.
        """
        if not math.isfinite(self.smoothed):
            return self._share > 0  # before the first loss, there is no explosion
        middle = (self._lowest + self._level) / 2
        return self.smoothed > max(_EXPLOSION_FACTOR * self._lowest, middle)


def smooth_losses(losses: np.ndarray, steps: int) -> np.ndarray:
    """Compute the smoothed loss after each batch of a test with `steps` planned batches."""
    running, smoothed = RunningLoss(steps), np.empty(len(losses))
    for place, loss in enumerate(losses):
        running.add(float(loss))
        smoothed[place] = running.smoothed
    return smoothed


def choose_decay(steps: int) -> float:
    """Choose the decay of the moving average for the planned number of steps.

    >>> choose_decay(200)
    0.9
    """
    return 1 - 1 / (_SMOOTHED_SHARE * steps)


def suggest_rate(curve: LossCurve) -> Suggestion:
    """Suggest a learning rate from the losses of a range test."""
    is_finite = np.isfinite(curve.smoothed_losses)
    rates, smoothed = curve.rates[is_finite], curve.smoothed_losses[is_finite]
    beginning = round(curve.steps * _FIRST_SHARE)
    if len(smoothed) <= beginning:
        return _refuse(
            f"the loss exploded after {len(curve.losses)} of {format_count(curve.steps, 'batch')}, "
            f"at a learning rate of {curve.rates[-1]:.2g}; try a lower --lowest"
        )
    first = float(np.median(smoothed[:beginning]))
    minimum = _find_minimum(smoothed, beginning, first)
    fall = first - float(smoothed[minimum])
    if fall < _measure_least_fall(curve, first):
        return _refuse(
            f"the loss fell at no learning rate: it was {first:.4g} in the first batches, and "
            "never significantly lower"
        )
    is_below = smoothed[: minimum + 1] <= first - _BEGIN_SHARE * fall
    fall_range = (float(rates[int(np.argmax(is_below))]), float(rates[minimum]))
    if not curve.stopped_early and minimum >= curve.steps * (1 - _EDGE_SHARE):
        return _refuse(
            f"the loss still fell at the highest rate, {curve.rates[-1]:.2g}; try a higher "
            "--highest",
            fall_range,
        )
    return _choose_rate(curve, minimum, fall_range)


def _find_minimum(smoothed: np.ndarray, beginning: int, first: float) -> int:
    """Return the step with the lowest smoothed loss; on a flat stretch, the first of its steps.

    The first steps do not count, because their mean covers few batches.
    """
    lowest = float(smoothed[beginning:].min())
    is_low = smoothed[beginning:] <= lowest + _FLAT_SHARE * max(0.0, first - lowest)
    return beginning + int(np.argmax(is_low))


def _refuse(reason: str, fall_range: tuple[float, float] | None = None) -> Suggestion:
    return Suggestion(None, None, fall_range, reason)


def _measure_least_fall(curve: LossCurve, first: float) -> float:
    """Compute the smallest fall of the smoothed loss that is more than noise.

    The noise of a batch is measured by the differences of successive losses, with the median, so
    that an explosion at the end does not count.
    """
    differences = np.abs(np.diff(curve.losses[np.isfinite(curve.losses)]))
    batch_deviation = float(np.median(differences)) / (0.6745 * math.sqrt(2))  # normal quartile
    decay = choose_decay(curve.steps)
    deviation = batch_deviation * math.sqrt((1 - decay) / (1 + decay))
    return max(_LEAST_DEVIATIONS * deviation, _LEAST_FALL * abs(first))


def _choose_rate(curve: LossCurve, minimum: int, fall_range: tuple[float, float]) -> Suggestion:
    step = _find_steepest(curve, minimum)
    steepest, lowest_loss = float(curve.rates[step]), fall_range[1]
    if step < curve.steps * _FIRST_SHARE and steepest >= lowest_loss * _TENTH:
        return _refuse("the loss fell from the lowest rate on; try a lower --lowest", fall_range)
    where = f"the loss fell most steeply at {steepest:.2g}"
    if steepest < lowest_loss * _TENTH:
        rate = _round_rate(lowest_loss * _TENTH)
        return Suggestion(rate, TENTH, fall_range, f"{where}, far below that rate")
    if steepest > lowest_loss * _QUARTER:
        rate = _round_rate(lowest_loss * _QUARTER)
        return Suggestion(rate, QUARTER, fall_range, f"{where}, close to that rate")
    return Suggestion(_round_rate(steepest), STEEPEST, fall_range, "")


def _find_steepest(curve: LossCurve, minimum: int) -> int:
    """Return the step, up to the step `minimum`, at which the smoothed loss falls most steeply.

    The slope is that of the best line through the neighbouring steps, over the logarithm of the
    rate. The neighbours after an explosion rise, so that the result keeps a distance from it.
    """
    reach = max(1, round(curve.steps * _SLOPE_SHARE / 2))
    offsets = np.arange(-reach, reach + 1)
    smoothed = curve.smoothed_losses[np.isfinite(curve.smoothed_losses)]
    windows = np.lib.stride_tricks.sliding_window_view(smoothed, len(offsets))
    slopes = windows @ offsets  # least squares, times a constant, since the steps are equidistant
    return reach + int(np.argmin(slopes[: max(1, minimum + 1 - reach)]))


def _round_rate(rate: float) -> float:
    return float(f"{rate:.2g}")
