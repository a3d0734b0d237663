"""Suggest an existing run for a wrong name: the run whose name is most similar."""

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
    """Write `did you mean …?` with the most similar name of a run; return "" if no name is similar.

    `names` lists the runs in `root`, the newest last. For a wrong path, the suggestion is a path.
    """
    path = Path(reference)
    name = path.stem if path.suffix in CONFIG_ENDINGS else path.name
    found = find_similar_name(name, names)
    if not found:
        return ""
    is_path = path.name != reference and not reference.endswith(CONFIG_ENDINGS)
    return f"did you mean `{root / found if is_path else found}`?"


def find_similar_name(name: str, names: Sequence[str]) -> str:
    """Return the name in `names`, or `last`, that is most similar to `name`; "" if none is similar.

    If two names are equally similar, the newer run wins. `names` lists the newest run last.

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
    """Measure from 0 to 1 how similar two names of runs are; `name` may lack the number."""
    name = name[:64].lower()
    (stem, number), (other_stem, other_number) = _split_number(name), _split_number(other.lower())
    pairs = [(name, other.lower()), (name, other_stem)]
    if number is not None and number == other_number:
        pairs.append((stem, other_stem))
    return max(difflib.SequenceMatcher(None, *pair).ratio() for pair in pairs)


def _split_number(name: str) -> tuple[str, int | None]:
    """Split the name of a run into the text and the number at its end: mnist-001 → mnist, 1."""
    match = re.fullmatch(r"(.*?)[-_]?(\d{1,9})", name, re.ASCII | re.DOTALL)
    return (match[1], int(match[2])) if match else (name, None)
