"""Translate pydantic's errors into messages for users, with the expected value and a hint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cnnlab.spec.experiment import BUNDLED_DATASETS, Experiment, Problem
from cnnlab.spec.kinds import Section
from cnnlab.spec.schema_fields import Field, Location
from cnnlab.spec.wording import format_value, suggest_word


def explain_error(
    error: Any, blocks: Sequence[str] = (), root: type[Section] = Experiment
) -> Problem:
    """Explain one of pydantic's errors in the words of a config.

    `blocks` has the names of the blocks that the config defines, as suggestions for hints. `root`
    is the section that was validated.
    """
    location: Location = tuple(error["loc"])
    kind, value = error["type"], error["input"]
    field = Field.find(location, root)
    match kind:
        case "missing":
            return Problem(location, f"`{location[-1]}` is missing", field.describe_expected())
        case "extra_forbidden" | "union_tag_invalid" | "dataset" | "literal_error":
            return _explain_unknown_word(error, location, field, blocks, root)
        case "kind_count" | "kind_value" | "kind_form":
            return _explain_wrong_form(error, location, field)
        case "preset" | "preset_form":
            return _explain_preset(value, location, field)
        case "members" if isinstance(value, list):
            message = f"the list has length {len(value)}"
            return Problem(location, message, field.describe_expected(), at_key=False)
        case "twice":
            seeds = ", ".join(map(str, error["ctx"]["seeds"][:8]))
            message = f"the list has these seeds more than once: {seeds}"
            return Problem(location, message, "different seeds", at_key=False)
        case "too_short":
            least = error["ctx"]["min_length"]
            few = f"the list has length {len(value)}" if value else "the list is empty"
            expected = "at least one entry" if least == 1 else f"at least {least} entries"
            return Problem(location, few, expected, at_key=False)
        case "too_long" | "string_too_long":
            what = "list" if kind == "too_long" else "text"
            unit = "entries" if kind == "too_long" else "characters"
            message = f"the {what} has {len(value):,} {unit}"
            length = f"at most {error['ctx']['max_length']:,}"
            return Problem(location, message, length, at_key=False)
    message, hint = f"{format_value(value)} does not fit", _find_hint(kind, value, field)
    return Problem(location, message, field.describe_expected(), hint, at_key=False)


def _explain_unknown_word(
    error: Any, location: Location, field: Field, blocks: Sequence[str], root: type[Section]
) -> Problem:
    """Explain an unknown key, kind or name, and suggest the most similar known word."""
    value = error["input"]
    match error["type"]:
        case "extra_forbidden":
            above = Field.find(location[:-1], root)
            is_top = root is Experiment and not location[1:]
            keys, word = above.keys() + (["blocks"] if is_top else []), location[-1]
            expected = (
                "one of " + ", ".join(keys) if keys else "no keys, since this kind has no fields"
            )
            hint = suggest_word(word, [*keys, *above.main_kinds()])
            if word in above.main_kinds():  # a kind that belongs below the first key
                hint = f"write `{keys[0]}: {{{word}: …}}`"
            return Problem(location, f"unknown key `{location[-1]}`", expected, hint)
        case "union_tag_invalid":
            own = [*blocks] if field.family == "layer" else []
            tag = error["ctx"]["tag"]
            hint = suggest_word(tag, field.kinds() + own)
            if tag in Field.find(location[:-1], root).presets():
                hint = f"{tag} is a preset: write it without brackets"
            expected = ", ".join([field.choices(), *own])
            return Problem((*location, tag), f"unknown kind `{tag}`", expected, hint)
        case "dataset":
            hint = suggest_word(value.replace("-", "_"), BUNDLED_DATASETS)
            hint = hint or f"to name a folder of images, end it with a slash: `{value}/`"
            expected = (
                ", ".join(BUNDLED_DATASETS) + ", a file (.npz, .csv or IDX), or a folder of images"
            )
            return Problem(location, f"unknown data set `{value}`", expected, hint, at_key=False)
    hint = suggest_word(value, map(str, field.literals()))
    message = f"{format_value(value)} is not a possible value"
    return Problem(location, message, field.describe_expected(), hint, at_key=False)


def _explain_preset(value: Any, location: Location, field: Field) -> Problem:
    """Explain an unknown preset, or a mapping in place of a list."""
    if isinstance(value, dict):
        hint = "put `- ` before each kind, or brackets around all kinds"
        return Problem(
            location, "a mapping is not a list", field.describe_expected(), hint, at_key=False
        )
    hint = suggest_word(value, field.presets())
    if value in field.entry_field().kinds():
        hint = f"write a single kind as a list: [{value}]"
    message = f"{format_value(value)} is not a preset"
    return Problem(location, message, field.describe_expected(), hint, at_key=False)


def _explain_wrong_form(error: Any, location: Location, field: Field) -> Problem:
    """Explain a value that has none of the forms `kind`, `kind: value` and `kind: {fields}`."""
    match error["type"]:
        case "kind_count":
            words = error["ctx"]["words"]
            listed = ", ".join(f"`{word}`" for word in words[:5]) + (", …" if words[5:] else "")
            expected = "one kind as the only key, with its fields in braces or indented below it"
            message = f"the mapping has several keys: {listed}"
            return Problem(location, message, expected, at_key=False)
        case "kind_value":
            word = error["ctx"]["word"]
            return Problem((*location, word), f"`{word}` takes no value", _list_fields(field, word))
    fault = "does not fit" if field.number() else "is not a kind"
    message = f"{format_value(error['input'])} {fault}"
    return Problem(location, message, field.choices(), at_key=False)


def _list_fields(field: Field, word: str) -> str:
    one_of = field.one_of()
    keys = list(one_of.kinds[word].model_fields) if one_of else []
    return "a mapping with " + ", ".join(keys) if keys else f"`{word}` alone"


def _find_hint(kind: str, value: Any, field: Field) -> str:
    if kind == "bool_type" and str(value).lower() in ("yes", "no", "on", "off"):
        return f"write {'true' if str(value).lower() in ('yes', 'on') else 'false'}"
    if kind == "string_type" and isinstance(value, int | float):
        return f'a text that looks like a number needs quotes: "{format_value(value)}"'
    if kind == "int_type" and isinstance(value, float) and value.is_integer():
        is_small = abs(value) <= field.bounds().get("maximum", 1e15)
        return f"write {value:.0f}, without a point or an exponent" if is_small else ""
    if isinstance(value, str):
        try:
            number = float(value.replace("_", ""))
        except ValueError:
            return ""
        if kind not in ("int_type", "float_type", "pair") or not math.isfinite(number):
            return ""
        return f"write {number:g} without quotes or underscores"
    return ""
