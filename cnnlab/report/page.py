"""The page that a report stands on: HTML that needs nothing from anywhere, and its looks."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from html import escape


def page(title: str, body: str) -> str:
    """A whole page: in light and dark as the reader's machine asks, in light on paper.

    Args:
        title: as text; `body`: as HTML.
    """
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def section(title: str, *parts: str) -> str:
    """A part of a page under its heading; `parts` are HTML."""
    inner = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{escape(title)}</h2>\n{inner}\n</section>"


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def picture(png: bytes, alt: str, caption: str = "") -> str:
    """A picture inside the page, on a light ground; on a narrow screen it can be moved sideways."""
    width, height = struct.unpack(">II", png[16:24])  # of the PNG's first chunk, IHDR
    data = base64.b64encode(png).decode()
    least = width * 2 // 5  # below two fifths of its size, its letters cannot be read
    image = (
        f'<img src="data:image/png;base64,{data}" width="{width}" height="{height}" '
        f'style="min-width: {least}px" alt="{escape(alt)}">'
    )
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{wide(image, alt, 'light')}{below}</figure>"


def wide(html: str, about: str, kind: str = "") -> str:
    """What may be wider than the screen, in a frame that can be moved sideways, with keys too."""
    classes = f"wide {kind}".strip()
    named = f'role="region" tabindex="0" aria-label="{escape(about)}"'
    return f'<div class="{classes}" {named}>{html}</div>'


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], about: str) -> str:
    """A table of plain texts; the first column names the rows, the others hold numbers."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    lines = [
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(text)}</td>" for text in rest)
        + "</tr>"
        for first, *rest in rows
    ]
    inner = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{chr(10).join(lines)}\n</tbody>"
    return wide(f"<table>\n{inner}\n</table>", about)


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Names with what is said of each, as plain texts."""
    lines = [f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>" for name, told in pairs]
    return "<dl>\n" + "\n".join(lines) + "\n</dl>"


def code(text: str, about: str) -> str:
    """A text as it is, letter for letter."""
    return wide(f"<pre>{escape(text)}</pre>", about)


# Contrast of text with its ground is 4.5 and more in both schemes, as WCAG 2 asks at level AA.
_STYLE = """\
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --faint: #57606a; --line: #d0d7de; --ground: #f6f8fa;
  --mark: #0b5cad;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #161b22; --ink: #e6edf3; --faint: #9da7b3; --line: #3d4653; --ground: #1c2330;
    --mark: #79b8ff;
  }
}
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
th:first-child { text-align: left; font-weight: 600; }
thead th { color: var(--faint); font-weight: 600; }
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
