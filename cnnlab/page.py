"""One self-contained HTML page: its skeleton, its style, and the parts that pages are made of.

It loads nothing from anywhere, follows the reader's light or dark scheme, and is readable on a
phone and on paper: only tables and wide pictures scroll, each inside its own frame.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Sequence
from html import escape as escaped

# Every colour of text has a contrast of 4.5 or more to what it stands on (WCAG 2.2 AA), which a
# test computes; pictures bring a white ground of their own.
LIGHT = {"ground": "#ffffff", "panel": "#f3f4f6", "text": "#1b1f24", "quiet": "#57606a"}
DARK = {"ground": "#14171a", "panel": "#20252a", "text": "#e6e8ea", "quiet": "#a5adb5"}
_LINES = ("#d0d7de", "#3b434b")
_STYLE = """
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; background: var(--ground);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25 }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem }
.answer { background: var(--panel); padding: 0.75rem 1rem; border-radius: 0.4rem;
  font-size: 1.1rem }
.quiet, figcaption { color: var(--quiet); font-size: 0.9rem }
.scroll { overflow-x: auto; max-width: 100% }
table { border-collapse: collapse; font-size: 0.9rem; overflow-wrap: normal }
th, td { padding: 0.3rem 0.55rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; font-variant-numeric: tabular-nums }
th { background: var(--panel) }
th.words, td.words { text-align: left }
td.words + td.words { white-space: normal; min-width: 9rem; max-width: 20rem }
figure { margin: 1rem 0 }
.scroll figure { min-width: 44rem }
img, svg { display: block; max-width: 100%; height: auto; background: #ffffff;
  border-radius: 0.3rem }
pre { margin: 0; padding: 0.75rem 1rem; background: var(--panel); font-size: 0.85rem;
  overflow-x: auto }
@media print {
  body { max-width: none } .scroll { overflow: visible } .scroll figure { min-width: 0 }
  table { font-size: 0.7rem } figure, tr { break-inside: avoid } }
"""


def page(title: str, body: str) -> str:
    """A whole HTML document; `body` is HTML, `title` is not."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        # What the page must not do, the browser does not let it do.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">\n"
        f"<title>{text_as_html(title)}</title>\n<style>\n{_colours()}{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{text_as_html(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _colours() -> str:
    light, dark = (
        " ".join(f"--{name}: {value};" for name, value in {**colours, "line": line}.items())
        for colours, line in zip((LIGHT, DARK), _LINES, strict=True)
    )
    # Paper is white, whatever the screen is.
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"
    )


def text_as_html(text: str) -> str:
    """Text as it may stand between tags and in quotes; a sign stays with its number."""
    return escaped(text).replace(" %", "\N{NO-BREAK SPACE}%")


def section(heading: str, body: str) -> str:
    """A heading, which is text, and what is below it, which is HTML."""
    return f"<section>\n<h2>{text_as_html(heading)}</h2>\n{body}\n</section>\n"


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of text; `kind` is empty, `answer` or `quiet`."""
    return f"<p{_class(kind)}>{text_as_html(text)}</p>\n"


def table(
    name: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: Collection[int] = (0,),
) -> str:
    """A table of texts that scrolls inside its frame.

    Args:
        name: what it is, for those who hear the page.
        words: the columns of words; the others hold numbers, and are aligned to the right.
    """
    head = "".join(
        f'<th scope="col"{_class("words" if place in words else "")}>{text_as_html(text)}</th>'
        for place, text in enumerate(headings)
    )
    lines = "\n".join(
        "<tr>"
        + "".join(
            f"<td{_class('words' if place in words else '')}>{text_as_html(text)}</td>"
            for place, text in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    body = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody>"
    return framed(name, f"<table>\n{body}\n</table>")


def framed(name: str, body: str) -> str:
    """HTML that may be wider than the page, in a frame that scrolls, by keyboard too."""
    label = text_as_html(name)
    return f'<div class="scroll" role="region" aria-label="{label}" tabindex="0">\n{body}\n</div>\n'


def picture(png: bytes, described: str, caption: str = "") -> str:
    """A PNG inside the page; `described` says what is on it to those who do not see it."""
    source = f"data:image/png;base64,{b64encode(png).decode()}"
    below = f"<figcaption>{text_as_html(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="{source}" alt="{text_as_html(described)}">{below}</figure>\n'


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
