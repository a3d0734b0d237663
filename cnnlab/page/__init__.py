"""The files of the lab's page: HTML, style sheets and JavaScript modules, which a browser runs."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent
_ENDINGS = (".html", ".css", ".js", ".svg", ".json")


def list_page_files() -> list[str]:
    """List the paths of all files of the page, such as `app.js` and `views/draw.js`."""
    paths = (path for path in _FOLDER.rglob("*") if path.suffix in _ENDINGS)
    return sorted(path.relative_to(_FOLDER).as_posix() for path in paths)


def read_page_file(path: str) -> bytes:
    """Read a file of the page; raises FileNotFoundError for all other paths."""
    if path not in list_page_files():
        raise FileNotFoundError(path)
    return (_FOLDER / path).read_bytes()
