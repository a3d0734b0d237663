"""Look up the value of one setting in a config, with the defaults of cnnlab."""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticUndefined

from cnnlab.spec.experiment import Experiment
from cnnlab.spec.kinds import Kind, OneOf, Section
from cnnlab.spec.schema_fields import Field
from cnnlab.spec.wording import format_short

Steps = tuple[str, ...]


class Missing:
    """The result of a look-up if a config has no such setting."""


MISSING = Missing()


def look_up(plain: Any, steps: Steps) -> Any:
    """Return the value of the setting `steps` in a config, given as plain data.

    The result is MISSING if the config has no such setting. A setting that the config leaves out
    has its default value. The value of a kind is its word.

    >>> config = {"model": [{"conv": 8}, "flatten"], "training": {"optimizer": {"adam": 0.1}}}
    >>> look_up(config, ("model", "0", "conv", "filters"))
    8
    >>> look_up(config, ("training", "optimizer")), look_up(config, ("training", "epochs"))
    ('adam', 10)
    >>> look_up(config, ("model", "1", "conv", "filters")) is MISSING
    True
    """
    field = None if steps[:1] == ("blocks",) else Field(Experiment, [])
    return look_up_in_field(field, plain, steps)


def look_up_in_field(field: Field | None, value: Any, steps: Steps) -> Any:
    """Return the value of the setting `steps` below a field that has the value `value`."""
    one_of = field.one_of() if field else None
    if one_of is not None and (word := _get_word(value)):
        return _look_up_in_kind(one_of, word, value, steps)
    if not steps:
        return _simplify(value)
    if field is not None and (section := field.section()) is not None:
        return _look_up_in_section(section, value, steps)
    inner = field.entry_field() if field is not None and field.is_list() else None
    return look_up_in_field(inner, _get_entry(value, steps[0]), steps[1:])


def _look_up_in_kind(one_of: OneOf, word: str, value: Any, steps: Steps) -> Any:
    if not steps:
        return word
    fields = value[word] if isinstance(value, dict) else None
    cls = one_of.kinds.get(word)
    if steps[0] != word:
        return MISSING
    if cls is None:  # a block of the config
        return look_up_in_field(None, fields, steps[1:])
    main = cls.main
    is_short = fields is not None and not (
        isinstance(fields, dict) and (not fields or fields.keys() & cls.model_fields.keys())
    )
    if main is not None and is_short:
        fields = {main: fields}
    if not steps[1:]:
        return word if main is None else _look_up_in_section(cls, fields, (main,))
    if main is not None and steps[1] not in cls.model_fields:  # a path that leaves out the main
        steps = (word, main, *steps[1:])
    return _look_up_in_section(cls, fields, steps[1:])


def _look_up_in_section(cls: type[Section], fields: Any, steps: Steps) -> Any:
    info = cls.model_fields.get(steps[0])
    if info is None:
        return MISSING
    value = _get_entry(fields, steps[0])
    if value is MISSING or value is None:
        default = info.get_default(call_default_factory=True)
        value = MISSING if default is PydanticUndefined else default
    if isinstance(value, Section) and not isinstance(value, Kind):
        value = value.model_dump(mode="json")
    if value is MISSING:
        return MISSING
    return look_up_in_field(Field.from_info(info), value, steps[1:])


def _get_word(value: Any) -> str:
    if isinstance(value, Kind):
        return value.kind
    if isinstance(value, str):
        return value
    return next(iter(value)) if isinstance(value, dict) and len(value) == 1 else ""


def _get_entry(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step, MISSING)
    if isinstance(value, list | tuple) and step.isdecimal() and len(step) < 10:
        return value[int(step)] if int(step) < len(value) else MISSING
    return MISSING


def _simplify(value: Any) -> Any:
    """Return a pair of equal numbers as one number, as a config can write it."""
    if isinstance(value, tuple | list) and len({format_short(one) for one in value}) == 1:
        return value[0] if isinstance(value[0], int | float) else value
    return value
