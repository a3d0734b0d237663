"""Draw images, each beside the input of the network and the most probable classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnlab.plots import set_title, shorten_name

SHOWN_IMAGES = 24  # images at most
BARS = 5  # classes at most for each image
_TALL = 6  # images; with this number or more, each row has two images
_CAPTION: dict[str, Any] = {"fontsize": 8, "parse_math": False}  # a name may contain a dollar sign
FIRST, OTHER = "#1f77b4", "#b8c4d0"


@dataclass(frozen=True)
class Answer:
    """An image and its prediction.

    `original` is the image of the user, uint8 (height, width, 3), or None. `pixels` is the input of
    the network, uint8 (height, width, channels). `truth` is the true class, or None if unknown.
    `probabilities` maps each class to its probability, the most probable class first. `is_unlike`
    says that the input is unlike the training images.
    """

    name: str
    original: np.ndarray | None
    pixels: np.ndarray
    truth: str | None
    probabilities: Mapping[str, float]
    is_unlike: bool = False


def draw_predictions(answers: Sequence[Answer], title: str) -> Figure:
    """Draw each original image, the network's input, and the most probable classes."""
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
            _draw_image(pictures[0], answer.original, _wrap_path(answer.name))
        height, across = answer.pixels.shape[:2]
        heading = f"input, {height} × {across}" if answer.original is not None else answer.name
        if answer.is_unlike:
            heading += "\nunlike training images"
        _draw_image(pictures[-1], answer.pixels, heading)
        _draw_ranking(bars, answer)
    set_title(figure, title)
    return figure


def _wrap_path(name: str, characters: int = 24) -> str:
    """Wrap a long path into two lines: the end of the folders, and the file name if it fits."""
    if len(name) <= characters:
        return name
    folder, slash, file = name.rpartition("/")
    above, below = folder + slash, file
    if len(file) > characters:
        above, below = name[:-characters], name[-characters:]
    if len(above) > characters:
        above = "…" + above[1 - characters :]
    return f"{above}\n{below}"


def _draw_image(axes: Axes, image: np.ndarray, heading: str) -> None:
    gray = image.shape[-1] == 1
    axes.imshow(image.squeeze(-1) if gray else image, cmap="gray", vmin=0, vmax=255)
    axes.set_title(heading, **_CAPTION)
    axes.set_axis_on()
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color("#cccccc")  # so that a white image is visible on a white page


def _draw_ranking(axes: Axes, answer: Answer) -> None:
    """Draw the most probable classes as bars with their probabilities."""
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
    names = [shorten_name(name, 14) for name, _ in first]
    axes.set_yticks(range(len(first)), names, **_CAPTION)
    axes.set(xlim=(0, 100), ylim=(BARS - 0.4, -0.6), xticks=[])
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(left=False)
    predicted = first[0][0]
    if answer.truth is not None:
        right = "right" if answer.truth == predicted else "wrong"
        axes.set_title(f"true {shorten_name(answer.truth, 14)}: {right}", **_CAPTION)
