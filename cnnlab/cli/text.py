"""Durations, sizes and tables as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnlab.study.statistics import Spread

PIPE_WIDTH = 200  # characters; a pipe has no edge to wrap at


def format_duration(seconds: float) -> str:
    """A time in the units that suit it.

    >>> format_duration(9.26), format_duration(125), format_duration(3725)
    ('9.3 s', '2 min 5 s', '1 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def format_size(size_bytes: int) -> str:
    """A size in the unit that suits it.

    >>> format_size(120), format_size(2_500), format_size(3_400_000)
    ('120 bytes', '2.5 kB', '3.4 MB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= size:
            return f"{size_bytes / size:.1f} {unit}"
    return f"{size_bytes} bytes"


def format_run_table(
    rows: Sequence[Mapping[str, Any]], spreads: Mapping[str, Spread], forms: Mapping[str, str]
) -> list[str]:
    """Runs with their figures, and below them the spread of those figures.

    Args:
        rows: one mapping for each run, all with the same keys, which are the headings.
        spreads: of some of the columns.
        forms: how the numbers of a column are written, where `str` is not enough.
    """
    heads, left = list(rows[0]), next(iter(rows[0]))
    below = {
        "mean": [found.mean for found in spreads.values()],
        "standard deviation": [found.standard_deviation for found in spreads.values()],
        "95 % interval, low": [found.interval[0] for found in spreads.values()],
        "95 % interval, high": [found.interval[1] for found in spreads.values()],
    }
    extra = [
        {left: name} | dict(zip(spreads, values, strict=True)) for name, values in below.items()
    ]
    cells = [
        [format(row.get(head, ""), forms.get(head, "") if head in row else "") for head in heads]
        for row in [*rows, *extra]
    ]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    lines = [
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for line in [heads, *cells]
    ]
    freedom = len(rows) - 1
    degrees = f"{freedom} degree{'s' if freedom > 1 else ''} of freedom"
    lines.insert(1 + len(rows), "")
    return [*lines, f"(interval of the mean: Student's t with {degrees})"]


def print_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Collection[int],
    pipe_width: int = PIPE_WIDTH,
) -> None:
    """Print a table; the columns in `words` hold words, the others numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for place, heading in enumerate(headings):
        if place in words:
            table.add_column(heading, overflow="fold")
        else:
            table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = pipe_width
    console.print(table)
