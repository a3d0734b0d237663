"""`ensemble: 3`, or a list of seeds: the same experiment several times, and its mean answer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

FEWEST, MOST = 2, 100  # members of an ensemble
MAX_SEED = 2**31 - 1

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


def following(seed: int, count: int) -> tuple[int, ...]:
    """`seed` and the seeds after it, `count` in all; after the largest comes 0.

    >>> following(7, 3)
    (7, 8, 9)
    """
    return tuple((seed + step) % (MAX_SEED + 1) for step in range(count))


def _seeds(value: Any, info: ValidationInfo) -> Any:
    """A list of seeds as it is; a number of members as so many seeds from the experiment's own."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not FEWEST <= value <= MOST:
            raise PydanticCustomError("members", "not a number of members")
        return following(info.data.get("seed", 0), value)
    if isinstance(value, list) and not FEWEST <= len(value) <= MOST:
        raise PydanticCustomError("members", "not a number of members")
    return tuple(value) if isinstance(value, list) else value


def _different(seeds: tuple[int, ...]) -> tuple[int, ...]:
    twice = sorted({seed for seed in seeds if seeds.count(seed) > 1})
    if twice:
        raise PydanticCustomError("twice", "seeds that stand twice", {"seeds": twice})
    return seeds


Members = Annotated[
    tuple[Seed, ...],
    BeforeValidator(_seeds),
    AfterValidator(_different),
    Field(json_schema_extra={"x-members": True}),
]
