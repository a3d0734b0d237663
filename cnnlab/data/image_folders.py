"""List the files of a data folder, which has one folder of images for each class.

The folders of the classes are inside `train/`, `test/` and a folder of validation images, or
directly inside the data folder. Without `test/`, a share of the images of each class becomes the
test set. This module reads only the names of files, and skips hidden files and the files of
operating systems. It compares and returns names in their composed Unicode form, where é is one
character.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cnnlab.counts import format_count
from cnnlab.data.fault_lists import describe_files, shorten_list
from cnnlab.data.folder_faults import find_class_faults, find_count_faults, find_part_faults
from cnnlab.data.folder_names import (
    VALIDATION_NAMES,
    find_part_name,
    is_passed_over,
    is_system_name,
    normalize_name,
)
from cnnlab.data.other_files import KNOWN_LAYOUTS
from cnnlab.errors import DataError
from cnnlab.spec.experiment import IMAGE_ENDINGS, Data
from cnnlab.spec.wording import to_one_line

_PART_NAMES = ("train", "test", *VALIDATION_NAMES)
_TEST_SHARE = 0.2  # of each class, where there are train/ and validation images, but no test/


@dataclass(frozen=True)
class ClassFiles:
    """Image files and their classes.

    `names` has the sorted paths of the files, relative to the data folder. `labels` has the class
    of each file, from 0.
    """

    names: list[str]
    labels: list[int]


@dataclass(frozen=True)
class ImageTree:
    """The image files of a data folder.

    `bad` has the path and the fault of each entry of a class folder that is not a file.
    `system_names` has the names of files that an operating system created; cnnlab skips these
    files. `test_share` is the share of train/ that became the test set, or None if test/ exists.
    """

    class_names: tuple[str, ...]
    train: ClassFiles
    validation: ClassFiles
    test: ClassFiles
    bad: list[tuple[str, str]]
    system_names: list[str]
    test_share: float | None


def list_images(data: Data) -> ImageTree:
    """List the image files of a data folder.

    Raises:
        DataError: the error lists the faults in the layout of the folder and in its classes, at
            most ten of each kind.
    """
    root = os.path.realpath(data.dataset)
    system_names: list[str] = []
    folders, faults = _list_folders(root, "", system_names)
    parts = _find_parts(root, folders)
    if parts:
        faults += find_part_faults(folders, parts, data)
    classes = {"train": folders}
    for part, folder in parts.items():
        classes[part], more = _list_folders(root, folder, system_names)
        faults += more
    is_known = not parts or "train" in parts
    if is_known and (classes["train"] or not faults):  # their first fault is the cause of no folder
        faults += find_class_faults(classes, parts, data)
    if faults:
        raise DataError("\n".join(f"{data.dataset}: {fault}" for fault in faults))
    bad: list[tuple[str, str]] = []
    names = [normalize_name(name) for name in classes["train"]]
    files: dict[str, list[list[str]]] = {}
    for part, folder in (parts or {"train": ""}).items():
        own = {normalize_name(name): name for name in classes[part]}
        paths = [os.path.join(folder, own.get(name, name)) for name in names]
        files[part] = [_list_class_images(root, path, bad, system_names) for path in paths]
    share = None if "test" in files else data.test or _TEST_SHARE
    if share:
        files["train"], files["test"] = _split_off_test(files["train"], share)
    if faults := find_count_faults(names, files, data):
        faults += describe_files(bad)
        raise DataError("\n".join(f"{data.dataset}: {fault}" for fault in faults))
    train, validation, test = (
        _flatten_classes(files.get(part, [])) for part in ("train", "validation", "test")
    )
    return ImageTree(tuple(names), train, validation, test, bad, system_names, share)


def find_parts(dataset: str) -> dict[str, str]:
    """Map each split to the name of the folder that has its images; empty without such folders."""
    root = os.path.realpath(dataset)
    return _find_parts(root, _list_folders(root, "", [])[0])


def _find_parts(root: str, folders: list[str]) -> dict[str, str]:
    """Find the folders of the splits among the folders of a data folder.

    A folder such as `train` without `test` beside it is the folder of a class if it contains no
    folders.
    """
    found = [name for name in _PART_NAMES if name in folders]
    if not {"train", "test"} <= set(found):
        found = [name for name in found if _list_folders(root, name, [])[0]]
    if "train" not in found and "test" not in found:
        return {}
    # In reverse, so that the first of several names for the validation images counts.
    parts = {"validation" if name in VALIDATION_NAMES else name: name for name in found[::-1]}
    return {part: parts[part] for part in ("train", "validation", "test") if part in parts}


def _flatten_classes(classes: list[list[str]]) -> ClassFiles:
    labels = [label for label, names in enumerate(classes) for _ in names]
    return ClassFiles([name for names in classes for name in names], labels)


def _list_entries(root: str, folder: str, system_names: list[str]) -> list[os.DirEntry[str]]:
    """List the entries of a folder by name, without hidden files and files of operating systems.

    This function adds the names of skipped files of operating systems to `system_names`.
    """
    path = Path(root) / folder
    try:
        with os.scandir(path) as found:
            entries = list(found)
    except FileNotFoundError:
        message = f"{path}: there is no such folder (relative paths start at the config's folder)"
        raise DataError(message) from None
    except NotADirectoryError:
        raise DataError(f"{path}: this is a file, not a folder\n{KNOWN_LAYOUTS}") from None
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise DataError(f"{path}: the folder cannot be read: {reason}") from None
    system_names += sorted(entry.name for entry in entries if is_system_name(entry.name))
    visible = [one for one in entries if not is_passed_over(one.name)]
    return sorted(visible, key=lambda entry: (normalize_name(entry.name), entry.name))


def _list_folders(root: str, inside: str, system_names: list[str]) -> tuple[list[str], list[str]]:
    """List the names of the folders inside a folder, and the faults of all other entries.

    Images, and links to targets outside the data folder, are faults. Other files, such as a README,
    are allowed.
    """
    names, images, faults = [], [], []
    for entry in _list_entries(root, inside, system_names):
        where = to_one_line(os.path.join(inside, entry.name))
        if entry.is_symlink() and (fault := _find_link_fault(root, entry)):
            faults.append(f"{where}: {fault}")
        elif entry.is_dir():
            names.append(entry.name)
        elif entry.name.lower().endswith(IMAGE_ENDINGS):
            images.append(where)
    if images and not names:
        return names, [_describe_flat_folder(inside, images), *shorten_list(faults, "links")]
    message = "an image outside the folder of its class; move it into one"
    stray_images = [f"{image}: {message}" for image in images]
    return names, [*shorten_list(stray_images, "such images"), *shorten_list(faults, "links")]


def _describe_flat_folder(inside: str, images: list[str]) -> str:
    """Say that all images are in one folder, and suggest classes from the names of the images."""
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


def _list_class_images(
    root: str, folder: str, bad: list[tuple[str, str]], system_names: list[str]
) -> list[str]:
    """List the files in the folder of a class, and add all other entries, with faults, to `bad`."""
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
        above = os.path.basename(os.path.dirname(entry.path))
        part = find_part_name(above)
        if part and part != above:
            return f"a folder inside {above}/; rename {above}/ to {part}/, or move the images up"
        return "a folder inside the folder of a class; move its images up, or remove it"
    return "" if entry.is_file() else "a pipe or a device, not a file; remove it"


def _find_link_fault(root: str, link: os.DirEntry[str]) -> str:
    """Explain why cnnlab refuses a link; return "" if the target is inside the data folder."""
    target = os.path.realpath(link.path)
    if os.path.commonpath([root, target]) != root:
        return "a link to a target outside the data folder; put the file itself there"
    return "" if os.path.exists(target) else "a link to nothing; remove it"


def _split_off_test(
    classes: list[list[str]], share: float
) -> tuple[list[list[str]], list[list[str]]]:
    """Split each class into training and test images by hashes of the file names.

    The split depends only on the names of the files, and not on a seed.
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
