"""Draw the numbers of a run with matplotlib; this package reads and writes no files."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

from cnnlab.text_width import measure_width

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def set_title(figure: Figure, title: str) -> None:
    """Set the title of a figure; wrap the title into lines that fit the width of the figure."""
    characters = int(
        10 * figure.get_figwidth()
    )  # a letter of 12 points is 0.1 inches wide on average
    figure.suptitle(fill_lines(title, characters), parse_math=False)


def fill_lines(text: str, characters: int) -> str:
    """Wrap a text into lines of `characters`; an East Asian letter counts as two characters."""
    return textwrap.fill(text, max(1, characters * len(text) // max(1, measure_width(text))))


def shorten_name(name: str, characters: int = 24) -> str:
    """Shorten a name to at most `characters`; an East Asian letter counts as two characters."""
    if measure_width(name) <= characters:
        return name
    while measure_width(name) > characters - 1:
        name = name[:-1]
    return name + "…"


def to_png(figure: Figure) -> bytes:
    """Convert a figure to the bytes of a PNG file; equal figures give equal bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from cnnlab.plots.fonts import use_fallback_fonts

    file = io.BytesIO()
    with use_fallback_fonts(figure):
        FigureCanvasAgg(figure).print_png(
            file,
            metadata={"Software": "cnnlab"},
            pil_kwargs={"compress_level": 3},  # faster than 6, and a little larger
        )
    return file.getvalue()
