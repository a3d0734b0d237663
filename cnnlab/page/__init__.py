"""The page of the lab: HTML, CSS and JavaScript modules, which the server and `export` read here."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def read_page_file(path: str) -> bytes:
    """Read a file of the page by its path, such as `views/draw.js`.

    Raises:
        FileNotFoundError: the page has no such file.
    """
    if path not in list_page_files():
        raise FileNotFoundError(path)
    return (_FOLDER / path).read_bytes()


def list_page_files() -> list[str]:
    """List the paths of all files of the page."""
    files = (path for path in _FOLDER.rglob("*") if path.is_file() and path.suffix != ".py")
    paths = (path.relative_to(_FOLDER) for path in files)
    return sorted(path.as_posix() for path in paths if "__pycache__" not in path.parts)
