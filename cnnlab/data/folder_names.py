"""Compare the names of files and folders, and recognise files that operating systems leave."""

from __future__ import annotations

import unicodedata

from cnnlab.counts import format_count

# In lower case. Windows, macOS, Linux and network drives put these beside the files of a person.
_SYSTEM_FILES = {"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"}
_SYSTEM_FOLDERS = {
    "__macosx",
    "$recycle.bin",
    "system volume information",
    "lost+found",
    "@eadir",
    "#recycle",
}
_DOWNLOAD_MARK = ":zone.identifier"  # Windows notes with it where a file comes from


def is_system_name(name: str) -> bool:
    """Whether a file or folder of this name was left by an operating system.

    >>> is_system_name("Thumbs.db"), is_system_name("._cat.jpg"), is_system_name("cat.jpg")
    (True, True, False)
    """
    lower = name.lower()
    return (
        lower in _SYSTEM_FILES
        or lower in _SYSTEM_FOLDERS
        or lower == ".ds_store"
        or lower.startswith("._")
        or lower.endswith(_DOWNLOAD_MARK)
    )


def is_passed_over(name: str) -> bool:
    """Whether cnnlab passes over a file: it is hidden, or an operating system left it."""
    return name.startswith(".") or is_system_name(name)


def describe_system_names(names: list[str]) -> str:
    """Say in one line which files of operating systems were passed over; empty if there are none.

    >>> describe_system_names(["Thumbs.db", "desktop.ini", "Thumbs.db"])
    'cnnlab passed over 3 files of operating systems: Thumbs.db (2), desktop.ini (1)'
    """
    if not names:
        return ""
    counts: dict[str, int] = {}
    for name in names:
        kind = _name_kind(name)
        counts[kind] = counts.get(kind, 0) + 1
    kinds = ", ".join(f"{kind} ({count:,})" for kind, count in counts.items())
    files = format_count(len(names), "file")
    return f"cnnlab passed over {files} of operating systems: {kinds}"


def _name_kind(name: str) -> str:
    lower = name.lower()
    if lower.endswith(_DOWNLOAD_MARK):
        return "*:Zone.Identifier"
    if lower.startswith("._"):
        return "._*"
    return f"{name}/" if lower in _SYSTEM_FOLDERS else name.rstrip("\r")


def normalize_name(name: str) -> str:
    """Return the composed Unicode form of a name; a Mac writes é as e and an accent."""
    return unicodedata.normalize("NFC", name)


def fold_name(name: str) -> str:
    """Return a form of the name that is the same for names which look alike to a person."""
    return normalize_name(normalize_name(name).casefold())
