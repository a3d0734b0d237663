"""Build the JSON Schema of sweep files, with which editors complete, explain and check keys."""

from __future__ import annotations

import json
from typing import Any

from cnnlab.spec.edits import PATH
from cnnlab.spec.json_schema import describe_section
from cnnlab.spec.sweep import MOST_PARAMETERS, MOST_VALUES, NONE, IntegerRange, NumberRange, Sweep

SWEEP_SCHEMA_FILE = "cnnlab.sweep.schema.json"
SWEEP_SCHEMA_LINE = f"# yaml-language-server: $schema={SWEEP_SCHEMA_FILE}"


def build_sweep_schema() -> dict[str, Any]:
    """Build the JSON Schema of sweep files."""
    definitions: dict[str, Any] = {}
    values = {"type": "array", "minItems": 2, "maxItems": MOST_VALUES, "uniqueItems": True}
    ranges = [describe_section(cls, definitions) for cls in (IntegerRange, NumberRange)]
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cnnlab sweep",
        **describe_section(Sweep, definitions),
    }
    schema["required"] = ["config", "parameters"]  # by default, `name` is the name of the file
    properties = schema["properties"]
    properties["parameters"] |= {
        "type": "object",
        "minProperties": 1,
        "maxProperties": MOST_PARAMETERS,
        "propertyNames": {"pattern": f"^{PATH}$"},
        "additionalProperties": {"anyOf": [values, *ranges]},
    }
    properties["early_terminate"]["anyOf"].append({"const": NONE})
    schema["definitions"] = dict(sorted(definitions.items()))
    return schema


def format_sweep_schema() -> str:
    """Format the JSON Schema of sweep files as the text of a file."""
    return json.dumps(build_sweep_schema(), indent=2, ensure_ascii=False) + "\n"
