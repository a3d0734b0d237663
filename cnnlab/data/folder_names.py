"""Compare names of files and folders, and recognise files that operating systems create."""

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
    """Whether a name is that of a file or folder which operating systems create.

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


VALIDATION_NAMES = ("val", "valid", "validation")  # of a folder of validation images
# What people call train/, test/ and val/, in lower case.
_PART_NAMES = {
    "train": ("train", "training", "trainset", "train_set", "training_set"),
    "test": ("test", "testing", "testset", "test_set", "testing_set"),
    "val": (*VALIDATION_NAMES, "validate", "val_set", "validation_set"),
}


def find_part_name(name: str) -> str:
    """Find the name by which cnnlab knows a folder of training, test or validation images.

    >>> find_part_name("Training"), find_part_name("testing"), find_part_name("cat")
    ('train', 'test', '')
    """
    return next((part for part, names in _PART_NAMES.items() if name.lower() in names), "")


def is_passed_over(name: str) -> bool:
    """Whether cnnlab skips a file because the file is hidden or an operating system created it."""
    return name.startswith(".") or is_system_name(name)


def describe_system_names(names: list[str]) -> str:
    """Name in one line the files of operating systems that cnnlab skipped; return "" without any.

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
    """Return the composed Unicode form of a name, where é is one character."""
    return unicodedata.normalize("NFC", name)


def fold_name(name: str) -> str:
    """Return a text that is equal for names which differ only in case or Unicode form."""
    return normalize_name(normalize_name(name).casefold())
