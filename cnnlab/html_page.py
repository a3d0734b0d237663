"""Build the HTML page of a report or a comparison: one file that loads no other file.

The page uses light or dark colours, as the reader's system does, and fits a phone screen and
printed paper. Only the frames that `build_scrollable` builds scroll sideways, where a table or
code is wider than the screen.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Sequence
from html import escape

# Every text has a contrast of 4.5 or more with its background, which is level AA of WCAG 2.
# Pictures have no background: SVGs use these variables, PNGs are transparent around their pixels.
LIGHT = {"paper": "#ffffff", "ink": "#1b1f24", "faint": "#57606a", "ground": "#f6f8fa"}
DARK = {"paper": "#161b22", "ink": "#e6edf3", "faint": "#9da7b3", "ground": "#1c2330"}
_LINES = ({"line": "#d0d7de", "mark": "#0b5cad"}, {"line": "#3d4653", "mark": "#79b8ff"})

_REM = 16  # pixels
# Widths of screens in pixels, and the CSS class that hides an element on narrower screens.
_SCREENS = ((380, ""), (40 * _REM, "from-40-rem"), (60 * _REM, "from-60-rem"))


def build_page(title: str, body: str) -> str:
    """Build a complete HTML document. `title` is plain text, `body` is HTML."""
    # The browser enforces that the page loads nothing and runs no script.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{to_html(title)}</title>\n<style>\n{_build_colours()}{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{to_html(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _build_colours() -> str:
    light, dark = (
        " ".join(f"--{name}: {value};" for name, value in (colours | lines).items())
        for colours, lines in zip((LIGHT, DARK), _LINES, strict=True)
    )
    # A printed page has the light colours, even if the screen has the dark ones.
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )


def to_html(text: str) -> str:
    """Escape the characters of a text that have a meaning in HTML."""
    return escape(text)


def build_section(heading: str, *parts: str) -> str:
    """Build a section of the page from a heading in plain text and several pieces of HTML."""
    inner = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{to_html(heading)}</h2>\n{inner}\n</section>\n"


def build_paragraph(text: str, kind: str = "") -> str:
    """Build a paragraph from plain text. The CSS class `kind` is empty, `result` or `faint`."""
    return f"<p{_build_class(kind)}>{to_html(text)}</p>\n"


def build_table(
    about: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Collection[int] = (0,),
    links: Sequence[str] = (),
) -> str:
    """Build a table from plain texts. The first text of each row is the heading of the row.

    Args:
        about: a description for screen readers.
        words: the indices of the columns that hold words, aligned to the left. All other columns
            hold numbers, aligned to the right.
        links: the address to which the heading of each row links; empty for no links.
    """
    kinds = [_build_class("words" if place in words else "") for place in range(len(headings))]
    names = [to_html(heading) for heading in headings]
    head = "".join(
        f'<th scope="col"{kind}>{name}</th>' for kind, name in zip(kinds, names, strict=True)
    )
    lines = []
    for number, (first, *rest) in enumerate(rows):
        cells = zip(kinds[1:], names[1:], rest, strict=True)
        link = f'<a href="{to_html(links[number])}">{to_html(first)}</a>' if links else ""
        lines.append(
            f'<tr><th scope="row"{kinds[0]}>{link or to_html(first)}</th>'
            + "".join(f'<td{kind} data-label="{n}">{to_html(text)}</td>' for kind, n, text in cells)
            + "</tr>"
        )
    body = "\n".join(lines)
    # A phone has the width of five numbers. It shows each row of a wider table as a list.
    is_wide = len(headings) > 5 or len(words) > 1
    table = (
        f"<table{_build_class('lists' if is_wide else '')}>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )
    return build_scrollable(table, about)


def build_facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Build a list of names and values, both in plain text."""
    lines = [f"<dt>{to_html(name)}</dt><dd>{to_html(value)}</dd>" for name, value in pairs]
    return "<dl>\n" + "\n".join(lines) + "\n</dl>"


def build_details(summary: str, html: str) -> str:
    """Build a part of the page that is hidden until the reader opens it by its summary."""
    return f"<details>\n<summary>{to_html(summary)}</summary>\n{html}\n</details>\n"


def build_code(text: str, about: str) -> str:
    """Build a block of preformatted text. Screen readers read `about` as its description."""
    return build_scrollable(f"<pre>{escape(text)}</pre>", about)


def build_scrollable(html: str, about: str) -> str:
    """Put HTML that may be wider than the screen into a frame that scrolls sideways.

    The arrow keys scroll the frame too. `about` describes the frame for screen readers.
    """
    named = f'role="region" tabindex="0" aria-label="{to_html(about)}"'
    return f'<div class="wide" {named}>{html}</div>'


def choose_by_screen(svg: str, width: float, narrow_svg: str) -> str:
    """Show an SVG of `width` pixels, or `narrow_svg` on screens where the SVG would be illegible.

    An SVG is legible at 60% of its width or more.
    """
    for screen, style in _SCREENS:
        if 0.6 * width <= screen - 2 * _REM:  # the page has a margin of 1 rem on each side
            if not style:
                return svg
            return f'<div class="{style}">{svg}</div><div class="{style}-else">{narrow_svg}</div>'
    return narrow_svg


def build_drawing(svg: str) -> str:
    """Build a figure from the drawing of an architecture."""
    return f'<figure class="drawing">{svg}</figure>\n'


def build_panels(
    panels: Sequence[str], caption: str = "", keys: Sequence[tuple[str, str]] = ()
) -> str:
    """Put pictures side by side, or below each other on a narrow screen.

    Args:
        panels: the pictures, as HTML or SVG.
        keys: the legend, as pairs: the SVG of a line, and the name of the line.
    """
    cells = "".join(f"<div>{panel}</div>\n" for panel in panels)
    legend = "".join(f"<li>{line}{to_html(name)}</li>" for line, name in keys)
    above = f'<ul class="keys">{legend}</ul>\n' if keys else ""
    columns = "panels" if len(panels) % 3 == 0 else "panels pairs"
    return build_figure(f'{above}<div class="{columns}">\n{cells}</div>\n', caption)


def build_figure(html: str, caption: str = "") -> str:
    """Build a figure from HTML or SVG, with a caption below the figure."""
    below = f"<figcaption>{to_html(caption)}</figcaption>" if caption else ""
    return f"<figure>\n{html}{below}</figure>\n"


def build_gallery(pictures: Sequence[tuple[str, str]], caption: str) -> str:
    """Put small images with captions into a grid. A wide screen shows more columns of the grid."""
    cells = ""
    for image, text in pictures:
        lines = "<br>".join(map(to_html, text.splitlines()))
        cells += f"<figure>{image}<figcaption>{lines}</figcaption></figure>\n"
    return build_figure(f'<div class="gallery">\n{cells}</div>\n', caption)


def build_pixels(png: bytes, description: str, kind: str = "pixels") -> str:
    """Embed a PNG in full width. With the CSS class `pixels`, each pixel gets sharp edges."""
    data = b64encode(png).decode()
    source = f'src="data:image/png;base64,{data}"'
    return f'<img{_build_class(kind)} {source} alt="{to_html(description)}">'


def format_notebook_text(text: str) -> str:
    """Build HTML that shows a text of several lines in a notebook, with all its line breaks."""
    return f"<pre>{escape(text)}</pre>"


def _build_class(name: str) -> str:
    return f' class="{name}"' if name else ""


_STYLE = """\
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif;
}
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-top: .75rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .15rem; }
h4 { font-size: .9rem; margin: 0 0 .25rem; }
p, dd, li, figcaption { overflow-wrap: anywhere; }
p { margin: .35rem 0; max-width: 46rem; }
.result { font-size: 1.15rem; }
.faint, figcaption { color: var(--faint); }
figcaption { font-size: .9rem; margin-top: .35rem; }
.finding { border-left: 4px solid var(--mark); padding: .1rem 0 .1rem .9rem; margin: 1rem 0; }
.finding h3 { margin-top: 0; }
figure { margin: 1rem 0; }
.wide { overflow-x: auto; max-width: 100%; }
.wide:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
.panels { display: grid; gap: .75rem 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 18.5rem), 1fr)); }
.pairs { grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); }
.panels > div { max-width: 30rem; }
.gallery { display: grid; gap: .75rem .5rem;
  grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); }
.gallery figure { margin: 0; }
.gallery figcaption { font-size: .8rem; line-height: 1.3; }
.keys { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1.25rem;
  font-size: .9rem; overflow-wrap: anywhere; }
.key { display: inline-block; vertical-align: middle; margin-right: .4rem; }
img { display: block; width: 100%; height: auto; max-height: 24rem; object-fit: contain;
  object-position: left; }
.pixels { image-rendering: pixelated; }
svg { display: block; max-width: 100%; height: auto; }
.chart { width: 100%; stroke-linejoin: round; }
.chart text { fill: var(--ink); font-family: system-ui, "DejaVu Sans", sans-serif; }
.chart .frame { fill: none; stroke: var(--line); }
.maps p { margin: .75rem 0 .2rem; font-size: .9rem; }
.maps .image { max-width: 6.5rem; }
.confusion { text-anchor: middle; }
.drawing svg { margin: 0 auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
.words { text-align: left; }
.lists th { white-space: normal; }
.lists tbody th { min-width: 7.5rem; }
.lists td.words { white-space: normal; overflow-wrap: anywhere; min-width: 4.5rem; }
.trials tbody th { min-width: 0; }
a { color: var(--mark); }
summary { cursor: pointer; margin: .75rem 0; }
th { font-weight: 600; }
thead th { color: var(--faint); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .75rem 0; }
dt { color: var(--faint); }
dd { margin: 0; }
pre { background: var(--ground); border: 1px solid var(--line); border-radius: 6px; margin: 0;
  padding: .75rem 1rem; font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.from-40-rem-else, .from-60-rem-else { display: none; }
@media screen and (max-width: 60rem) {
  .from-60-rem { display: none; }
  .from-60-rem-else { display: block; }
  .lists, .lists tbody, .lists tr, .lists th { display: block; }
  .lists thead, .lists td:empty { display: none; }
  .lists tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .lists th, .lists td { border: 0; padding: .1rem 0; white-space: normal;
    overflow-wrap: anywhere; }
  .lists td { display: flex; justify-content: space-between; gap: 1rem; text-align: right; }
  .lists td::before { content: attr(data-label); color: var(--faint); text-align: left; }
  .lists td.words::before { min-width: 30%; }
}
@media screen and (max-width: 40rem) {
  .from-40-rem { display: none; }
  .from-40-rem-else { display: block; }
  table { font-size: .9rem; }
  th, td { padding-right: .5rem; }
  th:first-child { white-space: normal; overflow-wrap: anywhere; }
  tr > :last-child { padding-right: 0; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
@media print {
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  figure, .finding, tr { break-inside: avoid; }
  .wide { overflow: visible; }
  img, svg { max-height: 23cm; }
  .drawing svg { width: auto; }
  th, td { white-space: normal; font-size: 12px; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; width: auto; font-size: 10px; }
}
"""
