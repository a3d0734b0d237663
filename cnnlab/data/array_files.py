"""Find the arrays of a data set, which are in one file, in neighbouring files or in a folder.

The content of a file decides the format. The names of arrays and files say to which split the
arrays belong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cnnlab.counts import format_count
from cnnlab.data import csv_files, idx_files, npz_files
from cnnlab.data.array_names import Content, NameParts, SplitName, find_arrays, parse_name
from cnnlab.data.compressed_files import GZIP_START, read_start
from cnnlab.data.other_files import KNOWN_LAYOUTS, describe_other_file, is_other_data_file
from cnnlab.data.stored_arrays import StoredArray
from cnnlab.errors import DataError
from cnnlab.spec.wording import to_one_line

_START_BYTES = 4096  # enough to recognise every format, and the first columns of a CSV file
_MAX_ENTRIES = 10_000  # files of a folder that are compared by name
_MAX_SHOWN = 8
_SPLIT_WORDS = {"train": "training", "validation": "validation", "test": "test"}
_Key = tuple[SplitName, Content]


@dataclass
class ArraySet:
    """The arrays of a data set, by split and content.

    `notes` has sentences about files that cnnlab does not use.
    """

    arrays: dict[_Key, StoredArray] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def get_splits(self) -> list[SplitName]:
        """Return the splits that have images and labels."""
        return [split for split, content in self.arrays if content == "images"]


def open_arrays(path: Path) -> ArraySet:
    """Find the arrays of the data set at `path`, a file or a folder, and read only their headers.

    Raises:
        DataError: there is no such file, the file has an unknown layout, or arrays are missing. The
            error names the arrays that cnnlab found, and all layouts that cnnlab knows.
    """
    if path.is_dir():
        return _open_group(path, _find_group_of_folder(path))
    match _recognise(path):
        case "npz":
            return _open_npz(path)
        case "idx":
            return _open_group(path, _find_neighbours(path))
        case _:
            return _open_csv(path)


def has_array_files(folder: Path) -> bool:
    """Return whether a folder contains files of arrays, and not folders of image files.

    A folder without subfolders contains files of arrays if it has an .npz, CSV or IDX file, or a
    data file in a format that cnnlab does not read; reading such a format raises an error that
    names the file. A folder with subfolders contains files of arrays only if the name of an .npz or
    IDX file says that the file has the images of a split. A CSV file does not count there, because
    image folders often come with a table in a CSV file.
    """
    entries = list(_scan(folder))
    names = [entry.name for entry in entries if _names_arrays(entry.name)]
    if any(entry.is_dir() for entry in entries):
        parts = [parse_name(name) for name in names if ".csv" not in name.lower()]
        return any(one and one.split and one.content == "images" for one in parts)
    return bool(names) or any(is_other_data_file(entry.name) for entry in entries)


def _scan(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number == _MAX_ENTRIES:
                    return
                if not entry.name.startswith("."):
                    yield entry
    except OSError:
        return  # the reader of image folders reports it


def _names_arrays(name: str) -> bool:
    """Return whether the name of a file is that of an IDX, .npz or CSV file."""
    parts = parse_name(name)
    lower = name.lower().removesuffix(".gz")
    is_idx = bool(parts and parts.content and "ubyte" in lower)
    return is_idx or lower.endswith((".npz", ".csv"))


def _recognise(path: Path) -> str:
    """Return the format of a file: npz, idx or csv. Raise DataError for any other file."""
    try:
        start = read_start(path, _START_BYTES)
    except FileNotFoundError:
        message = f"{path}: there is no such file (relative paths start at the config's folder)"
        raise DataError(message) from None
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read: {to_one_line(error)}") from None
    if start.startswith(b"PK\3\4") or path.name.lower().endswith(".npz"):
        return "npz"
    if idx_files.is_idx(start):
        return "idx"
    first_line = start.split(b"\n", 1)[0]
    is_text = start and not start.startswith(GZIP_START) and min(start) >= ord("\t")
    if is_text and b"," in first_line:
        return "csv"
    raise DataError(f"{path}: {describe_other_file(path.name, start)}")


def _open_npz(path: Path) -> ArraySet:
    arrays = {array.name: array for array in npz_files.list_arrays(path)}
    found = find_arrays(arrays)
    if not found and len(arrays) == 1 and _get_content(path.name):
        return _open_group(path, _find_neighbours(path))
    twice = [names for names in found.values() if len(names) > 1]
    if twice:
        same = " and ".join(twice[0][:2])
        one = f"the {_name_key(found, twice[0])}"
        raise DataError(f"{path}: {same} can both be {one}; remove one of them")
    described = [array.describe() for array in arrays.values()]
    _require_complete(path, set(found), f"the file has {_shorten(described) or 'no arrays'}")
    return ArraySet({key: arrays[names[0]] for key, names in found.items()})


def _name_key(found: dict[_Key, list[str]], names: list[str]) -> str:
    split, content = next(key for key, value in found.items() if value is names)
    return f"{content} of the {split} split"


def _open_csv(path: Path) -> ArraySet:
    """Open a CSV file, and the file beside it whose name has `test` in place of `train`."""
    found = ArraySet()
    for (split, _), file in _find_neighbours(path).items():
        images, labels = csv_files.read_arrays(file)
        if labels is None:
            if split == "train":
                columns = "no column has the name label"
                raise DataError(f"{file}: {columns}; expected {csv_files.EXPECTED}")
            found.notes.append(f"{file.name} has no labels, so cnnlab does not use it")
            continue
        found.arrays[split, "images"], found.arrays[split, "labels"] = images, labels
    _require_complete(path, set(found.arrays), f"{path.name} is not the training file")
    return found


def _get_content(name: str) -> Content | None:
    parts = parse_name(name)
    return parts.content if parts else None


def _open_group(path: Path, files: dict[_Key, Path]) -> ArraySet:
    """Open the files of one data set, where a file has one array, two arrays or all arrays."""
    if path.is_dir() and len(files) == 1:
        return open_arrays(*files.values())
    if any(_recognise(file) == "csv" for file in files.values()):
        return _open_csv(next(iter(files.values())))
    names = sorted(to_one_line(file.name) for file in files.values())
    place = path if path.is_dir() else path.parent
    if not names:
        names = sorted(to_one_line(entry.name) for entry in _scan(place))
    _require_complete(path, set(files), f"{place} has {_shorten(names)}")
    found = ArraySet()
    for key, file in files.items():
        if _recognise(file) == "idx":
            found.arrays[key] = idx_files.read_array(file)
            continue
        arrays = npz_files.list_arrays(file)
        if len(arrays) != 1:
            count = format_count(len(arrays), "array")
            raise DataError(f"{file}: it has {count}; expected one, the {key[1]}")
        found.arrays[key] = arrays[0]
    return found


def _require_complete(path: Path, keys: set[_Key], found: str) -> None:
    """Raise DataError if a split lacks images or labels, or if there is no training split."""
    splits: set[SplitName] = {"train", *(split for split, _ in keys)}
    contents: tuple[Content, ...] = ("images", "labels")
    missing = [
        f"the {_SPLIT_WORDS[split]} {content}"
        for split in sorted(splits)
        for content in contents
        if (split, content) not in keys
    ]
    if missing:
        names = " and ".join(missing)
        raise DataError(f"{path}: {found}; cnnlab does not find {names}\n{KNOWN_LAYOUTS}")


def _shorten(names: list[str]) -> str:
    return ", ".join(names[:_MAX_SHOWN]) + (", …" if len(names) > _MAX_SHOWN else "")


def _find_neighbours(path: Path) -> dict[_Key, Path]:
    """Find the files beside `path` that belong to the same data set, by their names."""
    own = parse_name(path.name)
    if own is None or own.split is None:
        return {("train", (own and own.content) or "images"): path}
    group = _group_files(path.parent).get(_get_group(path.name, own), {})
    # The file that the user names comes before one of the same kind, such as its copy in gzip.
    group[own.split, own.content or "images"] = path
    return group


def _find_group_of_folder(folder: Path) -> dict[_Key, Path]:
    """Find the files of the data set in a folder.

    Raises:
        DataError: the folder has files of several data sets, or of none.
    """
    groups = _group_files(folder)
    whole = [files for files in groups.values() if ("train", "images") in files]
    arrays = [files for files in whole if ("train", "labels") in files]
    candidates = arrays or whole
    if len(candidates) > 1:
        names = _shorten([to_one_line(files["train", "images"].name) for files in candidates])
        raise DataError(
            f"{folder}: it has the files of several data sets; name the file with the training "
            f"images of one of them: {names}"
        )
    return candidates[0] if candidates else {}


_Group = tuple[str, tuple[str, ...], bool]


def _get_group(name: str, parts: NameParts) -> _Group:
    """Return the properties of a file name that all files of one data set share."""
    lower = name.lower().removesuffix(".gz")
    ending = next((end for end in (".npz", ".csv") if lower.endswith(end)), "")
    return ending, parts.others, parts.content is None


def _group_files(folder: Path) -> dict[_Group, dict[_Key, Path]]:
    """Group the array files of a folder by data set, and skip gzip copies of other files.

    This also skips links to files outside the folder.
    """
    root = os.path.realpath(folder)
    groups: dict[_Group, dict[_Key, Path]] = {}
    for entry in sorted(_scan(folder), key=lambda entry: (entry.name.endswith(".gz"), entry.name)):
        parts = parse_name(entry.name)
        is_inside = os.path.dirname(os.path.realpath(entry.path)) == root
        if parts is None or not _names_arrays(entry.name) or not is_inside or not entry.is_file():
            continue
        key: _Key = (parts.split or "train", parts.content or "images")
        groups.setdefault(_get_group(entry.name, parts), {}).setdefault(key, Path(entry.path))
    return groups
