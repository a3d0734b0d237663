"""The files of the lab's page: HTML, style sheets and JavaScript modules, which a browser runs."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

_FOLDER = Path(__file__).parent
_ENDINGS = (".html", ".css", ".js", ".svg", ".json")


def list_page_files() -> list[str]:
    """List the paths of all files of the page, such as `app.js` and `views/draw.js`."""
    paths = (path for path in _FOLDER.rglob("*") if path.suffix in _ENDINGS)
    return sorted(path.relative_to(_FOLDER).as_posix() for path in paths)


def read_page_file(path: str) -> bytes:
    """Read a file of the page; raises FileNotFoundError for all other paths."""
    file, parts = _FOLDER / path, PurePosixPath(path).parts
    is_plain = path == "/".join(parts) and ".." not in parts and "\\" not in path
    if not (is_plain and file.suffix in _ENDINGS and file.is_file()):
        raise FileNotFoundError(path)
    return file.read_bytes()
