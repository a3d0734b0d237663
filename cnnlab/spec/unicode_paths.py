"""Find a path on the disk even if the disk has another Unicode form of the names."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path


def find_path(path: Path) -> Path:
    """Return an absolute path in the Unicode form on the disk, or `path` if there is no such path.

    A Mac stores é as e and an accent, and other systems store é as one letter. The two forms look
    alike.
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
