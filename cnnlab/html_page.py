"""The page that reports and comparisons stand on: HTML that needs nothing from anywhere.

It follows the reader's light or dark scheme, and is readable on a phone and on paper: only what
`wide` frames can be moved sideways.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Collection, Sequence
from html import escape

# Every colour of text has a contrast of 4.5 or more with what it stands on, as WCAG 2 asks at level
# AA; pictures bring a white ground of their own.
LIGHT = {"paper": "#ffffff", "ink": "#1b1f24", "faint": "#57606a", "ground": "#f6f8fa"}
DARK = {"paper": "#161b22", "ink": "#e6edf3", "faint": "#9da7b3", "ground": "#1c2330"}
_LINES = ({"line": "#d0d7de", "mark": "#0b5cad"}, {"line": "#3d4653", "mark": "#79b8ff"})


def page(title: str, body: str) -> str:
    """A whole HTML document under its title; `title` is text, `body` is HTML."""
    # What the page must not do, the browser does not let it do.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{as_html(title)}</title>\n<style>\n{_colours()}{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{as_html(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _colours() -> str:
    light, dark = (
        " ".join(f"--{name}: {value};" for name, value in (colours | lines).items())
        for colours, lines in zip((LIGHT, DARK), _LINES, strict=True)
    )
    # Paper is white, whatever the screen is.
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    )


def as_html(text: str) -> str:
    """Text as it may stand between tags and in quotes; a sign stays with its number."""
    return escape(text).replace(" %", "\N{NO-BREAK SPACE}%")


def section(heading: str, *parts: str) -> str:
    """A heading, which is text, and what is below it, which is HTML."""
    inner = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{as_html(heading)}</h2>\n{inner}\n</section>\n"


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of text; `kind` is empty, `result` or `faint`."""
    return f"<p{_class(kind)}>{as_html(text)}</p>\n"


def table(
    about: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Collection[int] = (0,),
) -> str:
    """A table of texts; the first column names the rows.

    Args:
        about: what it is, for those who hear the page.
        words: the columns of words; the others hold numbers, and are aligned to the right.
    """
    kinds = [_class("words" if place in words else "") for place in range(len(headings))]
    head = "".join(
        f'<th scope="col"{kind}>{as_html(text)}</th>'
        for kind, text in zip(kinds, headings, strict=True)
    )
    lines = [
        f'<tr><th scope="row"{kinds[0]}>{as_html(first)}</th>'
        + "".join(
            f"<td{kind}>{as_html(text)}</td>" for kind, text in zip(kinds[1:], rest, strict=True)
        )
        + "</tr>"
        for first, *rest in rows
    ]
    body = "\n".join(lines)
    whole = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    return wide(whole, about)


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Names with what is said of each, as texts."""
    lines = [f"<dt>{as_html(name)}</dt><dd>{as_html(told)}</dd>" for name, told in pairs]
    return "<dl>\n" + "\n".join(lines) + "\n</dl>"


def code(text: str, about: str) -> str:
    """A text as it is, letter for letter."""
    return wide(f"<pre>{escape(text)}</pre>", about)


def wide(html: str, about: str, kind: str = "") -> str:
    """What may be wider than the screen, in a frame that can be moved sideways, with keys too."""
    named = f'role="region" tabindex="0" aria-label="{as_html(about)}"'
    return f"<div{_class(f'wide {kind}'.strip())} {named}>{html}</div>"


def picture(png: bytes, described: str, caption: str = "") -> str:
    """A PNG inside the page, on a white ground; `described` says what is on it in its place."""
    width, height = struct.unpack(">II", png[16:24])  # of the PNG's first chunk, IHDR
    least = width * 2 // 5  # below two fifths of its size, its letters cannot be read
    image = (
        f'<img src="data:image/png;base64,{b64encode(png).decode()}" width="{width}" '
        f'height="{height}" style="min-width: {least}px" alt="{as_html(described)}">'
    )
    below = f"<figcaption>{as_html(caption)}</figcaption>" if caption else ""
    return f"<figure>{wide(image, described, 'light')}{below}</figure>\n"


def format_notebook_text(text: str) -> str:
    """A text of several lines for the cell of a notebook, letter for letter."""
    return f"<pre>{escape(text)}</pre>"


def _class(name: str) -> str:
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
