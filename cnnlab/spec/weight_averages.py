"""Define the averages of the weights that `evaluate` uses instead of the last weights."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from cnnlab.spec.kinds import Kind, OneOf


class WeightAverageKind(Kind):
    """A mean of the weights during training; the trained weights do not change."""


class Ema(WeightAverageKind):
    """Moving average of the weights over all steps (Polyak and Juditsky 1992)."""

    kind: ClassVar[str] = "ema"
    main: ClassVar[str | None] = "decay"
    decay: float = Field(
        0.999,
        gt=0,
        lt=1,
        description="share of the average that each step keeps; about 1/(1 − decay) steps count",
    )


class Swa(WeightAverageKind):
    """Mean of the weights at the ends of the last epochs (Izmailov et al. 2018)."""

    kind: ClassVar[str] = "swa"
    main: ClassVar[str | None] = "epochs"
    epochs: int = Field(
        5, ge=1, le=100_000, description="how many of the last epochs the mean covers"
    )


AVERAGES: tuple[type[WeightAverageKind], ...] = (Ema, Swa)
AnyAverage = Annotated[WeightAverageKind, OneOf(*AVERAGES)]
