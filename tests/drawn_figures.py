"""A figure as it is drawn, pixel by pixel: shared by the tests of figures."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg


def is_whole(figure):
    """Whether no title, label or caption is cut off by the edge, to a pixel."""
    width, height = figure.get_size_inches() * figure.dpi
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert pixels.shape[:2] == (int(height), int(width))
    return all((edge == 255).all() for edge in edges)
