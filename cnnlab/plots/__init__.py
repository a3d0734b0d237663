"""Numbers → matplotlib figures; reads nothing, saves nothing, never touches pyplot."""

from __future__ import annotations

import io
import textwrap
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def headed(figure: Figure, title: str) -> None:
    """Set the title of a whole figure, in as many lines as its width asks for."""
    characters = int(10 * figure.get_figwidth())  # of 12 points, 0.1 inches on average
    figure.suptitle(filled(title, characters), parse_math=False)


def filled(text: str, characters: int) -> str:
    """A text in lines of at most so many characters, or as wide."""
    return textwrap.fill(text, max(1, characters * len(text) // max(1, _columns(text))))


def shortened(name: str, characters: int = 24) -> str:
    """A class name that leaves room for what it names."""
    if _columns(name) <= characters:
        return name
    while _columns(name) > characters - 1:
        name = name[:-1]
    return name + "…"


def _columns(text: str) -> int:
    """How wide a text is, in letters of the Latin alphabet: those of East Asia count twice."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def png(figure: Figure) -> bytes:
    """A figure as a PNG; the same numbers give the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from cnnlab.plots.fonts import with_fallbacks

    file = io.BytesIO()
    with with_fallbacks(figure):
        FigureCanvasAgg(figure).print_png(file, metadata={"Software": "cnnlab"})
    return file.getvalue()
