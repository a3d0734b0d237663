"""Define the schedules of the learning rate; their lengths are in epochs."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from cnnlab.spec.kinds import Kind, NumberOr

MAX_RATE = 1000
Rate = Annotated[float, Field(gt=0, le=MAX_RATE)]
Final = Annotated[float, Field(ge=0, le=MAX_RATE)]
Factor = Annotated[float, Field(gt=0, lt=1)]


class Schedule(Kind):
    """A learning rate that changes during training; the main field is the highest rate."""

    main: ClassVar[str | None] = "initial"

    @property
    def highest(self) -> float:
        """The highest learning rate of the run: the value of the main field."""
        return float(getattr(self, str(self.main)))


class Step(Schedule):
    """Multiplies the learning rate by `factor` after every `every_epochs` epochs."""

    kind: ClassVar[str] = "step"
    initial: Rate = Field(description="learning rate of the first epochs")
    factor: Factor = Field(0.1, description="each drop multiplies the learning rate by this")
    every_epochs: int = Field(10, ge=1, le=100_000, description="epochs from one drop to the next")


class Exponential(Schedule):
    """Multiplies the learning rate by a number at each step, and so by `factor` in each epoch."""

    kind: ClassVar[str] = "exponential"
    initial: Rate = Field(description="learning rate of the first step")
    factor: Factor = Field(0.9, description="each epoch multiplies the learning rate by this")


class Cosine(Schedule):
    """Lowers the rate along half a cosine, after an optional warm-up (Loshchilov, Hutter 2016)."""

    kind: ClassVar[str] = "cosine"
    initial: Rate = Field(description="learning rate that the cosine starts from")
    final: Final = Field(0.0, description="learning rate at the end of the last epoch")
    warmup_epochs: float = Field(
        0.0,
        ge=0,
        le=100_000,
        description="epochs in which the rate first rises from 0 to `initial`",
    )


class OneCycle(Schedule):
    """Raises the rate linearly from a tenth of its peak, then lowers it linearly (Smith 2018)."""

    kind: ClassVar[str] = "one_cycle"
    main: ClassVar[str | None] = "peak"
    peak: Rate = Field(description="the highest learning rate")
    warmup_fraction: float = Field(
        0.3, gt=0, lt=1, description="share of the run in which the rate rises"
    )
    final: Final = Field(0.0, description="learning rate at the end of the last epoch")


class Polynomial(Schedule):
    """Lowers the rate with a power of the remaining share of the steps; power 1 is a line."""

    kind: ClassVar[str] = "polynomial"
    initial: Rate = Field(description="learning rate of the first step")
    final: Final = Field(0.0, description="learning rate at the end of the last epoch")
    power: float = Field(
        1.0, gt=0, le=100, description="1: a line; above 1, the rate falls earlier"
    )


SCHEDULES: tuple[type[Schedule], ...] = (Step, Exponential, Cosine, OneCycle, Polynomial)
LearningRate = Annotated[float | Schedule, NumberOr(*SCHEDULES, over=0, most=MAX_RATE)]
