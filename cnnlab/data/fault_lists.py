"""Shorten lists of faults to ten faults of each kind and the number of all further faults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MOST_EXAMPLES = 10


def shorten_list(lines: Sequence[str], noun: str) -> list[str]:
    """Return the first ten of the lines, and a last line with the number of further lines.

    >>> shorten_list([str(number) for number in range(12)], "classes")[-2:]
    ['9', '… and 2 more classes']
    """
    more = len(lines) - MOST_EXAMPLES
    return [*lines[:MOST_EXAMPLES], *([f"… and {more:,} more {noun}"] if more > 0 else [])]


def describe_files(faults: Iterable[tuple[str, str]]) -> list[str]:
    """Return a line for each file with a fault, but at most ten lines for faults that are alike.

    Faults that differ only in their numbers are alike. The last lines say how many files have
    further faults of each kind.

    >>> describe_files((f"{number}.png", "the file is empty") for number in range(12))[-2:]
    ['9.png: the file is empty', '… and 2 more files: the file is empty']
    """
    counts: dict[str, int] = {}
    first_faults: dict[str, str] = {}
    lines = []
    for name, fault in faults:
        kind = re.sub(r"\d[\d,]*", "#", fault)
        first_faults.setdefault(kind, fault)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= MOST_EXAMPLES:
            lines.append(f"{name}: {fault}")
    for kind, fault in first_faults.items():
        more = counts[kind] - MOST_EXAMPLES
        if more > 0:
            lines.append(f"… and {more:,} more {'file' if more == 1 else 'files'}: {fault}")
    return lines
