"""Check the values of `data.class_weight`, and compute the class weights in the loss."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, WrapValidator
from pydantic_core import PydanticCustomError

from cnnlab.spec.wording import suggest_word

BALANCED: Literal["balanced"] = "balanced"
Weight = Annotated[float, Field(gt=0, le=1e6)]


def _read_weights(value: Any, read_mapping: Any) -> Any:
    """Accept the word `balanced`, or a mapping that is not empty."""
    if value == BALANCED:
        return value
    if not isinstance(value, dict) or not value:
        raise PydanticCustomError("class_weight", "class weights are expected")
    return read_mapping(value)


# The serializer keeps pydantic from a warning where the value is `balanced` and no mapping.
ClassWeights = Annotated[
    Mapping[str, Weight], WrapValidator(_read_weights), PlainSerializer(lambda value: value)
]


def normalize_name(name: str) -> str:
    """Convert the name of a class to Unicode's form NFC, in which `é` is one character."""
    return unicodedata.normalize("NFC", name)


def find_unknown_classes(
    weights: Mapping[str, float], class_names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield each name in `weights` that is no class, with a hint, which can be empty."""
    names = list(map(normalize_name, class_names))
    for name in weights:
        if normalize_name(name) not in names:
            yield name, suggest_word(name, names)


def list_weights(weights: Mapping[str, float], class_names: Sequence[str]) -> tuple[float, ...]:
    """List the weights in the order of the classes, with the weight 1 for a class without an entry.

    >>> list_weights({"dog": 3.0}, ("cat", "dog"))
    (1.0, 3.0)
    """
    by_name = {normalize_name(name): weight for name, weight in weights.items()}
    return tuple(by_name.get(normalize_name(name), 1.0) for name in class_names)


def balance_classes(counts: Sequence[int]) -> tuple[float, ...]:
    """Compute balanced class weights from the number of images of each class.

    The weight of a class is n / (number of classes · images of the class), where n is the number of
    all images. Every class needs an image. The weights of all images add up to n.

    Source: `class_weight="balanced"` of scikit-learn, after G. King and L. Zeng, "Logistic
    regression in rare events data", Political Analysis 9 (2001).

    >>> balance_classes([30, 10])
    (0.6666666666666666, 2.0)
    """
    total = sum(counts)
    return tuple(total / (len(counts) * count) for count in counts)
