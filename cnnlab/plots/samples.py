"""Draw samples of each class of a data set, one row for each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from cnnlab.counts import format_count
from cnnlab.plots import shorten_name
from cnnlab.plots.image_sheet import ImageSheet

SIDE = 0.7  # inches: width and height of a drawn image
LEFT = 1.6  # inches for the names of the classes


def draw_samples(
    rows: Sequence[Sequence[np.ndarray]],
    counts: Sequence[int],
    class_names: Sequence[str],
    title: str,
) -> Figure:
    """Draw a row of images for each class.

    Args:
        rows: for each class, images uint8 (height, width, 1 or 3).
        counts: the number of training images of each class.
        class_names: the names of all classes; a line below the picture counts the classes without a
            row.
    """
    pitch, columns = SIDE + 0.08, max(map(len, rows), default=1)
    hidden = len(class_names) - len(rows)
    height = pitch * len(rows) + (0.3 if hidden else 0.1)
    sheet = ImageSheet(max(LEFT + pitch * columns, 5), height, title)
    for row, (images, count) in enumerate(zip(rows, counts, strict=True)):
        name = shorten_name(class_names[row], 18)
        bottom = pitch * row + SIDE / 2 + 0.13
        sheet.caption(f"{name}\n{format_count(count, 'image')}", LEFT / 2, bottom)
        for column, image in enumerate(images):
            sheet.image(image, LEFT + pitch * column, pitch * row, SIDE)
    if hidden:
        text = f"and {format_count(hidden, 'more class', 'more classes')}"
        sheet.caption(text, LEFT / 2, height - 0.05)
    return sheet.figure
