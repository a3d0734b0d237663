"""Tables on a terminal: as wide as it is, and whole in a pipe."""

from __future__ import annotations

from collections.abc import Collection, Sequence

PIPE_WIDTH = 200  # characters; a pipe has no edge to wrap at


def show(
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
