"""Words for faults: a value as YAML shows it, and the word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


def nearest(word: Any, words: Iterable[str]) -> str:
    """`did you mean …?` for the word that looks most like this one, if any does."""
    candidates = list(words)
    close = difflib.get_close_matches(str(word)[:64].lower(), candidates, n=1, cutoff=0.6)
    if not close:
        plain = str(word)[:64].lower()
        for theirs, ours in (("_", ""), ("2d", ""), ("average", "avg"), ("pooling", "pool")):
            plain = plain.replace(theirs, ours)
        close = [w for w in candidates if w.replace("_", "") == plain]
        close = close or [w for w in candidates if len(plain) > 3 and plain in w.replace("_", "")]
        close = close or [w for w in candidates if len(w) > 3 and w in plain]
    return f"did you mean `{close[0]}`?" if close else ""


def show(value: Any) -> str:
    """A value as it would stand in YAML, shortened."""
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


def one_line(told: object) -> str:
    """What an error or a name says, on one line, without escape codes that a file may bring."""
    text = str(told) or type(told).__name__
    return "".join(c if c.isprintable() else " " for c in text.split("\n")[0])[:200]
