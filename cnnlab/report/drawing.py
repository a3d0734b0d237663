"""What an architecture is drawn with: boxes, arrows, frames, as pieces of SVG.

Fonts differ from machine to machine, so that a text's width is an estimate on the safe side; what
would not fit is shortened, and told whole by the tooltip.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 268  # of a layer's box
PADDING = 14
GAP = 32  # between boxes: room for an arrow and the shape beside it
BRANCHING = 30  # where ways part and meet
RADIUS = 10  # of a sum
HEAD = 26  # of a frame
LARGE, SMALL = 13, 11  # font sizes
MARGIN = 12

# Paper, ink, faint ink, lines, frames; then convolutions, pools, dense layers.
LIGHT = ("#ffffff", "#1b1f24", "#57606a", "#8c959f", "#f6f8fa", *("#2f6fd0", "#2a8f5b", "#c2590c"))
DARK = ("#161b22", "#e6edf3", "#9da7b3", "#768390", "#1c2330", *("#6ea8fe", "#56c28b", "#f0985a"))


@dataclass(frozen=True)
class Part:
    """A piece of the drawing; the way through the network enters and leaves it at x = `axis`."""

    width: float
    height: float
    axis: float
    svg: str

    def at(self, x: float, y: float) -> str:
        """Its SVG, moved."""
        return f'<g transform="translate({x:g} {y:g})">{self.svg}</g>' if self.svg else ""


def text_width(text: str, size: float) -> float:
    """A little more than a text is wide in any usual font without serifs."""
    return size * sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in "mwMW@%…":
        return 1.0
    return 0.76 if letter.isupper() or letter in "+=×" else 0.65


def fitted(text: str, width: float, size: float) -> str:
    """A text, shortened until it is at most `width` wide."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def box(name: str, parameters: str, window: str, family: str, tip: str) -> Part:
    """A layer: its name, its parameters at the right if there is room, else below its window."""
    room = WIDTH - 2 * PADDING
    beside = text_width(name, LARGE) + 8 + text_width(parameters, SMALL) <= room
    below = [text for text in (window, "" if beside else parameters) if text]
    height = 30 + 16 * len(below)
    parts = [
        f"<title>{escape(tip)}</title>",
        f'<rect class="box" width="{WIDTH}" height="{height}" rx="5"/>',
        f'<rect class="{family}" width="5" height="{height}" rx="2.5"/>',
        f'<text x="{PADDING}" y="19" class="name">{escape(fitted(name, room, LARGE))}</text>',
    ]
    if parameters and beside:
        right = f'x="{WIDTH - PADDING}" y="19" text-anchor="end"'
        parts.append(f"<text {right}>{escape(parameters)}</text>")
    for number, text in enumerate(below):
        place = f'x="{PADDING}" y="{36 + 16 * number}"'
        parts.append(f"<text {place}>{escape(fitted(text, room, SMALL))}</text>")
    return Part(WIDTH, height, WIDTH / 2, "".join(parts))


def pill(text: str) -> Part:
    """A word on its own: the image, the classes, how branches meet."""
    width, height = text_width(text, SMALL) + 2 * PADDING, 24
    middle = f'x="{width / 2:g}" y="16" text-anchor="middle"'
    rect = f'<rect class="pill" width="{width:g}" height="{height}" rx="12"/>'
    return Part(width, height, width / 2, f"{rect}<text {middle}>{escape(text)}</text>")


def line(*points: tuple[float, float], arrow: bool = False) -> str:
    """A line through points, with an arrow at its end or none."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    end = ' marker-end="url(#arrow)"' if arrow else ""
    return f'<polyline class="line" points="{path}"{end}/>'


def label(x: float, y: float, text: str) -> str:
    """A small text beside a line; `y` is its middle."""
    return f'<text x="{x:g}" y="{y + 4:g}">{escape(text)}</text>'


def merge(x: float, y: float, sign: str) -> str:
    """A circle where ways meet."""
    circle = f'<circle class="pill" cx="{x:g}" cy="{y:g}" r="{RADIUS}"/>'
    sign = f'<text class="name" x="{x:g}" y="{y + 4.5:g}" text-anchor="middle">{sign}</text>'
    return circle + sign


def column(parts: Sequence[tuple[Part, str]]) -> Part:
    """Parts below each other on one axis, with arrows; beside each, the shape that leaves the part.

    A part with no text has nothing beside its arrow.
    """
    labels = max(text_width(text, SMALL) + 8 for _, text in parts)
    left = max(part.axis for part, _ in parts)
    right = max(labels, *(part.width - part.axis for part, _ in parts))
    drawn, y = [], 0.0
    for index, (part, text) in enumerate(parts):
        drawn.append(part.at(left - part.axis, y))
        y += part.height
        if index + 1 < len(parts):
            drawn.append(line((left, y), (left, y + GAP), arrow=True))
            drawn.append(label(left + 8, y + GAP / 2 - 2, text) if text else "")
            y += GAP
    return Part(left + right, y, left, "".join(drawn))


def framed(inner: Part, name: str, told: str) -> Part:
    """A part in a frame, with a name above it, and behind the name what is told of it."""
    least = min(text_width(f"{name}  {told}", LARGE), 1.6 * WIDTH) + 2 * PADDING
    width = max(inner.width + 2 * PADDING, least)
    height = HEAD + inner.height + PADDING
    room = width - 2 * PADDING
    shown = fitted(name, room, LARGE)
    room -= text_width(shown, LARGE) + 8
    rest = f'<tspan class="told" dx="8">{escape(fitted(told, room, SMALL))}</tspan>'
    shift = (width - inner.width) / 2
    axis = shift + inner.axis
    parts = [
        f"<title>{escape(f'{name} {told}'.strip())}</title>",
        f'<rect class="frame" width="{width:g}" height="{height:g}" rx="8"/>',
        f'<text class="name" x="{PADDING}" y="17">{escape(shown)}{rest if told else ""}</text>',
        inner.at(shift, HEAD),
        line((axis, HEAD + inner.height), (axis, height)),
    ]
    return Part(width, height, axis, "".join(parts))


def document(part: Part, about: str) -> str:
    """The whole drawing as a file; `about` is what is read out in its place."""
    width, height = part.width + 2 * MARGIN, part.height + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="architecture" role="img" '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        f'aria-label="{escape(about)}">\n'
        f"<title>{escape(about)}</title>\n<style>\n{_style()}</style>\n"
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="head" d="M0 1 L8 4 L0 7 z"/></marker></defs>\n'
        f'<rect class="paper" width="{width:g}" height="{height:g}"/>\n'
        f"{part.at(MARGIN, MARGIN)}\n</svg>\n"
    )


def _style() -> str:
    sizes = (
        f".architecture text {{ font: {SMALL}px system-ui, sans-serif; }}\n"
        f".architecture .name {{ font: 600 {LARGE}px system-ui, sans-serif; }}\n"
        f".architecture .told {{ font: 400 {SMALL}px system-ui, sans-serif; }}\n"
        ".architecture .line { fill: none; stroke-width: 1.3; }\n"
        ".architecture .frame { stroke-dasharray: 4 3; }\n"
    )
    dark = "@media screen and (prefers-color-scheme: dark) {\n" + _colours(DARK) + "}\n"
    return sizes + _colours(LIGHT) + dark


def _colours(palette: tuple[str, ...]) -> str:
    """Plain colours, no variables: not every program that shows SVG knows them."""
    paper, ink, faint, lines, frame, conv, pool, dense = palette
    rules = {
        "text, .architecture .told": f"fill: {faint}",
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
