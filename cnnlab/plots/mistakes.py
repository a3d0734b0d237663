"""Draw the images that a network classifies wrongly, the most confident mistakes first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from cnnlab.plots import fill_lines
from cnnlab.plots.image_sheet import LINE, ImageSheet

COLUMNS = 6
SIDE, PITCH = 1.45, 1.8  # inches: side of an image, and distance of two image centres
CAPTION_WIDTH = 26  # characters of 8 points that fit above an image


def draw_mistakes(images: np.ndarray, captions: Sequence[str], title: str) -> Figure:
    """Draw uint8 images (n, height, width, channels) in a grid, with a caption above each image."""
    if not captions:
        sheet = ImageSheet(6, 0.6, title)
        sheet.caption("no mistakes", 3, 0.3)
        return sheet.figure
    columns = min(COLUMNS, len(captions))
    rows = -(-len(captions) // columns)
    lines = [[fill_lines(line, CAPTION_WIDTH) for line in text.splitlines()] for text in captions]
    texts = ["\n".join(some) for some in lines]
    above = 0.1 + LINE * max(1 + text.count("\n") for text in texts)
    width = max(PITCH * columns, 5)
    sheet = ImageSheet(width, rows * (above + SIDE + 0.1) + 0.1, title)
    for place, (image, text) in enumerate(zip(images, texts, strict=False)):
        row, column = divmod(place, columns)
        centre = width * (column + 0.5) / columns
        top = row * (above + SIDE + 0.1) + above
        sheet.image(image, centre - SIDE / 2, top, SIDE)
        sheet.caption(text, centre, top - 0.05)
    return sheet.figure
