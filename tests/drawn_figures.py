"""Examine drawn figures, and make numbers to draw."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from cnnlab.plots.curves import LearningRateCurve


def is_whole(figure):
    """Whether no title, label or caption is cut off by the edge, to a pixel."""
    width, height = figure.get_size_inches() * figure.dpi
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert pixels.shape[:2] == (int(height), int(width))
    return all((edge == 255).all() for edge in edges)


def words(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def captions_of(figure):
    """The captions of a figure with many images, in their order."""
    [axes] = figure.axes
    return [text.get_text() for text in axes.texts if text.get_rotation() == 0]


def overlaps(figure):
    """The texts of a figure that overlap an image or another text."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    images = [image for axes in figure.axes for image in axes.images]
    boxes = [one.get_window_extent(canvas.get_renderer()) for one in [*texts, *images]]
    return [
        text.get_text()
        for place, text in enumerate(texts)
        if any(boxes[place].overlaps(other) for other in boxes[place + 1 :])
    ]


def history(epochs, *names):
    """A history whose figures decrease with the epochs."""
    return [
        {"epoch": epoch}
        | {f"{split}{name}": 1 / epoch for name in names for split in ("", "val_")}
        | {"learning_rate": 0.001, "seconds": 1.0, "images_per_second": 9.0}
        for epoch in range(1, epochs + 1)
    ]


def rates(epochs, lowest=0.1):
    """A learning rate that falls from 1 to `lowest` by the same factor in each of 10 steps."""
    steps = np.arange(1, 10 * epochs + 1)
    return LearningRateCurve(steps, np.geomspace(1, lowest, len(steps)), 10)
