"""Define the sections of a sweep file: which settings a sweep varies, and how it searches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from cnnlab.spec.experiment import Seed
from cnnlab.spec.kinds import Kind, Listed, OneOf, Section

MOST_TRIALS = 1000
MOST_COMBINATIONS = 1000  # of a grid: it trains a network for each of them
MOST_VALUES = 200  # in the list of one parameter
MOST_PARAMETERS = 50
LARGEST = 10**9  # the largest absolute value of a number in a range
NONE = "none"  # the word for no early termination
Combination = Mapping[str, Any]  # a path of `--set` and its value, as plain YAML, per parameter

_LEAST = Field(ge=-LARGEST, le=LARGEST, description="the smallest value")
_MOST = Field(ge=-LARGEST, le=LARGEST, description="the largest value")
_SCALE: Any = Field(
    "linear", description="log: each factor of ten is as likely as any other; for learning rates"
)


class Choice(Section):
    """A parameter that has one of several values; `values` are plain YAML values."""

    values: tuple[Any, ...]


class IntegerRange(Section):
    """A parameter that is a whole number from `min` to `max`, in steps of `step`."""

    min: int = _LEAST
    max: int = _MOST
    step: int = Field(1, ge=1, le=LARGEST, description="the distance of neighbouring values")
    scale: Literal["linear", "log"] = _SCALE


class NumberRange(Section):
    """A parameter that is a number from `min` to `max`; without `step`, any number between."""

    min: float = _LEAST
    max: float = _MOST
    step: float | None = Field(
        None, gt=0, le=LARGEST, description="the distance of neighbouring values"
    )
    scale: Literal["linear", "log"] = _SCALE


Space = Choice | IntegerRange | NumberRange


class Hyperband(Kind):
    """Ends trials that are worse than most others after 1, 3, 9, … epochs (Li et al. 2018)."""

    kind: ClassVar[str] = "hyperband"
    main: ClassVar[str | None] = "min_epochs"
    min_epochs: int = Field(1, ge=1, le=10_000, description="epochs that every trial trains")
    reduction_factor: int = Field(
        3, ge=2, le=10, description="one of so many trials is trained on to the next rung"
    )


class Median(Kind):
    """Ends a trial whose best value so far is worse than the median of the earlier trials."""

    kind: ClassVar[str] = "median"
    main: ClassVar[str | None] = "min_epochs"
    min_epochs: int = Field(1, ge=1, le=10_000, description="epochs that every trial trains")
    min_trials: int = Field(5, ge=1, le=1000, description="trials that are trained to their end")


TERMINATIONS: tuple[type[Kind], ...] = (Hyperband, Median)


class Confirm(Section):
    """Train the best trials again with other seeds, and compare them with the base config."""

    best: int = Field(3, ge=1, le=20, description="how many of the best trials are trained again")
    seeds: int = Field(5, ge=2, le=100, description="seeds for each of them, and for the config")


class Sweep(Section):
    """The validated content of a sweep file."""

    name: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        description="the names of the sweep folders start with it; by default the name of the file",
    )
    config: str = Field(
        min_length=1,
        max_length=1024,
        description="path of the config whose settings vary; it starts at the folder of this file",
    )
    method: Literal["grid", "random", "tpe", "gp"] = Field(
        "tpe",
        description="how the values of the next trial are chosen: all combinations, the costliest "
        "network first, at random, or by what the trials before have shown",
    )
    metric: str = Field(
        "val_accuracy",
        min_length=1,
        max_length=64,
        description="the figure of the validation images that decides",
    )
    at_least: float | None = Field(
        None,
        ge=-LARGEST,
        le=LARGEST,
        description="a value of the metric that is good enough; among the trials that reach it, "
        "the one with the fewest multiply-adds is the best",
    )
    trials: int | None = Field(
        None,
        ge=1,
        le=MOST_TRIALS,
        description="how many networks are trained; a grid trains all combinations by default",
    )
    seed: Seed = Field(0, description="seed of the search; each trial has the seed of the config")
    parameters: dict[str, Any] = Field(
        description="the settings that vary, by their paths as in --set, and their values"
    )
    where: Annotated[tuple[str, ...], Listed] = Field(
        (), max_length=50, description="conditions that the values of every trial meet"
    )
    early_terminate: Annotated[Hyperband | Median, OneOf(Hyperband, Median)] | None = Field(
        None, description="when a trial ends before its last epoch; none by default"
    )
    confirm: Confirm | None = Field(
        None, description="train the best trials again with other seeds when the search is done"
    )

    @field_validator("early_terminate", mode="before")
    @classmethod
    def _read_none(cls, value: Any) -> Any:
        return None if value == NONE else value
