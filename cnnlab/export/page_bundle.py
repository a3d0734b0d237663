"""Put the page of the lab into one HTML file, which opens from a disk without a server.

An import map gives each JavaScript module as a `data:` URL. The relative imports of the modules
become names of this map, because a module from a `data:` URL has no folder.
"""

from __future__ import annotations

import json
import posixpath
import re
from base64 import b64encode
from collections.abc import Mapping

from cnnlab.html_page import to_html
from cnnlab.page import read_page_file

_ENTRY = "lesson.js"
_STYLES = ("style.css", "views/draw.css", "views/look.css")
_PREFIX = "cnnlab/"  # of the names in the import map
# The path in `import {…} from "./x.js"`, `export {…} from "./x.js"` and `import "./x.js"`.
_IMPORT = re.compile(r'^((?:import|export)\b[^"]*)"(\.{1,2}/[^"]+)"', re.MULTILINE)
# Comments in lines of their own. The file needs none, and they would be a fifth of the modules.
_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
# The browser enforces that the file loads nothing else.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; "
    "img-src data: blob:"
)


def build_html(title: str, data: Mapping[str, str]) -> str:
    """Build the HTML file.

    Args:
        title: the title of the page, as plain text.
        data: texts for the page by their names; the page finds each text in the element with this
            id. The texts are JSON.
    """
    modules = {_PREFIX + path: _to_data_url(text) for path, text in collect_modules(_ENTRY).items()}
    styles = "\n".join(read_page_file(path).decode() for path in _STYLES)
    icon = b64encode(read_page_file("icon.svg")).decode()
    elements = "\n".join(
        f'<script type="application/json" id="{to_html(name)}">{escape_script(text)}</script>'
        for name, text in data.items()
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<link rel="icon" href="data:image/svg+xml;base64,{icon}">\n'
        f"<title>{to_html(title)}</title>\n<style>\n{styles}</style>\n</head>\n"
        '<body>\n<div id="app"></div>\n'
        "<noscript>This page computes the network in the browser: it needs JavaScript.</noscript>\n"
        f"{elements}\n"
        f'<script type="importmap">{escape_script(json.dumps({"imports": modules}))}</script>\n'
        f'<script type="module">import "{_PREFIX}{_ENTRY}";</script>\n</body>\n</html>\n'
    )


def collect_modules(entry: str) -> dict[str, str]:
    """Collect a module of the page and all modules that it imports, by their paths.

    In the texts, the paths of imports are names of the import map, and there are no comments.
    """
    modules: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path in modules:
            continue
        text = read_page_file(path).decode()
        waiting += [_resolve(path, match[2]) for match in _IMPORT.finditer(text)]
        modules[path] = _name_imports(path, _COMMENT.sub("", text))
    return modules


def _name_imports(path: str, text: str) -> str:
    """Replace the relative paths of imports by names of the import map."""
    return _IMPORT.sub(lambda match: f'{match[1]}"{_PREFIX}{_resolve(path, match[2])}"', text)


def _resolve(path: str, relative: str) -> str:
    """
    >>> _resolve("views/draw.js", "../store.js")
    'store.js'
    """
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))


def _to_data_url(text: str) -> str:
    return f"data:text/javascript;base64,{b64encode(text.encode()).decode()}"


def escape_script(text: str) -> str:
    r"""Escape JSON for a script element, which ends at `</script`.

    >>> escape_script('{"name": "</script>"}')
    '{"name": "\\u003c/script>"}'
    """
    return text.replace("<", r"\u003c")
