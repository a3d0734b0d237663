"""Digits as people photograph them: on a sheet of paper that lies on a table, tilted and in shadow.

Each picture is a pure function of its scene, its digit and a seed.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
from drawn_digits import ANGULAR_HAND, ROUND_HAND, trace_stroke
from PIL import Image, ImageDraw, ImageFilter

PAPER = (600, 760)  # width and height of a sheet in pixels, before it is photographed
PHOTO = (800, 640)
FILLING = 1.5  # the sheet is larger than the photo by this factor where no table is visible
TABLES = ((92, 60, 38), (58, 58, 62), (150, 112, 74), (40, 70, 60), (72, 84, 118), (24, 22, 20))
PAPERS = ((238, 236, 230), (246, 246, 246), (240, 232, 205), (226, 230, 236))
INKS = ((28, 28, 34), (24, 38, 120), (50, 50, 56), (120, 24, 30))


@dataclass(frozen=True)
class Scene:
    """What a photo shows.

    `rules` is blank, squared or lined. `degrees` is the largest tilt, `perspective` the largest
    shift of a corner as a share of the sheet.
    """

    name: str
    rules: str = "blank"
    table: bool = True
    grain: bool = False
    shadow: bool = False
    degrees: float = 4
    perspective: float = 0.0

    def photograph(self, digits: str, seed: int) -> Image.Image:
        """Photograph a sheet with `digits` in a row, in RGB."""
        random = np.random.default_rng([seed, *self.name.encode(), *digits.encode()])
        sheet = _draw_sheet(self.rules, digits, random)
        corners = self._place_corners(random)
        table = _draw_table(self.grain, random)
        shape = Image.new("1", PHOTO)
        ImageDraw.Draw(shape).polygon([tuple(corner) for corner in corners.tolist()], fill=1)
        picture = np.where(np.asarray(shape)[..., None], np.asarray(_warp(sheet, corners)), table)
        picture = picture.astype(np.float32)
        picture *= _draw_light(self.shadow, random)[..., None]
        return _develop(picture, random)

    def _place_corners(self, random: np.random.Generator) -> np.ndarray:
        """Place the corners of the sheet in the photo: (4, 2), clockwise from the top left."""
        height = PHOTO[1] * random.uniform(0.6, 0.85)
        if not self.table:
            height = PHOTO[0] * FILLING
        width = height * PAPER[0] / PAPER[1]
        box = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
        box = box + random.uniform(-1, 1, (4, 2)) * self.perspective * width
        turn = math.radians(random.uniform(-1, 1) * self.degrees)
        rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
        return box @ rotation + np.array(PHOTO) / 2 + random.uniform(-20, 20, 2)


def _draw_sheet(rules: str, digits: str, random: np.random.Generator) -> Image.Image:
    paper, ink = (np.array(colours[random.integers(len(colours))]) for colours in (PAPERS, INKS))
    sheet = Image.new("RGB", PAPER, tuple(paper.tolist()))
    draw = ImageDraw.Draw(sheet)
    line = tuple((paper - random.integers(30, 75) * np.array((1.1, 0.9, 0.5))).astype(int).tolist())
    gap = int(random.integers(24, 46))
    for y in range(gap, PAPER[1], gap) if rules != "blank" else ():
        draw.line([(0, y), (PAPER[0], y)], fill=line, width=2)
    for x in range(gap, PAPER[0], gap) if rules == "squared" else ():
        draw.line([(x, 0), (x, PAPER[1])], fill=line, width=2)
    height = random.uniform(150, 260) / math.sqrt(len(digits))
    pen = max(5.0, height * random.uniform(0.05, 0.11))
    mask = Image.new("L", PAPER)
    start = PAPER[0] / 2 - height * (len(digits) - 1) * 0.45
    place = np.array((start, PAPER[1] / 2)) + random.uniform(-40, 40, 2)
    for digit in digits:
        _write(mask, int(digit), place, height, pen, random)
        place = place + height * np.array((0.9, random.uniform(-0.05, 0.05)))
    mask = mask.filter(ImageFilter.GaussianBlur(0.8))
    return Image.composite(Image.new("RGB", PAPER, tuple(ink.tolist())), sheet, mask)


def _write(
    mask: Image.Image,
    digit: int,
    place: np.ndarray,
    height: float,
    pen: float,
    random: np.random.Generator,
) -> None:
    """Write a digit as a hand does: a little narrower, slanted and shaky."""
    draw = ImageDraw.Draw(mask)
    slant, width = random.uniform(-0.12, 0.12), random.uniform(0.75, 1.05)
    for stroke in (ROUND_HAND, ANGULAR_HAND)[random.integers(2)][digit]:
        path = np.array(trace_stroke(stroke)) - 0.5
        shake = np.sin(np.linspace(0, 3, len(path)) + random.uniform(0, 6))[:, None]
        path = path * (width, 1) + path[:, 1:] * (-slant, 0) + 0.008 * shake
        points = [tuple(point) for point in path * height + place]
        draw.line(points, fill=255, width=round(pen), joint="curve")
        for x, y in points:
            draw.ellipse([x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2], fill=255)


def _draw_table(grain: bool, random: np.random.Generator) -> np.ndarray:
    """Draw a table: one colour, or with the grain of wood: (height, width, 3)."""
    colour = np.array(TABLES[random.integers(len(TABLES))], dtype=np.float64)
    table = np.broadcast_to(colour, (PHOTO[1], PHOTO[0], 3))
    if not grain:
        return table
    y, x = np.mgrid[: PHOTO[1], : PHOTO[0]].astype(np.float32)
    waves = np.sin((y + 12 * np.sin(x / random.uniform(60, 160))) / random.uniform(3, 9))
    planks = (y // int(random.integers(90, 200))) % 2
    return table * (1 + 0.13 * waves + 0.12 * planks)[..., None]


def _warp(sheet: Image.Image, corners: np.ndarray) -> Image.Image:
    """Move the corners of the sheet to `corners` of the photo."""
    source = np.array([(0, 0), (sheet.width, 0), sheet.size, (0, sheet.height)], dtype=float)
    rows, right = [], []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    coefficients = np.linalg.solve(np.array(rows), np.array(right))
    return sheet.transform(
        PHOTO, Image.Transform.PERSPECTIVE, coefficients.tolist(), Image.Resampling.BICUBIC
    )


def _draw_light(shadow: bool, random: np.random.Generator) -> np.ndarray:
    """Draw the light: brighter on one side, and half of the photo in a shadow with a hard edge."""
    y, x = np.mgrid[-1 : 1 : PHOTO[1] * 1j, -1 : 1 : PHOTO[0] * 1j].astype(np.float32)
    angle = random.uniform(0, 2 * math.pi)
    light = 0.92 + 0.1 * (x * math.cos(angle) + y * math.sin(angle)) - 0.04 * (x * x + y * y)
    if shadow:
        angle = random.uniform(0, 2 * math.pi)
        distance = x * math.cos(angle) + y * math.sin(angle) + random.uniform(-0.15, 0.15)
        soft = np.clip(0.5 + distance * random.uniform(20, 150), 0, 1)
        light = light * (1 - random.uniform(0.25, 0.5) * soft)
    return light


def _develop(picture: np.ndarray, random: np.random.Generator) -> Image.Image:
    """Add blur, noise and the traces of JPEG."""
    noise = random.standard_normal(picture.shape, dtype=np.float32)
    noisy = picture + random.uniform(1, 5) * noise
    image = Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.1)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(random.integers(70, 93)))
    with Image.open(file) as photo:
        return photo.convert("RGB")


SCENES = (
    Scene("on a table"),
    Scene("tilted", degrees=30),
    Scene("in perspective", degrees=10, perspective=0.06),
    Scene("on wood", grain=True, degrees=10),
    Scene("shadow on a table", shadow=True, degrees=8),
    Scene("shadow", table=False, shadow=True),
    Scene("squared", "squared", degrees=6),
    Scene("lined", "lined", degrees=6),
    Scene("squared up close", "squared", table=False, degrees=8),
    Scene("everything", "squared", grain=True, shadow=True, degrees=15, perspective=0.03),
)
