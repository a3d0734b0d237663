"""Define the learning rates of a range test, and check their limits; this module loads fast."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.errors import UsageError

_LEAST_RATE, _MOST_RATE = 1e-12, 1000.0
_LEAST_QUOTIENT = 10
_FEWEST_STEPS, _MOST_STEPS = 60, 10_000


@dataclass(frozen=True)
class RateRamp:
    """The learning rates of a range test: `steps` rates from `lowest` to `highest`.

    The quotient of two successive rates is constant. The default range has seven powers of ten: no
    optimizer of the language learns at a rate below 1e-6, and nearly every network diverges above
    10. The default of 200 steps gives 28 batches for each power of ten.

    Raises UsageError if a value is outside its limits.

    Example:
        >>> [f"{rate:.3g}" for rate in RateRamp(0.001, 1, 61).rates[::20]]
        ['0.001', '0.01', '0.1', '1']
    """

    lowest: float = 1e-6
    highest: float = 10.0
    steps: int = 200

    def __post_init__(self) -> None:
        for name, rate in (("lowest", self.lowest), ("highest", self.highest)):
            if not _LEAST_RATE <= rate <= _MOST_RATE:
                limits = f"expected from {_LEAST_RATE:g} to {_MOST_RATE:g}"
                raise UsageError(f"{name} is {rate:g}; {limits}")
        if self.highest < _LEAST_QUOTIENT * self.lowest:
            least = _LEAST_QUOTIENT * self.lowest
            raise UsageError(
                f"highest is {self.highest:g}; expected at least {least:g}, ten times lowest"
            )
        if not _FEWEST_STEPS <= self.steps <= _MOST_STEPS:
            raise UsageError(
                f"steps is {self.steps:,}; expected from {_FEWEST_STEPS} to {_MOST_STEPS:,}"
            )

    @property
    def rates(self) -> list[float]:
        """The learning rate of each batch."""
        quotient = self.highest / self.lowest
        return [self.lowest * quotient ** (step / (self.steps - 1)) for step in range(self.steps)]
