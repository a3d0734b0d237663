"""A value of a spec as the shortest YAML that means it."""

from __future__ import annotations

from typing import Any

from cnnlab.spec.kinds import Kind


def shorthand(value: Any) -> str:
    """A value as a person would write it: of a kind, only what is not the default.

    >>> from cnnlab.spec.layers import Dense, Flatten
    >>> shorthand((Flatten(), Dense(units=10)))
    '[flatten, dense: 10]'
    """
    if isinstance(value, Kind):
        return _kind(value)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        pair = len(value) == 2 and value[0] == value[1] and not isinstance(value[0], Kind)
        return shorthand(value[0]) if pair else f"[{', '.join(map(shorthand, value))}]"
    return str(value)


def _kind(kind: Kind) -> str:
    fields = {}
    known = type(kind).model_fields
    for name in sorted(known, key=lambda name: name != kind.main):  # the main field first
        field, value = known[name], getattr(kind, name)
        if field.is_required() or value != field.get_default(call_default_factory=True):
            fields[name] = shorthand(value)
    if not fields:
        return kind.kind
    if kind.main and list(fields) == [kind.main]:
        return f"{kind.kind}: {fields[kind.main]}"
    return f"{kind.kind}: {{{', '.join(f'{name}: {text}' for name, text in fields.items())}}}"
