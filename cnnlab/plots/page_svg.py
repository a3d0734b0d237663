"""Convert figures to SVG for HTML pages: text and lines have the colours of the page."""

from __future__ import annotations

import io
import re
from html import escape

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from cnnlab.plots.fonts import ignore_missing_letters

# The variables of the page in place of matplotlib's black and grays.
_SCHEME = {
    # matplotlib writes no `fill` for pure black; a filled mark is almost black.
    "#000000": "var(--ink)",
    "#010101": "var(--ink)",
    "#fefefe": "var(--paper)",
    "#555555": "var(--faint)",
    "#b0b0b0": "var(--faint)",
}
_WIDTH = 288  # units of the SVG, 72 in an inch: about the width of a phone, so that letters fit
_LEFT, _RIGHT, _ABOVE, _BELOW = 62, 16, 28, 42  # units around the axes
_DASHES = {"-": "none", "--": "5 2.5", ":": "1.5 2", "-.": "6 2 1.5 2"}
_SHORTENINGS = (
    # A page has several figures, but an id once: only those that something refers to stay.
    (r' id="(?![mp][0-9a-f]{10}"|C\w+_[0-9a-f]{10}")[^"]*"', ""),
    (r"\s*\n\s*", " "),
    (r"font-size: ([\d.]+px); font-family: [^;\"]*", r"font-size: \1"),
    (r"xlink:href", "href"),
    (r' transform="rotate\(-0 [^"]*"', ""),
    (r"(\d\.\d\d)\d+", r"\1"),
)


def build_panel(height: float = 216, left: float = _LEFT, share_y: Axes | None = None) -> Axes:
    """Build a figure with one pair of axes, as wide as a phone; all sizes are in SVG units."""
    figure = Figure(figsize=(_WIDTH / 72, height / 72))
    box = (
        left / _WIDTH,
        _BELOW / height,
        (_WIDTH - left - _RIGHT) / _WIDTH,
        (height - _ABOVE - _BELOW) / height,
    )
    axes = figure.add_axes(box, sharey=share_y)
    if share_y is None:
        # Longer numbers leave no room for a label.
        axes.ticklabel_format(axis="y", scilimits=(-4, 5))
    return axes


def draw_key(colour: str, linestyle: str = "-", width: float = 2) -> str:
    """Draw the short line, as SVG, that a legend shows before the name of a curve."""
    style = f"stroke: {_follow_scheme(to_hex(colour))}; stroke-width: {width:g}"
    dashes = f"stroke-dasharray: {_DASHES[linestyle]}"
    line = f'<path d="M 0 5 H 28" style="{style}; {dashes}"/>'
    return f'<svg class="key" width="28" height="10" aria-hidden="true">{line}</svg>'


def to_svg(panel: Axes, description: str) -> str:
    """Convert a figure of `build_panel` to SVG; equal figures give equal texts.

    Args:
        description: the text for screen readers, which must differ between the figures of a page.
    """
    figure = panel.figure
    assert isinstance(figure, Figure)
    figure.patch.set_visible(False)
    panel.patch.set_visible(False)
    file = io.StringIO()
    options = {"svg.fonttype": "none", "svg.hashsalt": description}
    with rc_context(options), ignore_missing_letters():  # the browser has its own fonts
        FigureCanvasSVG(figure).print_svg(
            file, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    whole = file.getvalue()
    inner = whole[whole.index('<g id="figure_1"') : whole.rindex("</svg>")]
    width, height = 72 * figure.get_size_inches()
    return (
        f'<svg class="chart" role="img" aria-label="{escape(description)}" '
        f'viewBox="0 0 {width:g} {height:g}">{_shorten(inner)}</svg>'
    )


def _shorten(svg: str) -> str:
    """Remove what an HTML page does not need, and replace fixed colours by CSS variables."""

    def shorten_tag(found: re.Match[str]) -> str:
        tag = found[0]
        for pattern, text in _SHORTENINGS:
            tag = re.sub(pattern, text, tag)
        return _follow_scheme(tag)

    return re.sub(r"<[^>]+>", shorten_tag, re.sub(r">\s+<", "><", svg.strip()))


def _follow_scheme(text: str) -> str:
    return re.sub("|".join(_SCHEME), lambda colour: _SCHEME[colour[0]], text)
