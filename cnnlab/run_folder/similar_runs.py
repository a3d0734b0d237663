"""Suggest the existing run whose name is most similar to a wrong name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from cnnlab.spec.experiment import CONFIG_ENDINGS

_LATEST = ("latest", "newest", "recent")
_LEAST = 0.6  # similarity, as in difflib
_MOST = 500  # runs that are compared


def suggest_run(reference: str, names: Sequence[str], root: Path) -> str:
    """Write `did you mean …?` with the run in `root` whose name is most similar; "" if none is.

    The runs are sorted, the newest last. If the reference is a path, the suggestion is a path.
    """
    path = Path(reference)
    name = path.stem if path.suffix in CONFIG_ENDINGS else path.name
    found = find_similar_name(name, names)
    if not found:
        return ""
    is_path = path.name != reference and not reference.endswith(CONFIG_ENDINGS)
    return f"did you mean `{root / found if is_path else found}`?"


def find_similar_name(name: str, names: Sequence[str]) -> str:
    """Return the most similar name of a run, or `last`; of equal ones, the newest run.

    >>> find_similar_name("minst-001", ["mnist-001", "mnist-002"])
    'mnist-001'
    >>> find_similar_name("mnist-1", ["mnist-001", "mnist-010"])
    'mnist-001'
    >>> find_similar_name("mnits", ["mnist-001", "mnist-002"])
    'mnist-002'
    """
    if not names or name.lower() in _LATEST:
        return "last" if names else ""
    best = max(["last", *names[-_MOST:]][::-1], key=lambda other: _measure_similarity(name, other))
    return best if _measure_similarity(name, best) >= _LEAST else ""


def _measure_similarity(name: str, other: str) -> float:
    """Measure how similar a name is to that of a run, from 0 to 1; it may lack the run's number."""
    name = name[:64].lower()
    (stem, number), (other_stem, other_number) = _split_number(name), _split_number(other.lower())
    pairs = [(name, other.lower()), (name, other_stem)]
    if number is not None and number == other_number:
        pairs.append((stem, other_stem))
    return max(difflib.SequenceMatcher(None, *pair).ratio() for pair in pairs)


def _split_number(name: str) -> tuple[str, int | None]:
    """Split a name into its text and the number at its end."""
    match = re.fullmatch(r"(.*?)[-_]?(\d{1,9})", name, re.ASCII | re.DOTALL)
    return (match[1], int(match[2])) if match else (name, None)
