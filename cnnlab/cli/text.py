"""Format durations, sizes and tables for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnlab.counts import format_count

if TYPE_CHECKING:
    from cnnlab.study.statistics import Spread

PIPE_WIDTH = 200  # characters; a pipe has no edge to wrap at
_LONGEST_WORD = 20  # characters; longer words are folded


def format_duration(seconds: float) -> str:
    """Format a time in seconds, in minutes and seconds, or in hours and minutes.

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
    """Format a size in bytes, kB, MB or GB.

    >>> format_size(1), format_size(120), format_size(2_500), format_size(3_400_000)
    ('1 byte', '120 bytes', '2.5 kB', '3.4 MB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= size:
            return f"{size_bytes / size:.1f} {unit}"
    return format_count(size_bytes, "byte")


def format_run_table(
    rows: Sequence[Mapping[str, Any]], spreads: Mapping[str, Spread], forms: Mapping[str, str]
) -> list[str]:
    """Format a table of runs, and below it the mean, deviation and interval of some columns.

    Args:
        rows: a dictionary for each run, from the headings of the columns to the cells.
        spreads: mean, deviation and interval of columns, by the heading of the column.
        forms: formats of numbers, such as `.4f`, by the heading of the column.
    """
    heads, first_head = list(rows[0]), next(iter(rows[0]))
    below = {
        "mean": [spread.mean for spread in spreads.values()],
        "std. deviation": [spread.standard_deviation for spread in spreads.values()],
        "95% low": [spread.interval[0] for spread in spreads.values()],
        "95% high": [spread.interval[1] for spread in spreads.values()],
    }
    extra = [
        {first_head: name} | dict(zip(spreads, values, strict=True))
        for name, values in below.items()
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
    degrees = format_count(len(rows) - 1, "degree of freedom", "degrees of freedom")
    lines.insert(1 + len(rows), "")
    return [*lines, f"(95% interval of the mean: Student's t with {degrees})"]


def print_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Collection[int],
    pipe_width: int = PIPE_WIDTH,
) -> None:
    """Print a table. The columns with an index in `words` contain words, all others numbers.

    If the terminal is too narrow for all columns, the remaining columns follow in further tables
    below. Each of these tables repeats the first column. A row may have fewer cells than headings.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, emoji=False)
    cells = [[*row, *[""] * (len(headings) - len(row))] for row in rows]
    groups: list[list[int]] = [[*range(len(headings))]]
    if console.is_terminal:
        groups = _fit_columns(headings, cells, words, console.width)
        headings = [_wrap(*heading, cells) for heading in enumerate(headings)]
    else:
        console.width = pipe_width
    for group in groups:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for place in group:
            if place in words:
                table.add_column(headings[place], overflow="fold")
            else:
                table.add_column(headings[place], justify="right", no_wrap=True)
        for row in cells:
            table.add_row(*(row[place] for place in group))
        console.print(table)
        console.print()


def _wrap(place: int, heading: str, cells: Sequence[Sequence[str]]) -> str:
    """Break a heading into lines, so that the heading does not make its column wider."""
    width = max(map(len, [*heading.split(), *(row[place] for row in cells)]))
    return "\n".join(textwrap.wrap(heading, width))


def _fit_columns(
    headings: Sequence[str], cells: Sequence[Sequence[str]], words: Collection[int], width: int
) -> list[list[int]]:
    """Split the columns of a table into groups that fit `width`; each has the first column."""

    def measure(place: int) -> int:
        texts = [row[place] for row in cells]
        if place in words and place:
            texts = [word for text in texts for word in text.split()]
            texts = [text for text in texts if len(text) <= _LONGEST_WORD]
        return max(map(len, [*headings[place].split(), *texts]))

    room = width - measure(0)
    groups, used = [[0]], 0
    for place in range(1, len(headings)):
        needed = measure(place) + 2  # columns between this one and the one before
        if used and used + needed > room:
            groups.append([0])
            used = 0
        groups[-1].append(place)
        used += needed
    return groups
