"""Build the HTML page of a report or a comparison: one file that loads no other file.

The page uses light or dark colours, as the reader's system does, and fits a phone screen and
printed paper. Only the frames that `build_scrollable` builds scroll sideways.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Collection, Sequence
from html import escape

# Every text has a contrast of 4.5 or more with its background, which is level AA of WCAG 2.
# Pictures have a white background of their own.
LIGHT = {"paper": "#ffffff", "ink": "#1b1f24", "faint": "#57606a", "ground": "#f6f8fa"}
DARK = {"paper": "#161b22", "ink": "#e6edf3", "faint": "#9da7b3", "ground": "#1c2330"}
_LINES = ({"line": "#d0d7de", "mark": "#0b5cad"}, {"line": "#3d4653", "mark": "#79b8ff"})


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
    """Escape text for HTML."""
    return escape(text)


def build_section(heading: str, *parts: str) -> str:
    """Build a section of the page. `heading` is plain text, `parts` are HTML; skip empty parts."""
    inner = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{to_html(heading)}</h2>\n{inner}\n</section>\n"


def build_paragraph(text: str, kind: str = "") -> str:
    """Build a paragraph from plain text. Its style `kind` is empty, `result` or `faint`."""
    return f"<p{_build_class(kind)}>{to_html(text)}</p>\n"


def build_table(
    about: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Collection[int] = (0,),
) -> str:
    """Build a table from plain texts. The first text of each row is the heading of the row.

    Args:
        about: a description for screen readers.
        words: the indices of the columns that hold words, aligned to the left. All other columns
            hold numbers, aligned to the right.
    """
    kinds = [_build_class("words" if place in words else "") for place in range(len(headings))]
    head = "".join(
        f'<th scope="col"{kind}>{to_html(text)}</th>'
        for kind, text in zip(kinds, headings, strict=True)
    )
    lines = [
        f'<tr><th scope="row"{kinds[0]}>{to_html(first)}</th>'
        + "".join(
            f"<td{kind}>{to_html(text)}</td>" for kind, text in zip(kinds[1:], rest, strict=True)
        )
        + "</tr>"
        for first, *rest in rows
    ]
    body = "\n".join(lines)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    return build_scrollable(table, about)


def build_facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Build a list of (name, value) pairs; names and values are plain text."""
    lines = [f"<dt>{to_html(name)}</dt><dd>{to_html(value)}</dd>" for name, value in pairs]
    return "<dl>\n" + "\n".join(lines) + "\n</dl>"


def build_code(text: str, about: str) -> str:
    """Build a block of preformatted text. Screen readers read `about` as its description."""
    return build_scrollable(f"<pre>{escape(text)}</pre>", about)


def build_scrollable(html: str, about: str, kind: str = "") -> str:
    """Put HTML that may be wider than the screen into a frame that scrolls sideways.

    The arrow keys scroll it too. `about` describes the frame for screen readers.
    """
    named = f'role="region" tabindex="0" aria-label="{to_html(about)}"'
    return f"<div{_build_class(f'wide {kind}'.strip())} {named}>{html}</div>"


def build_picture(png: bytes, description: str, caption: str = "") -> str:
    """Embed a PNG on a white background. Screen readers read `description`."""
    width, height = struct.unpack(">II", png[16:24])  # from IHDR, the first chunk of a PNG
    least = width * 2 // 5  # a picture shrunk to less than two fifths has illegible letters
    image = (
        f'<img src="data:image/png;base64,{b64encode(png).decode()}" width="{width}" '
        f'height="{height}" style="min-width: {least}px" alt="{to_html(description)}">'
    )
    below = f"<figcaption>{to_html(caption)}</figcaption>" if caption else ""
    return f"<figure>{build_scrollable(image, description, 'light')}{below}</figure>\n"


def format_notebook_text(text: str) -> str:
    """Build the HTML that shows a text of several lines unchanged in the cell of a notebook."""
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
h3 { font-size: 1rem; margin: 1rem 0 .15rem; }
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
.light { background: #ffffff; border: 1px solid var(--line); border-radius: 6px; padding: .5rem; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
svg { display: block; margin: 0 auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
.words { text-align: left; }
th { font-weight: 600; }
thead th { color: var(--faint); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .75rem 0; }
dt { color: var(--faint); }
dd { margin: 0; }
pre { background: var(--ground); border: 1px solid var(--line); border-radius: 6px; margin: 0;
  padding: .75rem 1rem; font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace;
  width: max-content; min-width: 100%; }
@media screen and (max-width: 40rem) {
  th, td { padding-right: .55rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
@media print {
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  figure, .finding, tr { break-inside: avoid; }
  .wide { overflow: visible; }
  img, svg { max-width: 100%; max-height: 23cm; height: auto; width: auto; }
  img { min-width: 0 !important; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; width: auto; font-size: 10px; }
}
"""
