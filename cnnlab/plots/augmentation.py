"""Draw training images before and after augmentation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from cnnlab.plots import shorten_name
from cnnlab.plots.image_sheet import LINE, ImageSheet

COLUMNS = 10
SHOWN_IMAGES = 20  # images at most: two pairs of rows
SIDE = 1.0  # inches: width and height of a drawn image


def draw_augmentation(
    before: np.ndarray,
    after: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    title: str,
) -> Figure:
    """Draw the first images of a batch in pairs of rows, before and after augmentation.

    Args:
        before: uint8 (images, height, width, channels).
        after: the same images, augmented.
        labels: (images, classes), the label of each image after augmentation; the shares of the
            classes add up to 1.
    """
    count = min(len(before), SHOWN_IMAGES)
    columns = min(COLUMNS, count)
    left, pitch = 0.45, SIDE + 0.15
    names = [_name_shares(shares, class_names) for shares in labels[:count]]
    between = 0.15 + LINE * max(1 + name.count("\n") for name in names)
    pair = 2 * SIDE + between + 0.15
    sheet = ImageSheet(max(left + pitch * columns, 5), pair * -(-count // columns), title)
    for place, name in enumerate(names):
        row, column = divmod(place, columns)
        x, y = left + pitch * column, pair * row
        sheet.image(before[place], x, y, SIDE)
        sheet.caption(name, x + SIDE / 2, y + SIDE + between - 0.05)
        sheet.image(after[place], x, y + SIDE + between, SIDE)
        if column == 0:
            sheet.label("before", y + SIDE / 2)
            sheet.label("after", y + SIDE + between + SIDE / 2)
    return sheet.figure


def _name_shares(shares: np.ndarray, class_names: Sequence[str]) -> str:
    """Return the class of an image, or the two main classes of a mixed image with their shares."""
    largest = np.argsort(-shares, kind="stable")[:2]
    if round(100 * shares[largest[0]]) == 100:
        return shorten_name(class_names[largest[0]], 14)
    return "\n".join(f"{shares[i]:.0%} {shorten_name(class_names[i], 9)}" for i in largest)
