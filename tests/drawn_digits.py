"""Ten digits as a person draws them, twice, and the ways in which they come as pictures.

A stroke is a list of points in a box from (0, 0) to (1, 1), y going down; the pen goes through them
on a smooth curve, or straight from one to the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
FINER = 4  # pixels drawn for one that is kept, each way: smooth edges


@dataclass(frozen=True)
class Stroke:
    points: tuple[Point, ...]
    smooth: bool = True


def curve(*points: Point) -> Stroke:
    return Stroke(points)


def straight(*points: Point) -> Stroke:
    return Stroke(points, smooth=False)


ROUND_HAND: dict[int, tuple[Stroke, ...]] = {
    0: (
        curve(
            *((0.52, 0.02), (0.25, 0.12), (0.14, 0.45), (0.22, 0.82), (0.48, 0.98)),
            *((0.75, 0.86), (0.86, 0.52), (0.78, 0.16), (0.54, 0.02), (0.44, 0.05)),
        ),
    ),
    1: (straight((0.53, 0.0), (0.5, 0.5), (0.49, 1.0)),),
    2: (
        curve(
            *((0.2, 0.24), (0.3, 0.06), (0.53, 0.0), (0.74, 0.1), (0.77, 0.3)),
            *((0.62, 0.56), (0.36, 0.8), (0.16, 0.97)),
        ),
        curve((0.16, 0.97), (0.45, 0.94), (0.84, 0.96)),
    ),
    3: (
        curve(
            *((0.2, 0.13), (0.42, 0.01), (0.68, 0.07), (0.74, 0.24), (0.6, 0.41), (0.4, 0.47)),
        ),
        curve(
            *((0.4, 0.47), (0.66, 0.52), (0.8, 0.7), (0.7, 0.91), (0.45, 1.0), (0.17, 0.9)),
        ),
    ),
    4: (
        straight((0.34, 0.02), (0.17, 0.56), (0.83, 0.53)),
        straight((0.68, 0.2), (0.64, 1.0)),
    ),
    5: (
        straight((0.3, 0.04), (0.25, 0.45)),
        curve(
            *((0.25, 0.45), (0.5, 0.38), (0.74, 0.5), (0.79, 0.73), (0.63, 0.94), (0.4, 1.0)),
            *((0.17, 0.91),),
        ),
        straight((0.3, 0.04), (0.78, 0.02)),
    ),
    6: (
        curve(
            *((0.7, 0.02), (0.44, 0.16), (0.25, 0.45), (0.2, 0.74), (0.33, 0.96), (0.58, 0.98)),
            *((0.76, 0.83), (0.74, 0.62), (0.56, 0.52), (0.36, 0.58), (0.22, 0.74)),
        ),
    ),
    7: (straight((0.15, 0.06), (0.82, 0.03), (0.6, 0.45), (0.42, 1.0)),),
    8: (
        curve(
            *((0.74, 0.14), (0.52, 0.01), (0.28, 0.12), (0.3, 0.33), (0.53, 0.48), (0.75, 0.67)),
            *((0.75, 0.89), (0.5, 1.0), (0.25, 0.89), (0.26, 0.68), (0.5, 0.48), (0.71, 0.32)),
            *((0.74, 0.14),),
        ),
    ),
    9: (
        curve(
            *((0.73, 0.2), (0.56, 0.04), (0.33, 0.08), (0.22, 0.28), (0.3, 0.48), (0.52, 0.51)),
            *((0.7, 0.38), (0.73, 0.2), (0.72, 0.5), (0.66, 0.78), (0.6, 1.0)),
        ),
    ),
}
# More angular, leaning a little, with the bars that some people draw.
ANGULAR_HAND: dict[int, tuple[Stroke, ...]] = {
    0: (
        curve(
            *((0.63, 0.05), (0.4, 0.03), (0.24, 0.28), (0.19, 0.62), (0.27, 0.92), (0.45, 0.98)),
            *((0.64, 0.84), (0.76, 0.54), (0.78, 0.24), (0.66, 0.06), (0.5, 0.02)),
        ),
    ),
    1: (straight((0.35, 0.24), (0.57, 0.01), (0.47, 1.0)),),
    2: (
        curve(
            *((0.26, 0.16), (0.48, 0.02), (0.72, 0.1), (0.73, 0.3), (0.55, 0.6), (0.3, 0.86)),
            *((0.18, 0.93),),
        ),
        curve((0.18, 0.93), (0.38, 0.86), (0.56, 0.95), (0.82, 0.9)),
    ),
    3: (
        curve((0.28, 0.07), (0.56, 0.0), (0.76, 0.12), (0.68, 0.34), (0.46, 0.46)),
        curve((0.46, 0.46), (0.72, 0.56), (0.74, 0.8), (0.52, 0.97), (0.2, 0.94)),
    ),
    4: (
        straight((0.46, 0.0), (0.14, 0.64), (0.86, 0.62)),
        straight((0.66, 0.36), (0.58, 1.0)),
    ),
    5: (
        straight((0.86, 0.03), (0.38, 0.05), (0.31, 0.42)),
        curve((0.31, 0.42), (0.6, 0.42), (0.74, 0.62), (0.62, 0.87), (0.38, 0.99), (0.14, 0.94)),
    ),
    6: (
        curve(
            *((0.62, 0.0), (0.38, 0.26), (0.24, 0.56), (0.24, 0.86), (0.44, 1.0), (0.68, 0.89)),
            *((0.74, 0.7), (0.62, 0.56), (0.42, 0.6), (0.25, 0.82)),
        ),
    ),
    7: (
        straight((0.18, 0.08), (0.86, 0.02), (0.38, 1.0)),
        straight((0.34, 0.52), (0.8, 0.48)),
    ),
    8: (
        curve(
            *((0.56, 0.0), (0.36, 0.08), (0.35, 0.3), (0.54, 0.44), (0.74, 0.32), (0.74, 0.1)),
            *((0.56, 0.0),),
        ),
        curve(
            *((0.54, 0.44), (0.28, 0.58), (0.2, 0.82), (0.4, 1.0), (0.64, 0.92), (0.72, 0.68)),
            *((0.54, 0.44),),
        ),
    ),
    9: (
        curve(
            *((0.76, 0.1), (0.52, 0.02), (0.3, 0.16), (0.28, 0.38), (0.46, 0.48), (0.66, 0.38)),
            *((0.77, 0.1),),
        ),
        straight((0.77, 0.1), (0.58, 1.0)),
    ),
}


@dataclass(frozen=True)
class Style:
    """How a digit comes: `height` and `pen` in pixels, its middle's `place` in shares of `size`."""

    name: str
    size: tuple[int, int] = (280, 280)
    height: int = 200
    pen: float = 20
    ink: tuple[int, int, int] = (0, 0, 0)
    ground: tuple[int, int, int] = (255, 255, 255)
    place: Point = (0.5, 0.5)
    degrees: float = 0
    hand: str = "round"

    def draw(self, digit: int) -> Image.Image:
        """Draw the digit in RGB."""
        width, height = (FINER * side for side in self.size)
        mask = Image.new("L", (width, height))
        for stroke in (ROUND_HAND if self.hand == "round" else ANGULAR_HAND)[digit]:
            _stroke(mask, [self._place(point) for point in trace_stroke(stroke)], FINER * self.pen)
        mask = mask.reduce(FINER)
        return Image.composite(
            Image.new("RGB", self.size, self.ink), Image.new("RGB", self.size, self.ground), mask
        )

    def _place(self, point: Point) -> Point:
        turn = math.radians(self.degrees)
        x, y = self.height * (point[0] - 0.5), self.height * (point[1] - 0.5)
        turned = (x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn))
        return (
            FINER * (self.place[0] * self.size[0] + turned[0]),
            FINER * (self.place[1] * self.size[1] + turned[1]),
        )


def trace_stroke(stroke: Stroke, steps: int = 24) -> list[Point]:
    """Dense points on the stroke: a Catmull-Rom spline through its given points."""
    if not stroke.smooth:
        return list(stroke.points)
    points = np.array([stroke.points[0], *stroke.points, stroke.points[-1]])
    t = np.linspace(0, 1, steps)[:, None]
    parts = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(points, points[1:], points[2:], points[3:], strict=False)
    ]
    return [(float(x), float(y)) for x, y in np.concatenate(parts)]


def _stroke(mask: Image.Image, path: list[Point], pen: float) -> None:
    draw = ImageDraw.Draw(mask)
    draw.line(path, fill=255, width=round(pen))
    for x, y in path:
        draw.ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=255)


STYLES = (
    Style("marker on a board", pen=22),
    Style("fine pen", size=(640, 480), height=300, pen=4, ink=(20, 30, 140)),
    Style("small in a corner", size=(400, 300), height=46, pen=5, place=(0.85, 0.8)),
    Style("chalk", size=(300, 400), ink=(240, 240, 230), ground=(30, 70, 50), hand="angular"),
    Style("brush", size=(500, 500), height=340, pen=60, ink=(200, 30, 30), hand="angular"),
    Style("red on green", ink=(190, 40, 40), ground=(60, 140, 60), place=(0.45, 0.55)),
    Style("pencil", size=(800, 600), height=330, pen=8, ink=(130, 130, 130), degrees=8),
    Style("faint yellow", ink=(250, 230, 80), place=(0.4, 0.45), degrees=-8, hand="angular"),
    Style("tight", size=(164, 204), height=180, pen=16, hand="angular"),
    Style("as small as MNIST", size=(28, 28), height=19, pen=2.4, ground=(230, 225, 215)),
)


def invert(picture: Image.Image) -> Image.Image:
    """The same with light and dark exchanged."""
    return ImageChops.invert(picture)


def photograph(picture: Image.Image, seed: int = 0) -> Image.Image:
    """The same as a photo: light from one side, darker corners, some blur and noise."""
    random = np.random.default_rng(seed)
    blurred = np.asarray(picture.filter(ImageFilter.GaussianBlur(1.2)), dtype=np.float64)
    y, x = np.mgrid[-1 : 1 : picture.height * 1j, -1 : 1 : picture.width * 1j]
    light = 0.72 + 0.2 * x - 0.08 * y - 0.1 * (x * x + y * y)
    seen = blurred * light[..., None] + random.normal(0, 4, blurred.shape)
    return Image.fromarray(np.clip(np.rint(seen), 0, 255).astype(np.uint8))
