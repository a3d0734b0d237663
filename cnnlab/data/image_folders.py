"""List the files of a data folder, which has one folder of images for each class.

The folders of the classes are inside `train/`, `test/` and a folder of validation images, or
directly inside the data folder. Without `test/`, a share of each class becomes the test set. This
module reads the names of files, not their contents, and skips hidden files.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnlab.counts import choose_form
from cnnlab.data.array_datasets import MAX_CLASSES
from cnnlab.data.other_files import KNOWN_LAYOUTS
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data
from cnnlab.spec.wording import to_one_line

_VALIDATION_NAMES = ("val", "valid", "validation")
_PART_NAMES = ("train", "test", *_VALIDATION_NAMES)
_IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


@dataclass(frozen=True)
class ClassFiles:
    """Image files and their classes.

    `names` are sorted paths below the data folder, and `labels` has the class of each file, from 0.
    """

    names: list[str]
    labels: list[int]


@dataclass(frozen=True)
class ImageTree:
    """The image files of a data folder. `bad` has a message for each entry that is not a file."""

    class_names: tuple[str, ...]
    train: ClassFiles
    validation: ClassFiles
    test: ClassFiles
    bad: list[str]


def list_images(data: Data) -> ImageTree:
    """List the image files of a data folder.

    Raises:
        DataError: the error lists every fault in the layout of the folder and in its classes.
    """
    root = os.path.realpath(data.dataset)
    folders, faults = _list_folders(root, "")
    parts = _find_parts(root, folders)
    if parts:
        faults += _find_part_faults(folders, parts, data)
    classes = {"train": folders}
    for part, folder in parts.items():
        classes[part], more = _list_folders(root, folder)
        faults += more
    if not parts or "train" in parts:
        faults += _find_class_faults(classes, parts, data)
    if faults:
        raise DataError("\n".join(f"{data.dataset}: {fault}" for fault in faults))
    bad: list[str] = []
    names = classes["train"]
    places = {part: f"{folder}/" for part, folder in parts.items()} or {"train": ""}
    files = {
        part: [_list_class_images(root, place + name, bad) for name in names]
        for part, place in places.items()
    }
    if "test" not in files:
        files["train"], files["test"] = _split_off_test(files["train"], data.test or 0)
    if faults := _find_count_faults(names, files, data):
        raise DataError("\n".join(f"{data.dataset}: {fault}" for fault in [*faults, *bad]))
    train, validation, test = (
        _flatten_classes(files.get(part, [])) for part in ("train", "validation", "test")
    )
    return ImageTree(tuple(names), train, validation, test, bad)


def _find_parts(root: str, folders: list[str]) -> dict[str, str]:
    """Find the folders of the training, validation and test images; empty without such folders.

    A single folder of such a name is the folder of a class, unless it has folders itself.
    """
    found = [name for name in _PART_NAMES if name in folders]
    if not {"train", "test"} <= set(found):
        found = [name for name in found if _list_folders(root, name)[0]]
    if "train" not in found and "test" not in found:
        return {}
    # In reverse, so that the first of several names for the validation images counts.
    parts = {"validation" if name in _VALIDATION_NAMES else name: name for name in found[::-1]}
    return {part: parts[part] for part in ("train", "validation", "test") if part in parts}


def _flatten_classes(classes: list[list[str]]) -> ClassFiles:
    labels = [label for label, names in enumerate(classes) for _ in names]
    return ClassFiles([name for names in classes for name in names], labels)


def _list_entries(root: str, folder: str) -> list[os.DirEntry[str]]:
    """List the entries of a folder without hidden files, sorted by name."""
    path = Path(root) / folder
    try:
        with os.scandir(path) as entries:
            visible_entries = [entry for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        message = f"{path}: there is no such folder (paths are read from the config's folder)"
        raise DataError(message) from None
    except NotADirectoryError:
        raise DataError(f"{path}: a file, not a folder\n{KNOWN_LAYOUTS}") from None
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise DataError(f"{path}: the folder cannot be read: {reason}") from None
    return sorted(visible_entries, key=lambda entry: entry.name)


def _list_folders(root: str, inside: str) -> tuple[list[str], list[str]]:
    """List the names of the folders inside a folder, and the faults of its other entries.

    Images and links out of the data folder are faults; other files, such as a README, are not.
    """
    names, faults = [], []
    for entry in _list_entries(root, inside):
        where = to_one_line(os.path.join(inside, entry.name))
        if entry.is_symlink() and (fault := _find_link_fault(root, entry)):
            faults.append(f"{where}: {fault}")
        elif entry.is_dir():
            names.append(entry.name)
        elif entry.name.lower().endswith(_IMAGE_ENDINGS):
            faults.append(f"{where}: an image outside the folder of its class; move it into one")
    return names, faults


def _find_part_faults(folders: list[str], parts: dict[str, str], data: Data) -> Iterator[str]:
    """Yield the faults of train/, test/ and the folder of the validation images."""
    known = ", ".join(f"{part}/" for part in parts.values())
    if "train" not in parts:
        yield f"it has {known} but no train/; put one folder for each class into train/"
    for name in folders:
        if name in _VALIDATION_NAMES and name != parts["validation"]:
            other = parts["validation"]
            yield f"{name}/ and {other}/ are both for validation images; move them into one"
        elif name not in parts.values():
            where = f"{to_one_line(name)}/ is beside {known}"
            yield f"{where}: move its images into the folders of the classes, or remove it"
    if "test" in parts and data.test is not None:
        yield "it has a folder test/, so cnnlab sets no share aside for the test: leave `test` out"
    elif "test" not in parts and data.test is None:
        rename = f", or rename {parts['validation']}/ to test/" if "validation" in parts else ""
        yield (
            f"it has {known} but no test/; write `test: 0.2` below `data:`, the share of each "
            f"class of train/ that is set aside for the test{rename}"
        )


def _find_class_faults(
    classes: dict[str, list[str]], parts: dict[str, str], data: Data
) -> Iterator[str]:
    """Yield the faults of the class folders: their number, bad names, classes without training."""
    train = classes["train"]
    where = "train/" if parts else "it"
    if len(train) < 2:
        present = f"one class, {to_one_line(train[0])}" if train else "no folders"
        yield f"{where} has {present}; expected two folders of images or more, one for each class"
    if len(train) > MAX_CLASSES:
        yield f"{where} has {len(train):,} folders; cnnlab reads at most {MAX_CLASSES:,} classes"
    for name in train[:MAX_CLASSES]:
        if not name.isprintable() or len(name) > 100:
            printable_name = to_one_line(repr(name))[:120]
            yield f"the name of the class {printable_name} cannot be printed in one line; rename it"
    yield from _find_similar_names(train)
    by_form = {_normalize_name(name): name for name in train}
    for part in parts:
        for name in [name for name in classes[part] if name not in train][:MAX_CLASSES]:
            similar = by_form.get(_normalize_name(name))
            hint = f", but {to_one_line(similar)}; give both the same name" if similar else ""
            yield f"{parts[part]}/{to_one_line(name)}: train/ has no such class{hint}"
    if not parts and data.test is None:
        yield (
            "it has no train/ and test/; write `test: 0.2` below `data:`, the share of each "
            "class that is set aside for the test"
        )


def _find_similar_names(names: list[str]) -> Iterator[str]:
    """Yield a fault for each pair of class names that differ only in case or Unicode form."""
    earlier: dict[str, str] = {}
    for name in names[:MAX_CLASSES]:
        other = earlier.setdefault(_normalize_name(name), name)
        if other != name:
            same_case = unicodedata.normalize("NFC", other) == unicodedata.normalize("NFC", name)
            how = "in the Unicode form of a letter" if same_case else "in upper and lower case"
            pair = f"{to_one_line(other)} and {to_one_line(name)}"
            yield f"the classes {pair} differ only {how}; move the images into one of them"


def _normalize_name(name: str) -> str:
    """Return a form of the name that is the same for names which look alike to a person."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _list_class_images(root: str, folder: str, bad: list[str]) -> list[str]:
    """List the files in the folder of a class; add a message to `bad` for each other entry."""
    if not os.path.isdir(os.path.join(root, folder)):
        return []  # a class without test images
    names = []
    for entry in _list_entries(root, folder):
        name = f"{folder}/{entry.name}"
        fault = _find_entry_fault(root, entry)
        if fault:
            bad.append(f"{to_one_line(name)}: {fault}")
        else:
            names.append(name)
    return names


def _find_entry_fault(root: str, entry: os.DirEntry[str]) -> str:
    if not entry.name.isprintable():  # for example a byte that is not UTF-8
        return "a name that cannot be printed in one line; rename it"
    if entry.is_symlink() and (fault := _find_link_fault(root, entry)):
        return fault
    if entry.is_dir():
        return "a folder inside the folder of a class; move its images up, or remove it"
    return "" if entry.is_file() else "a pipe or a device, not a file; remove it"


def _find_link_fault(root: str, link: os.DirEntry[str]) -> str:
    """Explain why cnnlab does not follow a link; empty if its target is inside the data folder."""
    target = os.path.realpath(link.path)
    if os.path.commonpath([root, target]) != root:
        return "a link out of the data set's folder; put the file itself there"
    return "" if os.path.exists(target) else "a link to nothing; remove it"


def _split_off_test(
    classes: list[list[str]], share: float
) -> tuple[list[list[str]], list[list[str]]]:
    """Split each class into training and test images by the hashes of their names.

    So the split depends only on the names of the files, and not on a seed.
    """
    train, test = [], []
    for names in classes:
        count = min(max(1, round(len(names) * share)), len(names) - 1)
        test_names = set(sorted(names, key=_hash_name)[: max(count, 0)])
        train.append([name for name in names if name not in test_names])
        test.append([name for name in names if name in test_names])
    return train, test


def _hash_name(name: str) -> bytes:
    return hashlib.sha256(os.fsencode(name)).digest()


def _find_count_faults(
    names: list[str], files: dict[str, list[list[str]]], data: Data
) -> list[str]:
    """Find a fault for each class that has too few images, and for a split without images."""
    few = 2 if data.validation and "validation" not in files else 1
    expected = "two or more (one is held out for validation)" if few == 2 else "one or more"
    faults = [
        f"the class {name} has {len(some) or 'no'} {choose_form(len(some), 'image')} to train "
        f"on; expected {expected}"
        for name, some in zip(names, files["train"], strict=True)
        if len(some) < few
    ]
    needed = {"validation": "validation images", "test": "test images"}
    empty = [name for part, name in needed.items() if part in files and not any(files[part])]
    return faults or [f"there are no {name}" for name in empty]
