"""Schedules of the learning rate; lengths are in epochs, and the rate changes at every step."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from cnnlab.spec.kinds import Kind, NumberOr

MAX_RATE = 1000
Rate = Annotated[float, Field(gt=0, le=MAX_RATE)]
Final = Annotated[float, Field(ge=0, le=MAX_RATE)]
Factor = Annotated[float, Field(gt=0, lt=1)]


class Schedule(Kind):
    """A learning rate that changes; `kind: value` sets its highest rate."""

    main: ClassVar[str | None] = "initial"

    @property
    def highest(self) -> float:
        """The main field: the highest learning rate of the run."""
        return float(getattr(self, str(self.main)))


class Step(Schedule):
    """Constant, and multiplied by a factor every so many epochs."""

    kind: ClassVar[str] = "step"
    initial: Rate = Field(description="learning rate of the first epochs")
    factor: Factor = Field(0.1, description="what each drop multiplies the rate by")
    every_epochs: int = Field(10, ge=1, le=100_000, description="epochs from one drop to the next")


class Exponential(Schedule):
    """Falls by the same factor in every epoch, a little at each step."""

    kind: ClassVar[str] = "exponential"
    initial: Rate = Field(description="learning rate of the first step")
    factor: Factor = Field(0.9, description="what an epoch multiplies the rate by")


class Cosine(Schedule):
    """Falls along half a cosine (Loshchilov and Hutter 2016), after a linear warm-up if wanted."""

    kind: ClassVar[str] = "cosine"
    initial: Rate = Field(description="learning rate that the cosine starts from")
    final: Final = Field(0.0, description="learning rate at the end of the last epoch")
    warmup_epochs: float = Field(
        0.0, ge=0, le=100_000, description="epochs in which it first rises from 0 to `initial`"
    )


class OneCycle(Schedule):
    """Rises in a line from a tenth of its peak, and falls in a line (Smith 2018)."""

    kind: ClassVar[str] = "one_cycle"
    main: ClassVar[str | None] = "peak"
    peak: Rate = Field(description="the highest learning rate")
    warmup_fraction: float = Field(
        0.3, gt=0, lt=1, description="share of the run in which it rises"
    )
    final: Final = Field(0.0, description="learning rate at the end of the last epoch")


class Polynomial(Schedule):
    """Falls with a power of the share of the run that is left; in a line if the power is 1."""

    kind: ClassVar[str] = "polynomial"
    initial: Rate = Field(description="learning rate of the first step")
    final: Final = Field(0.0, description="learning rate at the end of the last epoch")
    power: float = Field(1.0, gt=0, le=100, description="1 is a line; more falls early, less late")


SCHEDULES: tuple[type[Schedule], ...] = (Step, Exponential, Cosine, OneCycle, Polynomial)
LearningRate = Annotated[float | Schedule, NumberOr(*SCHEDULES, over=0, most=MAX_RATE)]
