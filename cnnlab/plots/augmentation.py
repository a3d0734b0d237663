"""Training images before and after augmentation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnlab.plots import headed, shortened

COLUMNS = 10
SHOWN = 20  # images: two pairs of rows
_CAPTION = {"fontsize": 8, "parse_math": False}  # a class name may hold a dollar sign


def augmentation(
    before: np.ndarray,
    after: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    title: str,
) -> Figure:
    """The first images of a batch in pairs of rows, as they were and as they became.

    Args:
        before: uint8 (images, height, width, channels).
        after: the same images, augmented.
        labels: (images, classes), the shares of the classes after augmentation.
    """
    count = min(len(before), SHOWN)
    columns = min(COLUMNS, count)
    pairs = -(-count // columns)
    width = max(1.15 * columns + 0.5, 5)
    lines = 1 + len(title) / (9 * width)  # a little more than `headed` makes of it
    height = 3.1 * pairs + 0.3 + 0.2 * lines
    figure = Figure(figsize=(width, height), dpi=120, layout="constrained")
    grid = figure.subplots(2 * pairs, columns, squeeze=False)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[], frame_on=False)
    for place in range(count):
        row, column = 2 * (place // columns), place % columns
        _show(grid[row, column], before[place])
        _show(grid[row + 1, column], after[place])
        grid[row + 1, column].set_title(_named(labels[place], class_names), **_CAPTION)
    for row in range(2 * pairs):
        grid[row, 0].set_ylabel("after" if row % 2 else "before")
    headed(figure, title)
    return figure


def _show(axes: Axes, image: np.ndarray) -> None:
    axes.imshow(image.squeeze(-1) if image.shape[-1] == 1 else image, cmap="gray", vmin=0, vmax=255)


def _named(shares: np.ndarray, class_names: Sequence[str]) -> str:
    """The class of an image, or the two largest shares of a mixed one."""
    largest = np.argsort(-shares, kind="stable")[:2]
    if round(100 * shares[largest[0]]) == 100:
        return shortened(class_names[largest[0]], 14)
    return "\n".join(f"{shares[i]:.0%} {shortened(class_names[i], 9)}" for i in largest)
