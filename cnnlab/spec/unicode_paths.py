"""Find a path on the disk whose names are written in another Unicode form."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path


def find_path(path: Path) -> Path:
    """Return an absolute path as the disk has it; `path` itself if there is no such path.

    A Mac writes é as e and an accent, other systems write one letter. Both look the same.
    """
    if os.path.lexists(path):
        return path
    found = Path(path.anchor)
    for name in path.parts[1:]:
        if not os.path.lexists(found / name):
            wanted = unicodedata.normalize("NFC", name)
            try:
                names = [n for n in os.listdir(found) if unicodedata.normalize("NFC", n) == wanted]
            except OSError:
                return path
            if not names:
                return path
            name = min(names)
        found /= name
    return found
