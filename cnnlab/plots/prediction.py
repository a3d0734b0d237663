"""Images beside what a network saw of them, and what it answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnlab.plots import headed, shortened

SHOWN = 24  # images
BARS = 5  # classes of each
_TALL = 6  # rows, from which on there are two images in a row
_CAPTION: dict[str, Any] = {"fontsize": 8, "parse_math": False}  # a name may hold a dollar sign
FIRST, OTHER = "#1f77b4", "#b8c4d0"


@dataclass(frozen=True)
class Answer:
    """`original` uint8 (height, width, 3) or None, `seen` uint8 (height, width, channels);
    `probabilities` by class, the greatest first."""

    name: str
    original: np.ndarray | None
    seen: np.ndarray
    truth: str | None
    probabilities: Mapping[str, float]


def prediction(answers: Sequence[Answer], title: str) -> Figure:
    """For each image: itself, where it was prepared; what the network saw; its ranked classes."""
    panels = 3 if any(answer.original is not None for answer in answers) else 2
    in_row = 1 if len(answers) < _TALL else 2
    rows = -(-len(answers) // in_row)
    ratios = [1.0] * (panels - 1) + [1.5]
    width = (1.7 * sum(ratios) + 0.5) * in_row + 0.3
    figure = Figure(figsize=(width, 1.85 * rows + 0.6), dpi=120, layout="constrained")
    grid = figure.subplots(rows, panels * in_row, squeeze=False, width_ratios=ratios * in_row)
    for axes in grid.flat:
        axes.set_axis_off()
    for place, answer in enumerate(answers):
        row, column = divmod(place, in_row)
        *pictures, bars = grid[row, panels * column : panels * (column + 1)]
        if answer.original is not None:
            _show(pictures[0], answer.original, _wrapped(answer.name))
        height, across = answer.seen.shape[:2]
        heading = f"seen, {height} × {across}" if answer.original is not None else answer.name
        _show(pictures[-1], answer.seen, heading)
        _rank(bars, answer)
    headed(figure, title)
    return figure


def _wrapped(name: str, characters: int = 24) -> str:
    """The end of a path, in two lines at most, the second a whole name where it fits."""
    if len(name) <= characters:
        return name
    folder, slash, file = name.rpartition("/")
    above, below = folder + slash, file
    if len(file) > characters:
        above, below = name[:-characters], name[-characters:]
    if len(above) > characters:
        above = "…" + above[1 - characters :]
    return f"{above}\n{below}"


def _show(axes: Axes, image: np.ndarray, heading: str) -> None:
    gray = image.shape[-1] == 1
    axes.imshow(image.squeeze(-1) if gray else image, cmap="gray", vmin=0, vmax=255)
    axes.set_title(heading, **_CAPTION)
    axes.set_axis_on()
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color("#cccccc")  # its ground may be as white as the page


def _rank(axes: Axes, answer: Answer) -> None:
    """The most probable classes as bars, the share written on each."""
    first = list(answer.probabilities.items())[:BARS]
    colours = [FIRST] + [OTHER] * (len(first) - 1)
    axes.set_axis_on()
    axes.barh(range(len(first)), [100 * share for _, share in first], color=colours)
    for place, (_, share) in enumerate(first):
        inside = share > 0.6
        axes.text(
            100 * share + (-2 if inside else 2),
            place,
            f"{share:.1%}",
            ha="right" if inside else "left",
            va="center",
            fontsize=8,
            color="white" if inside and not place else "black",
        )
    names = [shortened(name, 14) for name, _ in first]
    axes.set_yticks(range(len(first)), names, **_CAPTION)
    axes.set(xlim=(0, 100), ylim=(BARS - 0.4, -0.6), xticks=[])
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(left=False)
    predicted = first[0][0]
    if answer.truth is not None:
        right = "right" if answer.truth == predicted else "wrong"
        axes.set_title(f"true {shortened(answer.truth, 14)}: {right}", **_CAPTION)
