"""Define kinds, such as layers and optimizers, which a config writes as `kind: {fields}`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema


class Section(BaseModel):
    """A pydantic model that refuses unknown keys, converts no values, and cannot be changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Kind(Section):
    """A kind of layer, optimizer, loss, …; a config can set the fields of the class.

    `kind` is the word for this kind in a config. In `kind: value`, the value sets the field with
    the name `main`.
    """

    kind: ClassVar[str]
    main: ClassVar[str | None] = None


class OneOf:
    """Annotates a field whose value is one of several kinds.

    Validation accepts `kind`, `kind: value` and `kind: {fields}`. Serialization writes
    `{kind: {fields}}` with all defaults; validation accepts this form, too. Validation accepts
    `hidden` kinds only as objects, because a config cannot name them.
    """

    def __init__(self, *kinds: type[Kind], hidden: tuple[type[Kind], ...] = ()) -> None:
        self.kinds = {cls.kind: cls for cls in kinds}
        self.hidden = hidden

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        choices: dict[Any, Any] = {
            kind: core_schema.no_info_before_validator_function(
                _get_fields, handler.generate_schema(cls)
            )
            for kind, cls in self.kinds.items()
        }
        union = core_schema.tagged_union_schema(choices, discriminator=_get_word)
        schema = core_schema.no_info_before_validator_function(self._read, union)
        return core_schema.no_info_wrap_validator_function(
            self._accept_hidden,
            schema,
            serialization=core_schema.plain_serializer_function_ser_schema(serialize_kind),
        )

    def _accept_hidden(self, value: Any, read: core_schema.ValidatorFunctionWrapHandler) -> Any:
        return value if isinstance(value, self.hidden) else read(value)

    def _read(self, value: Any) -> Any:
        if isinstance(value, Kind):
            return value
        if isinstance(value, str):
            return _UncheckedKind(value, {})
        if not isinstance(value, dict) or not value:
            raise PydanticCustomError("kind_form", "a kind is expected")
        if len(value) > 1:
            raise PydanticCustomError("kind_count", "one kind is expected", {"words": list(value)})
        [(word, fields)] = value.items()
        cls = self.kinds.get(word)
        if isinstance(fields, dict) and not (cls and _is_kind_inside(cls, fields)):
            return _UncheckedKind(word, fields)
        if fields is None:
            return _UncheckedKind(word, {})
        if cls is not None and cls.main is None:
            raise PydanticCustomError("kind_value", "this kind takes no value", {"word": word})
        main = cls.main if cls is not None else None
        return _UncheckedKind(word, {main: fields} if main is not None else {})


class NumberOr(OneOf):
    """Annotates a field whose value is a number or one of several kinds.

    The number is above `over` and at most `most`. Serialization writes a number as a number.
    """

    def __init__(self, *kinds: type[Kind], over: float, most: float) -> None:
        super().__init__(*kinds)
        self.over, self.most = over, most

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self._number,
            super().__get_pydantic_core_schema__(source, handler),
            serialization=core_schema.plain_serializer_function_ser_schema(serialize_kind),
        )

    def _number(self, value: Any, kind: core_schema.ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, str) and _is_number(value):
            raise PydanticKnownError("float_type")
        if isinstance(value, bool) or not isinstance(value, int | float):
            return kind(value)
        if not value > self.over:  # refuses NaN, too
            raise PydanticKnownError("greater_than", {"gt": self.over})
        if value > self.most:
            raise PydanticKnownError("less_than_equal", {"le": self.most})
        return float(value)


class NumberOrWord:
    """Annotates a field whose value is a number from `least` to `most`, or the word `word`.

    `kind` is the type of the number: int or float.
    """

    def __init__(self, word: str, kind: type[int | float], least: float, most: float) -> None:
        self.word, self.kind, self.least, self.most = word, kind, least, most

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def _read(self, value: Any) -> Any:
        if value == self.word:
            return value
        accepted = int if self.kind is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, accepted):
            raise PydanticKnownError("int_type" if self.kind is int else "float_type")
        if not self.least <= value <= self.most:  # refuses NaN, too
            raise PydanticCustomError("number_range", "the number is too small or too large")
        return self.kind(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class _UncheckedKind:
    """A layer, or another kind, as the config has it: name and fields, before validation."""

    def __init__(self, word: str, fields: dict[str, Any]) -> None:
        self.word, self.fields = word, fields

    def __repr__(self) -> str:
        return self.word


def _is_kind_inside(cls: type[Kind], fields: dict[str, Any]) -> bool:
    """Return whether a mapping is a kind for the main field, and not a mapping of fields.

    Example: in `activation: {leaky_relu: 0.1}`, the mapping is a kind of activation.
    """
    metadata = cls.model_fields[cls.main].metadata if cls.main else []
    words = [word for item in metadata if isinstance(item, OneOf) for word in item.kinds]
    return len(fields) == 1 and not fields.keys() & cls.model_fields and next(iter(fields)) in words


def _get_word(value: Any) -> str:
    return value.kind if isinstance(value, Kind) else value.word


def _get_fields(value: Any) -> Any:
    return value if isinstance(value, Kind) else value.fields


def serialize_kind(value: Any) -> Any:
    """Convert a kind to plain data that `OneOf` can read; return any other value unchanged."""
    return {value.kind: value.model_dump(mode="json")} if isinstance(value, Kind) else value


def _read_pair(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    if isinstance(value, list | tuple) and len(value) == 2:
        return tuple(value)
    raise PydanticCustomError("pair", "a number or two numbers are expected")


def _to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def pair_of(lowest: int, highest: int) -> Any:
    """Build the type of a (height, width) pair; a config can also write one number for both."""
    number = Annotated[int, Field(ge=lowest, le=highest)]
    return Annotated[
        tuple[number, number],
        BeforeValidator(_read_pair),
        Field(json_schema_extra={"x-pair": True}),
    ]


def _read_sides(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return ((value, value), (value, value))
    if isinstance(value, list | tuple) and len(value) == 2:
        return tuple(_read_pair(axis) for axis in value)
    raise PydanticCustomError("pair", "a number, two numbers or four numbers are expected")


def sides_of(lowest: int, highest: int) -> Any:
    """Build the type of four numbers, ((top, bottom), (left, right)).

    A config can write one whole number for all sides, [height, width], or all four numbers.
    """
    number = Annotated[int, Field(ge=lowest, le=highest)]
    return Annotated[
        tuple[tuple[number, number], tuple[number, number]],
        BeforeValidator(_read_sides),
        Field(json_schema_extra={"x-sides": True}),
    ]


def _read_numbers(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(value)
    raise PydanticCustomError("pair", "a number or a list of numbers is expected")


def numbers_of(lowest: float, highest: float, most: int) -> Any:
    """Build the type of at most `most` numbers; a config can write a single number alone."""
    number = Annotated[float, Field(ge=lowest, le=highest)]
    return Annotated[
        tuple[number, ...],
        BeforeValidator(_read_numbers),
        Field(min_length=1, max_length=most, json_schema_extra={"x-numbers": True}),
    ]


Listed = BeforeValidator(_to_tuple)  # a YAML list, held as a tuple so that a spec cannot change
