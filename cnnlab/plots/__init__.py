"""Numbers → matplotlib figures; reads nothing, saves nothing, never touches pyplot."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def headed(figure: Figure, title: str) -> None:
    """Set the title of a whole figure, in as many lines as its width asks for."""
    characters = int(10 * figure.get_figwidth())  # of 12 points, 0.1 inches on average
    figure.suptitle(textwrap.fill(title, characters), parse_math=False)


def shortened(name: str, characters: int = 24) -> str:
    """A class name that leaves room for what it names."""
    return name if len(name) <= characters else name[: characters - 1] + "…"


def png(figure: Figure) -> bytes:
    """A figure as a PNG; the same numbers give the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    file = io.BytesIO()
    FigureCanvasAgg(figure).print_png(file, metadata={"Software": "cnnlab"})
    return file.getvalue()
