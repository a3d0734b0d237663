"""Print small pictures, made of text characters, of the images that a network reads."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from cnnlab.counts import format_count
from cnnlab.spec.wording import to_one_line
from cnnlab.text_width import fill_width, measure_width

if TYPE_CHECKING:
    import numpy as np

    from cnnlab.api.results import Predictions

COLUMNS = 28  # characters at most for each picture; a character is twice as high as wide
SHOWN = 6  # pictures at most
SHADES = " ░▒▓█"


def print_inputs(answers: Predictions) -> None:
    """Print the inputs of the first predictions, side by side while there is room."""
    click.echo("\nThe network saw (full blocks are light):")
    fitting = max(1, (shutil.get_terminal_size().columns + 2) // (COLUMNS + 2))
    pictures = [
        [_shorten(to_one_line(answer.image)), *draw_characters(image)]
        for answer, image in zip(answers[:SHOWN], answers.inputs, strict=False)
    ]
    for start in range(0, len(pictures), fitting):
        row = pictures[start : start + fitting]
        for lines in zip(*row, strict=True):
            click.echo("  ".join(fill_width(line, COLUMNS) for line in lines).rstrip())
    if len(answers) > SHOWN:
        total = format_count(len(answers), "image")
        click.echo(f"The first {SHOWN} of {total}; --save PICTURE.png draws more.")


def _shorten(name: str) -> str:
    if measure_width(name) <= COLUMNS:
        return name
    while measure_width(name) > COLUMNS - 1:
        name = name[1:]
    return f"…{name}"


def draw_characters(image: np.ndarray) -> list[str]:
    """Draw an image, uint8 (height, width, channels), as lines of characters of equal length."""
    import numpy as np
    from PIL import Image

    levels = np.rint(image.mean(axis=2)).astype(np.uint8)
    height, width = levels.shape
    columns = min(COLUMNS, width)
    rows = max(1, round(columns * height / width / 2))
    small = Image.fromarray(levels).resize((columns, rows), Image.Resampling.BOX)
    shades = np.asarray(small).astype(int) * len(SHADES) // 256
    return ["".join(SHADES[shade] for shade in row) for row in shades]
