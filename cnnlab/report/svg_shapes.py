"""Draw boxes, arrows and frames in SVG, for the drawing of an architecture.

Fonts differ between computers, so the functions estimate the width of a text generously. If a text
is too wide, the drawing has a shortened text, and the tooltip has the whole text.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 268  # pixels: the width of a layer's box
PADDING = 14
GAP = 32  # between two boxes, for an arrow and the text of a shape
BRANCHING = 30  # where branches split and merge
RADIUS = 10  # of the circle where branches merge
HEAD = 26  # height of a frame above its contents, for its name
LARGE, SMALL = 13, 11  # font sizes
MARGIN = 12

# Paper, ink, faint ink, lines, frames; then convolutions, pools, dense layers.
LIGHT = ("#ffffff", "#1b1f24", "#57606a", "#8c959f", "#f6f8fa", *("#2f6fd0", "#2a8f5b", "#c2590c"))
DARK = ("#161b22", "#e6edf3", "#9da7b3", "#768390", "#1c2330", *("#6ea8fe", "#56c28b", "#f0985a"))


@dataclass(frozen=True)
class SvgPart:
    """A piece of a drawing; arrows enter at its top and leave at its bottom, at x = `axis`."""

    width: float
    height: float
    axis: float
    svg: str

    def place(self, x: float, y: float) -> str:
        """Return the SVG of this piece of a drawing, moved by (x, y) pixels."""
        return f'<g transform="translate({x:g} {y:g})">{self.svg}</g>' if self.svg else ""


def measure_text(text: str, size: float) -> float:
    """Estimate the largest width, in pixels, that a text has in usual fonts."""
    return size * sum(map(_measure_letter, text))


def _measure_letter(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in "mwMW@%…":
        return 1.0
    return 0.76 if letter.isupper() or letter in "+=×" else 0.65


def fit_text(text: str, width: float, size: float) -> str:
    """Shorten a text with an ellipsis if it is wider than `width` pixels."""
    if measure_text(text, size) <= width:
        return text
    while text and measure_text(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def draw_box(name: str, parameters: str, window: str, family: str, tip: str) -> SvgPart:
    """Draw a box for a layer, with its name and, below the name, its window.

    The text `parameters` stands at the right of the name, or below the name if the space at the
    right is too small. `family` is the CSS class of the colour. `tip` is the tooltip.
    """
    room = WIDTH - 2 * PADDING
    beside = measure_text(name, LARGE) + 8 + measure_text(parameters, SMALL) <= room
    below = [text for text in (window, "" if beside else parameters) if text]
    height = 30 + 16 * len(below)
    parts = [
        f"<title>{escape(tip)}</title>",
        f'<rect class="box" width="{WIDTH}" height="{height}" rx="5"/>',
        f'<rect class="{family}" width="5" height="{height}" rx="2.5"/>',
        f'<text x="{PADDING}" y="19" class="name">{escape(fit_text(name, room, LARGE))}</text>',
    ]
    if parameters and beside:
        right = f'x="{WIDTH - PADDING}" y="19" text-anchor="end"'
        parts.append(f"<text {right}>{escape(parameters)}</text>")
    for number, text in enumerate(below):
        place = f'x="{PADDING}" y="{36 + 16 * number}"'
        parts.append(f"<text {place}>{escape(fit_text(text, room, SMALL))}</text>")
    return SvgPart(WIDTH, height, WIDTH / 2, "".join(parts))


def draw_pill(text: str) -> SvgPart:
    """Draw a text in a rounded box, for the image, the classes or a merge of branches."""
    width, height = measure_text(text, SMALL) + 2 * PADDING, 24
    middle = f'x="{width / 2:g}" y="16" text-anchor="middle"'
    rect = f'<rect class="pill" width="{width:g}" height="{height}" rx="12"/>'
    return SvgPart(width, height, width / 2, f"{rect}<text {middle}>{escape(text)}</text>")


def draw_line(*points: tuple[float, float], arrow: bool = False) -> str:
    """Draw a line through points (x, y), with an arrow at the last point if `arrow` is true."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    line = f'<polyline class="line" points="{path}"/>'
    if not arrow:
        return line
    (from_x, from_y), (x, y) = points[-2:]
    angle = math.degrees(math.atan2(y - from_y, x - from_x))
    # A marker would need an id, and two drawings on one page cannot have the same id.
    head = f'transform="translate({x:g} {y:g}) rotate({angle:g})" d="M-6 -3 L1 0 L-6 3 z"'
    return f'{line}<path class="head" {head}/>'


def draw_label(x: float, y: float, text: str) -> str:
    """Draw a small text that starts at `x` and is vertically centred at `y`."""
    return f'<text x="{x:g}" y="{y + 4:g}">{escape(text)}</text>'


def draw_merge(sign: str) -> SvgPart:
    """Draw a circle with a sign, such as +, where branches merge."""
    circle = f'<circle class="pill" cx="{RADIUS}" cy="{RADIUS}" r="{RADIUS}"/>'
    middle = f'x="{RADIUS}" y="{RADIUS + 4.5:g}" text-anchor="middle"'
    text = f'<text class="name" {middle}>{escape(sign)}</text>'
    return SvgPart(2 * RADIUS, 2 * RADIUS, RADIUS, circle + text)


def stack_parts(parts: Sequence[tuple[SvgPart, str]]) -> SvgPart:
    """Stack pieces of a drawing from top to bottom, with an arrow from each piece to the next.

    The text of a piece, such as the output shape, stands beside the arrow below the piece.
    """
    labels = max(measure_text(text, SMALL) + 8 for _, text in parts)
    left = max(part.axis for part, _ in parts)
    right = max(labels, *(part.width - part.axis for part, _ in parts))
    shapes, y = [], 0.0
    for index, (part, text) in enumerate(parts):
        shapes.append(part.place(left - part.axis, y))
        y += part.height
        if index + 1 < len(parts):
            shapes.append(draw_line((left, y), (left, y + GAP), arrow=True))
            shapes.append(draw_label(left + 8, y + GAP / 2 - 2, text) if text else "")
            y += GAP
    return SvgPart(left + right, y, left, "".join(shapes))


def draw_frame(inner: SvgPart, name: str, note: str) -> SvgPart:
    """Draw a frame around a piece of a drawing, with a name and a note at the top."""
    least = min(measure_text(f"{name}  {note}", LARGE), 1.6 * WIDTH) + 2 * PADDING
    width = max(inner.width + 2 * PADDING, least)
    height = HEAD + inner.height + PADDING
    room = width - 2 * PADDING
    label = fit_text(name, room, LARGE)
    room -= measure_text(label, LARGE) + 8
    rest = f'<tspan class="note" dx="8">{escape(fit_text(note, room, SMALL))}</tspan>'
    shift = (width - inner.width) / 2
    axis = shift + inner.axis
    parts = [
        f"<title>{escape(f'{name} {note}'.strip())}</title>",
        f'<rect class="frame" width="{width:g}" height="{height:g}" rx="8"/>',
        f'<text class="name" x="{PADDING}" y="17">{escape(label)}{rest if note else ""}</text>',
        inner.place(shift, HEAD),
        draw_line((axis, HEAD + inner.height), (axis, height)),
    ]
    return SvgPart(width, height, axis, "".join(parts))


@dataclass(frozen=True)
class Drawing:
    """A complete SVG file as text, and its width in pixels."""

    svg: str
    width: float


def build_document(part: SvgPart, about: str) -> Drawing:
    """Build the SVG file; `about` describes the drawing to screen readers."""
    width, height = part.width + 2 * MARGIN, part.height + 2 * MARGIN
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="architecture" role="img" '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        f'aria-label="{escape(about)}">\n'
        f"<title>{escape(about)}</title>\n<style>\n{_build_style()}</style>\n"
        f'<rect class="paper" width="{width:g}" height="{height:g}"/>\n'
        f"{part.place(MARGIN, MARGIN)}\n</svg>\n"
    )
    return Drawing(svg, width)


def _build_style() -> str:
    sizes = (
        f".architecture text {{ font: {SMALL}px system-ui, sans-serif; }}\n"
        f".architecture .name {{ font: 600 {LARGE}px system-ui, sans-serif; }}\n"
        f".architecture .note {{ font: 400 {SMALL}px system-ui, sans-serif; }}\n"
        ".architecture .line { fill: none; stroke-width: 1.3; }\n"
        ".architecture .frame { stroke-dasharray: 4 3; }\n"
    )
    dark = "@media screen and (prefers-color-scheme: dark) {\n" + _build_colours(DARK) + "}\n"
    return sizes + _build_colours(LIGHT) + dark


def _build_colours(palette: tuple[str, ...]) -> str:
    """Build the CSS rules of a palette without variables, which some SVG viewers do not support."""
    paper, ink, faint, lines, frame, conv, pool, dense = palette
    rules = {
        "text, .architecture .note": f"fill: {faint}",
        ".name": f"fill: {ink}",
        ".paper": f"fill: {paper}",
        ".box": f"fill: {paper}; stroke: {lines}",
        ".frame": f"fill: {frame}; stroke: {lines}; fill-opacity: 0.6",
        ".pill": f"fill: {frame}; stroke: {lines}",
        ".line": f"stroke: {lines}",
        ".head, .architecture .other": f"fill: {lines}",
        ".conv": f"fill: {conv}",
        ".pool": f"fill: {pool}",
        ".dense": f"fill: {dense}",
    }
    return "".join(f".architecture {where} {{ {what}; }}\n" for where, what in rules.items())
