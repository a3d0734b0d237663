"""Draw a confusion matrix with counts and shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from cnnlab.plots import set_title, shorten_name

MAX_NUMBERED = 20  # classes at most; with more, the numbers in the cells would be too small


def draw_confusion_matrix(matrix: np.ndarray, class_names: Sequence[str], title: str) -> Figure:
    """Draw a confusion matrix, with a row for each true class and a column for each prediction.

    The colour of an error shows the share of the images of the true class. The diagonal is grey,
    because colours for correct predictions would hide the errors.
    """
    counts = np.asarray(matrix)
    classes = len(class_names)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(classes, dtype=bool)
    top = float(shares[~right].max(initial=0)) or 1.0  # percent; any value if there are no errors
    side = min(3.2 + 0.62 * classes, 16)
    figure = Figure(figsize=(side + 1, side), dpi=120, layout="constrained")
    axes = figure.subplots()
    colours = colormaps["Blues"].with_extremes(bad="#d9d9d9")
    image = axes.imshow(np.ma.masked_where(right, shares), cmap=colours, vmin=0, vmax=top)
    figure.colorbar(image, ax=axes, label="errors: share of the true class, %", shrink=0.8)
    set_title(figure, title)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    names = list(map(shorten_name, class_names))
    axes.set_xticks(range(classes), names, rotation=45, ha="right", parse_math=False)
    axes.set_yticks(range(classes), names, parse_math=False)
    if classes <= MAX_NUMBERED:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                dark = row != column and shares[row, column] > 0.6 * top
                color = "white" if dark else "black"
                text = f"{count:,}\n{shares[row, column]:.1f}%"
                axes.text(column, row, text, ha="center", va="center", fontsize=7, color=color)
    return figure
