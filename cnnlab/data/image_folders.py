"""List the files of a data folder, which has one folder of images for each class.

The folders of the classes are inside `train/` and `test/`, or directly inside the data folder. In
the second case, a share of each class becomes the test set. This module reads the names of files,
not their contents, and passes over hidden files and those of operating systems. It sorts and
compares names in their composed Unicode form, in which it also returns the names of the classes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnlab.counts import choose_form, format_count
from cnnlab.data.fault_lists import describe_files, shorten_list
from cnnlab.data.folder_names import fold_name, is_passed_over, is_system_name, normalize_name
from cnnlab.data.npz_files import MAX_CLASSES
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data
from cnnlab.spec.wording import to_one_line

_PARTS = ("train", "test")
_IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff")


@dataclass(frozen=True)
class ClassFiles:
    """Image files and their classes.

    `names` are sorted paths below the data folder, and `labels` has the class of each file, from 0.
    """

    names: list[str]
    labels: list[int]


@dataclass(frozen=True)
class ImageTree:
    """The image files of a data folder.

    `bad` has the path and the fault of each entry that is not a file. `system_names` has the name
    of each file that an operating system left; cnnlab passes over these files.
    """

    class_names: tuple[str, ...]
    train: ClassFiles
    test: ClassFiles
    bad: list[tuple[str, str]]
    system_names: list[str]


def list_images(data: Data) -> ImageTree:
    """List the image files of a data folder.

    Raises:
        DataError: the error lists the faults in the layout of the folder and in its classes, at
            most ten of each kind.
    """
    root = os.path.realpath(data.dataset)
    system_names: list[str] = []
    folders, faults = _list_folders(root, "", system_names)
    has_parts = set(_PARTS) <= set(folders)
    if has_parts:
        faults += [_describe_extra_folder(name) for name in folders if name not in _PARTS]
        faults += _check_test_share(data)
    else:
        faults += _find_missing_part(root, folders)
    classes = dict.fromkeys(_PARTS, folders)
    for part in _PARTS if has_parts else ():
        classes[part], more = _list_folders(root, part, system_names)
        faults += more
    if classes["train"] or not faults:  # without any folder, their first fault is the cause
        faults += _find_class_faults(classes, data, has_parts)
    if faults:
        raise DataError("\n".join(f"{data.dataset}: {fault}" for fault in faults))
    bad: list[tuple[str, str]] = []
    names = [normalize_name(name) for name in classes["train"]]
    files = []
    for part in _PARTS if has_parts else _PARTS[:1]:
        own = {normalize_name(name): name for name in classes[part]}
        paths = [os.path.join(part if has_parts else "", own.get(name, name)) for name in names]
        files.append([_list_class_images(root, path, bad, system_names) for path in paths])
    train, test = files if has_parts else _split_off_test(files[0], data.test or 0)
    if faults := _find_count_faults(names, train, test, data):
        faults += describe_files(bad)
        raise DataError("\n".join(f"{data.dataset}: {fault}" for fault in faults))
    sides = (_flatten_classes(train), _flatten_classes(test))
    return ImageTree(tuple(names), *sides, bad, system_names)


def _flatten_classes(classes: list[list[str]]) -> ClassFiles:
    labels = [label for label, names in enumerate(classes) for _ in names]
    return ClassFiles([name for names in classes for name in names], labels)


def _list_entries(root: str, folder: str, system_names: list[str]) -> list[os.DirEntry[str]]:
    """List the entries of a folder, sorted by name, without hidden files and those of systems.

    This adds the names of the files that operating systems left to `system_names`.
    """
    path = Path(root) / folder
    try:
        with os.scandir(path) as found:
            entries = list(found)
    except FileNotFoundError:
        message = f"{path}: there is no such folder (paths are read from the config's folder)"
        raise DataError(message) from None
    except NotADirectoryError:
        message = f"{path}: a file, not a folder; a data set in one file is an .npz file"
        raise DataError(message) from None
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise DataError(f"{path}: the folder cannot be read: {reason}") from None
    system_names += sorted(entry.name for entry in entries if is_system_name(entry.name))
    visible = [one for one in entries if not is_passed_over(one.name)]
    return sorted(visible, key=lambda entry: (normalize_name(entry.name), entry.name))


def _list_folders(root: str, inside: str, system_names: list[str]) -> tuple[list[str], list[str]]:
    """List the names of the folders inside a folder, and the faults of its other entries.

    Images and links out of the data folder are faults; other files, such as a README, are not.
    """
    names, images, faults = [], [], []
    for entry in _list_entries(root, inside, system_names):
        where = to_one_line(os.path.join(inside, entry.name))
        if entry.is_symlink() and (fault := _find_link_fault(root, entry)):
            faults.append(f"{where}: {fault}")
        elif entry.is_dir():
            names.append(entry.name)
        elif entry.name.lower().endswith(_IMAGE_ENDINGS):
            images.append(where)
    if images and not names:
        return names, [_describe_flat_folder(inside, images), *shorten_list(faults, "links")]
    message = "an image outside the folder of its class; move it into one"
    stray_images = [f"{image}: {message}" for image in images]
    return names, [*shorten_list(stray_images, "such images"), *shorten_list(faults, "links")]


def _describe_flat_folder(inside: str, images: list[str]) -> str:
    """Say that images lie in one folder, and suggest classes from the beginnings of their names."""
    words = [re.match(r"[^\W\d_]*", os.path.basename(image)) for image in images]
    classes = sorted({word[0] for word in words if word and word[0]})
    are_classes = 2 <= len(classes) <= min(20, len(images) // 2)
    examples = ", ".join(f"{name}/" for name in (classes if are_classes else ["cat", "dog"]))
    where = f"{inside}/ has" if inside else "it has"
    return (
        f"{where} {format_count(len(images), 'image')} in one flat folder, without folders for the "
        "classes; put the images of each class into a folder of its own"
        + (f", as the names of the files begin: {examples}" if are_classes else f": {examples}, …")
    )


def _describe_extra_folder(name: str) -> str:
    return (
        f"{to_one_line(name)}/ is beside train/ and test/; cnnlab holds validation images out of "
        "train/ by itself: move its images into train/, or remove it"
    )


def _check_test_share(data: Data) -> list[str]:
    message = "it has a folder test/, so cnnlab sets no share aside for the test: leave `test` out"
    return [message] if data.test is not None else []


def _find_missing_part(root: str, folders: list[str]) -> Iterator[str]:
    """Yield a fault if train/ exists without test/, or test/ without train/."""
    for part in set(_PARTS) & set(folders):
        if _list_folders(root, part, [])[0]:
            other = _PARTS[1 - _PARTS.index(part)]
            yield f"it has {part}/ but no {other}/; put one folder for each class into both"


def _find_class_faults(classes: dict[str, list[str]], data: Data, has_parts: bool) -> Iterator[str]:
    """Yield the faults of the class folders: their number, bad names, classes only below test/."""
    train, test = classes["train"], classes["test"]
    where = "train/" if has_parts else "it"
    if len(train) < 2:
        present = f"one class, {to_one_line(train[0])}" if train else "no folders"
        yield f"{where} has {present}; expected two folders of images or more, one for each class"
    if len(train) > MAX_CLASSES:
        yield f"{where} has {len(train):,} folders; cnnlab reads at most {MAX_CLASSES:,} classes"
    yield from shorten_list([*_find_bad_names(train)], "such names")
    similar_pairs = [*_find_similar_names(train), *_find_similar_names(test if has_parts else [])]
    yield from shorten_list(similar_pairs, "such pairs")
    yield from shorten_list([*_find_unknown_classes(train, test)], "such classes in test/")
    if not has_parts and data.test is None:
        yield (
            "it has no train/ and test/; write `test: 0.2` below `data:`, the share of each "
            "class that is set aside for the test"
        )


def _find_bad_names(names: list[str]) -> Iterator[str]:
    """Yield a fault for each class whose name cannot be shown."""
    for name in names:
        if not name.isprintable() or len(name) > 100:
            printable_name = to_one_line(repr(name))[:120]
            yield f"the name of the class {printable_name} cannot be printed in one line; rename it"


def _find_unknown_classes(train: list[str], test: list[str]) -> Iterator[str]:
    """Yield a fault for each class below test/ that train/ does not have."""
    known_names = set(map(normalize_name, train))
    by_form = {fold_name(name): name for name in train}
    for name in test:
        if normalize_name(name) not in known_names:
            similar = by_form.get(fold_name(name))
            hint = f", but {to_one_line(similar)}; give both the same name" if similar else ""
            yield f"test/{to_one_line(name)}: train/ has no such class{hint}"


def _find_similar_names(names: list[str]) -> Iterator[str]:
    """Yield a fault for each pair of class names that differ only in case or Unicode form."""
    earlier: dict[str, str] = {}
    for name in names:
        other = earlier.setdefault(fold_name(name), name)
        if other != name:
            same_case = normalize_name(other) == normalize_name(name)
            how = "in the Unicode form of a letter" if same_case else "in upper and lower case"
            pair = f"{to_one_line(other)} and {to_one_line(name)}"
            yield f"the classes {pair} differ only {how}; move the images into one of them"


def _list_class_images(
    root: str, folder: str, bad: list[tuple[str, str]], system_names: list[str]
) -> list[str]:
    """List the files in the folder of a class; add each other entry and its fault to `bad`."""
    if not os.path.isdir(os.path.join(root, folder)):
        return []  # a class without test images
    names = []
    for entry in _list_entries(root, folder, system_names):
        name = f"{folder}/{entry.name}"
        fault = _find_entry_fault(root, entry)
        if fault:
            bad.append((to_one_line(name), fault))
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
    return hashlib.sha256(os.fsencode(normalize_name(name))).digest()


def _find_count_faults(
    names: list[str], train: list[list[str]], test: list[list[str]], data: Data
) -> list[str]:
    """Find a fault for each class that has too few images."""
    few = 2 if data.validation else 1
    expected = "two or more (one is held out for validation)" if few == 2 else "one or more"
    faults = [
        f"the class {name} has {len(files) or 'no'} {choose_form(len(files), 'image')} to train "
        f"on; expected {expected}"
        for name, files in zip(names, train, strict=True)
        if len(files) < few
    ]
    if faults:
        return shorten_list(faults, "classes with too few images")
    return [] if any(test) else ["there are no test images"]
