"""The numbers of a sweep that its pictures show, and the axes for the values of a parameter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from cnnlab.plots import shorten_name

# The worst and the best trials, both visible on white and on dark pages and to colour-blind eyes.
RANKS = LinearSegmentedColormap.from_list("ranks", ["#E69F00", "#9aa5b1", "#0072B2"])
GOOD, INK, FAINT, PAPER = "#0072B2", "#010101", "#555555", "#fefefe"
_FEWEST = 5  # trials of which some may lie beyond the axis of the metric
_MARGIN = 0.06  # room beside the first and the last category, as a share of the axis


@dataclass(frozen=True)
class ValueAxis:
    """The axis of one parameter: its name, and its ends, or the texts of its categories.

    The value of a trial is a number on the axis; for categories, it is the index of the category.
    """

    name: str
    low: float
    high: float
    is_log: bool = False
    categories: tuple[str, ...] = ()

    def place(self, value: float) -> float:
        """Return the place of a value on the axis, from 0 to 1.

        >>> ValueAxis("rate", 0.001, 0.1, is_log=True).place(0.01)
        0.5
        """
        if self.categories:
            steps = max(1, len(self.categories) - 1)
            share = value / steps if len(self.categories) > 1 else 0.5
            return _MARGIN + (1 - 2 * _MARGIN) * share
        low, high = (self.low, self.high) if self.low < self.high else (self.low - 1, self.high + 1)
        if self.is_log and low > 0:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return (value - low) / (high - low)

    def list_ticks(self, characters: int, most: int = 5) -> list[tuple[float, str]]:
        """List the places and texts of ticks; all texts together have at most `characters`."""
        if self.categories:
            count = len(self.categories)
            step = max(1, math.ceil(4 * count / characters))
            room = max(3, characters * step // count - 1)
            texts = shorten_categories(self.categories, room)
            return [(self.place(at), texts[at]) for at in range(0, count, step)]
        values = self._list_round_values(most)
        return [(self.place(value), format_number(value)) for value in values]

    def _list_round_values(self, most: int) -> list[float]:
        """List round numbers between the ends; on a logarithmic axis, at even distances."""
        if not self.is_log or self.low <= 0 or self.low >= self.high:
            ticks = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]).tick_values(
                self.low, self.high
            )
            slack = 1e-9 * (self.high - self.low)
            return [float(one) for one in ticks if self.low - slack <= one <= self.high + slack]
        first, last = math.log10(self.low), math.log10(self.high)
        decades = [10.0**power for power in range(math.ceil(first - 1e-9), math.floor(last) + 1)]
        if len(decades) >= 3:
            return decades[:: math.ceil(len(decades) / most)]
        powers = range(math.floor(first), math.ceil(last) + 1)
        steps = [m * 10.0**power for power in powers for m in (1, 2, 5)]
        return [step for step in steps if self.low <= step * (1 + 1e-9) and step <= self.high]


@dataclass(frozen=True)
class TrialPoint:
    """One trial: its number, its values on the axes, the metric, and its multiply-adds.

    `is_finished` is False for a trial that was pruned, whose metric is that of its last epochs.
    """

    number: int
    values: tuple[float, ...]
    metric: float
    multiply_adds: int
    is_finished: bool = True


@dataclass(frozen=True)
class TrialPoints:
    """The trials of a sweep that have a metric, the axes of its parameters, and its best trials.

    `is_high_better` says whether large values of the metric are good. `best` is the number of the
    best trial, or None. `front` has the numbers of the trials that no smaller network beats.
    """

    metric: str
    is_high_better: bool
    axes: tuple[ValueAxis, ...]
    trials: tuple[TrialPoint, ...]
    best: int | None = None
    front: tuple[int, ...] = ()

    @property
    def finished_trials(self) -> list[TrialPoint]:
        return [trial for trial in self.trials if trial.is_finished]

    def find_limits(self) -> tuple[float, float]:
        """Find the ends of the axis of the metric.

        If a few trials are far worse than all others, they do not squeeze the good ones: the axis
        ends at four times the distance from the best trial to the median.
        """
        values = sorted(trial.metric for trial in self.finished_trials or self.trials)
        best, worst = (values[-1], values[0]) if self.is_high_better else (values[0], values[-1])
        reach = 4 * (values[len(values) // 2] - best)
        is_far = len(values) >= _FEWEST and 0 < abs(reach) < abs(worst - best)
        end = best + reach if is_far else worst
        pad = 0.06 * abs(best - end) or 0.05 * abs(best) or 0.01
        return min(best, end) - pad, max(best, end) + pad

    def clip(self, value: float) -> float:
        """Move a value beyond the axis of the metric to the end of the axis."""
        low, high = self.find_limits()
        return min(max(value, low), high)


def shorten_categories(names: Sequence[str], characters: int) -> list[str]:
    """Shorten names to at most `characters`, but leave out the start that all of them share.

    >>> shorten_categories(["[conv: 8, dropout: 0.4]", "[conv: 16, dropout: 0.4]"], 10)
    ['…8, dropo…', '…16, drop…']
    >>> shorten_categories(["relu", "swish"], 10)
    ['relu', 'swish']
    """
    shared = sum(
        1 for _ in takewhile(lambda column: len({*column}) == 1, zip(*names, strict=False))
    )
    if max(map(len, names)) <= characters or len(names) == 1 or shared < 3:
        return [shorten_name(name, characters) for name in names]
    return [shorten_name(f"…{name[shared:]}", characters) for name in names]


def choose_colour(share: float) -> str:
    """Return the colour of a trial, where `share` is 0 for the worst trial and 1 for the best."""
    from matplotlib.colors import to_hex

    return to_hex(RANKS(share))


def rank_shares(points: TrialPoints) -> dict[int, float]:
    """Return for each finished trial its rank by the metric, from 0 (worst) to 1 (best)."""
    ordered: Sequence[TrialPoint] = sorted(
        points.finished_trials, key=lambda one: one.metric if points.is_high_better else -one.metric
    )
    return {trial.number: at / max(1, len(ordered) - 1) for at, trial in enumerate(ordered)}


def format_number(value: float) -> str:
    """Write a number of an axis in few letters.

    >>> format_number(0.001), format_number(0.00001), format_number(2_500_000), format_number(16.0)
    ('0.001', '1e-5', '2.5M', '16')
    """
    if value and abs(value) < 0.001:
        return f"{value:.0e}".replace("e-0", "e-")
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            unit = 1e3 if letter == "k" else size
            return f"{value / unit:g}{letter}"
    return f"{value:.4g}"
