"""Build the JSON Schema of configs, with which editors complete, explain and check keys."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from cnnlab.spec.class_weights import BALANCED
from cnnlab.spec.experiment import (
    BUNDLED_DATASETS,
    FEWEST_MEMBERS,
    MOST_MEMBERS,
    Experiment,
)
from cnnlab.spec.kinds import Kind, serialize_kind
from cnnlab.spec.layer_groups import MAX_LAYERS
from cnnlab.spec.schema_fields import Field

SCHEMA_FILE = "cnnlab.schema.json"
SCHEMA_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"

# The layers of a block are not described, since any field in them can be a parameter.
_BLOCKS: dict[str, Any] = {
    "description": "named blocks of layers, which `model` can use like layer kinds",
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "parameters": {
                "description": "name: default, or name: required; in the layers, write $name",
                "type": ["object", "null"],
            },
            "layers": {
                "description": "the layers, first to last",
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_LAYERS,
            },
        },
        "required": ["layers"],
        "additionalProperties": False,
    },
}


def build_json_schema() -> dict[str, Any]:
    """Build the JSON Schema of configs, with one definition for all layers, one for losses, …"""
    definitions: dict[str, Any] = {}
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cnnlab experiment",
        **describe_section(Experiment, definitions),
    }
    schema["required"] = ["model"]  # by default, `name` is the name of the file
    dataset = schema["properties"]["data"]["properties"]["dataset"]
    dataset["anyOf"] = [{"enum": list(BUNDLED_DATASETS)}, {"pattern": r"[./]|-ubyte$"}]
    schema["properties"]["blocks"] = _BLOCKS
    kinds = Field.find(("model", 0)).kinds()
    named = {"anyOf": [{"enum": kinds}, {"type": "object", "propertyNames": {"enum": kinds}}]}
    schema["if"] = {"not": {"required": ["blocks"]}}
    schema["then"] = {"properties": {"model": {"items": named}}}
    schema["definitions"] = dict(sorted(definitions.items()))
    return schema


def format_schema() -> str:
    """Format the JSON Schema of configs as the text of a file."""
    return json.dumps(build_json_schema(), indent=2, ensure_ascii=False) + "\n"


def describe_section(cls: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """Describe a section in JSON Schema, and add the kinds of its fields to `definitions`."""
    properties = {}
    for name, info in cls.model_fields.items():
        field = Field.from_info(info)
        schema = _describe_field(field, definitions)
        if info.description:
            schema["description"] = info.description
        if info.default is not PydanticUndefined:
            schema["default"] = _to_plain(info.default)
        properties[name] = schema
    required = [name for name, info in cls.model_fields.items() if info.is_required()]
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {})


def _to_plain(value: Any) -> Any:
    if isinstance(value, Kind):
        fields = serialize_kind(value)[value.kind]
        return {value.kind: fields} if fields else value.kind
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_to_plain(item) for item in value]
    return value


def _describe_field(field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    """Describe a field, or the entries of a list, in JSON Schema."""
    schema = _describe_required_field(field, definitions)
    if field.optional:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def _describe_required_field(field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    if field.number():
        return {
            "anyOf": [{"type": "number", **field.bounds()}, _describe_kinds(field, definitions)]
        }
    if field.kinds():
        return _describe_kinds(field, definitions)
    if field.literals():
        return {"enum": list(field.literals())}
    if forms := _describe_number_forms(field):
        return {"anyOf": forms}
    if field.is_members():
        number = {"type": "integer", "minimum": FEWEST_MEMBERS, "maximum": MOST_MEMBERS}
        lengths = {"minItems": FEWEST_MEMBERS, "maxItems": MOST_MEMBERS, "uniqueItems": True}
        seeds = {
            "type": "array",
            "items": _describe_field(field.entry_field(), definitions),
            **lengths,
        }
        return {"anyOf": [number, seeds]}
    if field.is_class_weights():
        weight = _describe_field(field.entry_field(), definitions)
        weights = {"type": "object", "additionalProperties": weight, "minProperties": 1}
        return {"anyOf": [{"const": BALANCED}, weights]}
    if field.is_list():
        array = {
            "type": "array",
            "items": _describe_field(field.entry_field(), definitions),
            **field.lengths(),
        }
        presets = {"enum": [*field.presets(), None]}
        return {"anyOf": [presets, array]} if field.presets() else array
    if field.is_mapping():
        return {"type": "object"}
    section = field.section()
    if section is not None:
        return describe_section(section, definitions)
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return {"type": names[field.annotation], **field.bounds(), **field.texts()}


def _describe_number_forms(field: Field) -> list[dict[str, Any]]:
    """List the forms of a field that takes a number, and other forms beside it; may be empty."""
    if field.is_pair():
        number = {"type": "integer", **field.entry_field().bounds()}
        return [number, _describe_pair(number)]
    if field.is_sides():
        number = {"type": "integer", **field.entry_field().entry_field().bounds()}
        return [number, _describe_pair({"anyOf": [number, _describe_pair(number)]})]
    if field.is_numbers():
        number = {"type": "number", **field.entry_field().bounds()}
        return [number, {"type": "array", "items": number, **field.lengths()}]
    if choice := field.number_or_word():
        bounds = {"minimum": choice.least, "maximum": choice.most}
        name = "integer" if choice.kind is int else "number"
        return [{"type": name, **bounds}, {"const": choice.word}]
    if field.is_padding():
        number = {"type": "integer", "minimum": 0, "maximum": field.most_padding()}
        return [{"enum": ["same", "valid"]}, number]
    return []


def _describe_pair(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 2, "maxItems": 2}


def _describe_kinds(field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    """Describe a field whose value is a kind, and add the kinds of its family to `definitions`.

    The value is the word of a kind, or a mapping with this word as its only key. The key has the
    value of the kind's main field, or a mapping with any fields of the kind.
    """
    one_of = field.one_of()
    assert one_of is not None
    family = field.family
    if family not in definitions:
        definitions[family] = {}  # added first, since a kind of the family can contain the family
        choices = {kind: _describe_kind(cls, definitions) for kind, cls in one_of.kinds.items()}
        alone = [
            {"const": kind, "description": _get_first_line(cls)}
            for kind, cls in one_of.kinds.items()
            if not any(info.is_required() for info in cls.model_fields.values())
        ]
        definitions[family] = {
            "anyOf": [
                *alone,
                {
                    "type": "object",
                    "properties": choices,
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
                *(_describe_block_use(list(one_of.kinds)) if family == "layer" else []),
            ]
        }
    return {"allOf": [{"$ref": f"#/definitions/{family}"}]}


def _describe_block_use(kinds: list[str]) -> list[dict[str, Any]]:
    """Describe the use of a block in `model`: any word that is not a layer kind."""
    return [
        {"type": "string", "not": {"enum": kinds}},
        {
            "type": "object",
            "propertyNames": {"not": {"enum": kinds}},
            "minProperties": 1,
            "maxProperties": 1,
        },
    ]


def _describe_kind(cls: type[Kind], definitions: dict[str, Any]) -> dict[str, Any]:
    forms: list[dict[str, Any]] = [describe_section(cls, definitions)]
    if not any(info.is_required() for info in cls.model_fields.values()):
        forms.append({"type": "null"})
    if cls.main is not None:
        forms.append(_describe_field(Field.from_info(cls.model_fields[cls.main]), definitions))
    return {"description": _get_first_line(cls), "anyOf": forms}


def _get_first_line(cls: type[Kind]) -> str:
    return (cls.__doc__ or "").strip().splitlines()[0]
