"""A folder with one folder of images for each class: which files it holds, in which class.

It has `train/` and `test/` with the classes inside, or the classes themselves, of whose images a
share is kept for the test. Nothing but names is read here; hidden files are passed over.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnlab.data.npz import MAX_CLASSES
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data
from cnnlab.spec.words import one_line

_PARTS = ("train", "test")
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


@dataclass(frozen=True)
class Files:
    """`names`: paths below the data set's folder, by class and name; `labels`: their classes."""

    names: list[str]
    labels: list[int]


@dataclass(frozen=True)
class Tree:
    """The images of a folder, and in `bad` a sentence for each entry that can be none."""

    class_names: tuple[str, ...]
    train: Files
    test: Files
    bad: list[str]


def listed(data: Data) -> Tree:
    """What the folder holds.

    Raises:
        DataError: every fault of its layout, and of its classes.
    """
    root = os.path.realpath(data.dataset)
    folders, faults = _folders(root, "")
    parted = set(_PARTS) <= set(folders)
    if parted:
        faults += [_beside(name) for name in folders if name not in _PARTS]
        faults += _without_share(data)
    else:
        faults += _one_part_alone(root, folders)
    classes = dict.fromkeys(_PARTS, folders)
    for part in _PARTS if parted else ():
        classes[part], more = _folders(root, part)
        faults += more
    faults += _class_faults(classes, data, parted)
    if faults:
        raise DataError("\n".join(f"{data.dataset}: {fault}" for fault in faults))
    bad: list[str] = []
    names = classes["train"]
    parts = [f"{part}/" for part in _PARTS] if parted else [""]
    found = [[_images(root, part + name, bad) for name in names] for part in parts]
    train, test = found if parted else _shared_out(found[0], data.test or 0)
    if faults := _count_faults(names, train, test, data):
        raise DataError("\n".join(f"{data.dataset}: {fault}" for fault in [*faults, *bad]))
    return Tree(tuple(names), _files(train), _files(test), bad)


def _files(classes: list[list[str]]) -> Files:
    labels = [label for label, names in enumerate(classes) for _ in names]
    return Files([name for names in classes for name in names], labels)


def _entries(root: str, folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder but for hidden files, sorted by name."""
    path = Path(root) / folder
    try:
        with os.scandir(path) as entries:
            found = [entry for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        message = f"{path}: there is no such folder (paths are read from the config's folder)"
        raise DataError(message) from None
    except NotADirectoryError:
        message = f"{path}: a file, not a folder; a data set in one file is an .npz file"
        raise DataError(message) from None
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise DataError(f"{path}: the folder cannot be read: {reason}") from None
    return sorted(found, key=lambda entry: entry.name)


def _folders(root: str, inside: str) -> tuple[list[str], list[str]]:
    """The folders in a folder, and what is wrong beside them; a README may stand there too."""
    names, faults = [], []
    for entry in _entries(root, inside):
        where = one_line(os.path.join(inside, entry.name))
        if entry.is_symlink() and (fault := _link_fault(root, entry)):
            faults.append(f"{where}: {fault}")
        elif entry.is_dir():
            names.append(entry.name)
        elif entry.name.lower().endswith(_PICTURES):
            faults.append(f"{where}: an image outside of its class's folder; move it into one")
    return names, faults


def _beside(name: str) -> str:
    return (
        f"{one_line(name)}/ stands beside train/ and test/; cnnlab holds images out of train/ to "
        "validate with by itself: move its images into train/, or take it out"
    )


def _without_share(data: Data) -> list[str]:
    told = "it has a folder test/, so no share of its images is kept for the test: leave `test` out"
    return [told] if data.test is not None else []


def _one_part_alone(root: str, folders: list[str]) -> Iterator[str]:
    """A folder train/ or test/ without the other, which has folders inside as no class has."""
    for part in set(_PARTS) & set(folders):
        if _folders(root, part)[0]:
            other = _PARTS[1 - _PARTS.index(part)]
            yield f"it has {part}/ but no {other}/; put one folder for each class into both"


def _class_faults(classes: dict[str, list[str]], data: Data, parted: bool) -> Iterator[str]:
    """What is wrong with the folders of classes, by their names."""
    train, test = classes["train"], classes["test"]
    where = "train/" if parted else "it"
    if len(train) < 2:
        there = f"one class, {one_line(train[0])}" if train else "no folders"
        yield f"{where} has {there}; needed are two folders of images or more, one for each class"
    if len(train) > MAX_CLASSES:
        yield f"{where} has {len(train):,} folders; at most {MAX_CLASSES:,} classes are read"
    for name in train[:MAX_CLASSES]:
        if not name.isprintable() or len(name) > 100:
            told = one_line(repr(name))[:120]
            yield f"the class {told} has no name that can be printed in a line; rename it"
    for name in [name for name in test if name not in train][:MAX_CLASSES]:
        yield f"test/{one_line(name)}: train/ has no such class"
    if not parted and data.test is None:
        yield (
            "it has no train/ and test/; write `test: 0.2` below `data:`, the share of each "
            "class that is kept for the test"
        )


def _images(root: str, folder: str, bad: list[str]) -> list[str]:
    """The files in the folder of a class; what cannot be an image is told in `bad`."""
    if not os.path.isdir(os.path.join(root, folder)):
        return []  # a class without test images
    names = []
    for entry in _entries(root, folder):
        name = f"{folder}/{entry.name}"
        fault = _fault(root, entry)
        if fault:
            bad.append(f"{one_line(name)}: {fault}")
        else:
            names.append(name)
    return names


def _fault(root: str, entry: os.DirEntry[str]) -> str:
    if not entry.name.isprintable():  # a byte that is no UTF-8 among them
        return "a name that cannot be printed in a line; rename it"
    if entry.is_symlink() and (fault := _link_fault(root, entry)):
        return fault
    if entry.is_dir():
        return "a folder inside the folder of a class; move its images up, or take it out"
    return "" if entry.is_file() else "a pipe or a device, not a file; take it out"


def _link_fault(root: str, link: os.DirEntry[str]) -> str:
    """Why a link is not followed; empty where it leads to something in the same folder."""
    target = os.path.realpath(link.path)
    if os.path.commonpath([root, target]) != root:
        return "a link out of the data set's folder; put the thing itself there"
    return "" if os.path.exists(target) else "a link to nothing; take it out"


def _shared_out(classes: list[list[str]], share: float) -> tuple[list[list[str]], list[list[str]]]:
    """Training and test images of each class, by the sums of their names alone.

    So no seed moves an image from one to the other, and nothing but a new name does.
    """
    train, test = [], []
    for names in classes:
        count = min(max(1, round(len(names) * share)), len(names) - 1)
        kept = set(sorted(names, key=_sum)[: max(count, 0)])
        train.append([name for name in names if name not in kept])
        test.append([name for name in names if name in kept])
    return train, test


def _sum(name: str) -> bytes:
    return hashlib.sha256(os.fsencode(name)).digest()


def _count_faults(
    names: list[str], train: list[list[str]], test: list[list[str]], data: Data
) -> list[str]:
    """Classes of too few images."""
    few = 2 if data.validation else 1
    faults = [
        f"the class {name} has {len(files) or 'no'} image{'' if len(files) == 1 else 's'} to train "
        f"on; needed {'are two (one is held out to validate with)' if few == 2 else 'is one'}"
        for name, files in zip(names, train, strict=True)
        if len(files) < few
    ]
    return faults if faults or any(test) else ["there are no test images"]
