"""Format values for messages, and suggest the known word that is most similar to a word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from cnnlab.spec.kinds import Kind


def suggest_word(word: Any, words: Iterable[str]) -> str:
    """Return `did you mean …?` with the most similar word, or "" if no word is similar."""
    similar = find_similar_word(word, words)
    return f"did you mean `{similar}`?" if similar else ""


def find_similar_word(word: Any, words: Iterable[str]) -> str:
    """Return the most similar word, also for names of Keras; "" if no word is similar."""
    candidates = list(words)
    close = difflib.get_close_matches(str(word)[:64].lower(), candidates, n=1, cutoff=0.6)
    if not close:
        plain = str(word)[:64].lower()
        for theirs, ours in (("_", ""), ("2d", ""), ("average", "avg"), ("pooling", "pool")):
            plain = plain.replace(theirs, ours)
        close = [w for w in candidates if w.replace("_", "") == plain]
        close = close or [w for w in candidates if len(plain) > 3 and plain in w.replace("_", "")]
        close = close or [w for w in candidates if len(w) > 3 and w in plain]
    return close[0] if close else ""


def format_value(value: Any) -> str:
    """Describe a value of a config in a few words, for messages."""
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return f"the text `{value if len(value) <= 40 else value[:37] + '…'}`"
    return str(value)


def to_one_line(value: object) -> str:
    """Return the first line of a text, up to 200 characters, without control characters."""
    text = str(value) or type(value).__name__
    return "".join(c if c.isprintable() else " " for c in text.split("\n")[0])[:200]


def format_short(value: Any) -> str:
    """Format a value as short YAML, without the fields that have their default values.

    >>> from cnnlab.spec.layers import Dense, Flatten
    >>> format_short((Flatten(), Dense(units=10)))
    '[flatten, dense: 10]'
    """
    if isinstance(value, Kind):
        return _format_kind(value)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        pair = len(value) == 2 and value[0] == value[1] and not isinstance(value[0], Kind)
        if pair or (len(value) == 1 and isinstance(value[0], float)):
            text = format_short(value[0])
            # Two equal lists stay two lists: [[0, 1], [0, 1]] has other sides than [0, 1].
            if not text.startswith("["):
                return text
        return f"[{', '.join(map(format_short, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {format_short(one)}' for key, one in value.items())}}}"
    return str(value)


def _format_kind(kind: Kind) -> str:
    fields = {}
    fields_by_name = type(kind).model_fields
    for name in sorted(fields_by_name, key=lambda name: name != kind.main):  # the main field first
        field, value = fields_by_name[name], getattr(kind, name)
        if field.is_required() or value != field.get_default(call_default_factory=True):
            fields[name] = format_short(value)
    if not fields:
        return kind.kind
    if kind.main and list(fields) == [kind.main]:
        return f"{kind.kind}: {fields[kind.main]}"
    return f"{kind.kind}: {{{', '.join(f'{name}: {text}' for name, text in fields.items())}}}"
