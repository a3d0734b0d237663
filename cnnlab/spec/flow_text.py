"""Write a value as YAML in one line, which the reader of configs reads back equal."""

from __future__ import annotations

import json
import re
from typing import Any

# A text that needs no quotes: no number, no word with a meaning, no sign of YAML.
_PLAIN = re.compile(r"(?!(?:null|true|false)$)[A-Za-z_$][\w./+$-]*", re.IGNORECASE | re.ASCII)
# Signs that JSON allows and YAML forbids, and line breaks of YAML.
_UNSAFE = re.compile("[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def format_flow(value: Any) -> str:
    """Format a plain value as short YAML in one line.

    >>> format_flow({"adam": {"learning_rate": 1e-05}})
    '{adam: {learning_rate: 1e-05}}'
    >>> format_flow(["same", "12", None, True])
    '[same, "12", null, true]'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quote(k)}: {format_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(format_flow, value)) + "]"
    return _quote(value) if isinstance(value, str) else format_json(value)


def _quote(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else format_json(text)


def format_json(value: Any) -> str:
    """Format a plain value as JSON that is also valid YAML, without forbidden characters.

    >>> format_json({"kernel_size": [3, 5]})
    '{"kernel_size": [3, 5]}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _UNSAFE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
