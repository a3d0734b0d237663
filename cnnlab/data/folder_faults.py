"""Find the faults in a data folder's splits and classes, and in the sizes of the classes."""

from __future__ import annotations

from collections.abc import Iterator

from cnnlab.counts import choose_form
from cnnlab.data.array_datasets import MAX_CLASSES
from cnnlab.data.fault_lists import shorten_list
from cnnlab.data.folder_names import (
    VALIDATION_NAMES,
    find_part_name,
    fold_name,
    normalize_name,
)
from cnnlab.spec.experiment import Data
from cnnlab.spec.wording import find_similar_word, to_one_line


def find_part_faults(folders: list[str], parts: dict[str, str], data: Data) -> Iterator[str]:
    """Yield the faults of train/, test/ and the folder of validation images in a data folder."""
    known = ", ".join(f"{part}/" for part in parts.values())
    if "train" not in parts:
        yield f"it has {known} but no train/; put one folder for each class into train/"
    others = [name for name in folders if name not in parts.values()]
    for name in filter(VALIDATION_NAMES.__contains__, others):
        other = parts["validation"]
        yield f"{name}/ and {other}/ are both for validation images; move them into one"
    extra = [
        f"{to_one_line(name)}/ is beside {known}: {_advise_about_folder(name)}"
        for name in others
        if name not in VALIDATION_NAMES
    ]
    yield from shorten_list(extra, "such folders")
    if "test" in parts and data.test is not None:
        yield "it has a folder test/, so cnnlab needs no share for the test; remove `test`"
    elif "test" not in parts and "validation" not in parts and data.test is None:
        yield (
            f"it has {known} but no test/; write `test: 0.2` below `data:` to use this share "
            "of each class of train/ for the test"
        )


def _advise_about_folder(name: str) -> str:
    part = find_part_name(name)
    if part:
        return f"rename it to {part}/, or remove it"
    return "move its images into the folders of the classes, or remove it"


def find_class_faults(
    classes: dict[str, list[str]], parts: dict[str, str], data: Data
) -> Iterator[str]:
    """Yield faults in the number and names of class folders, and classes missing from train/."""
    train = classes["train"]
    where = "train/" if parts else "it"
    if len(train) < 2:
        present = f"one class, {to_one_line(train[0])}" if train else "no folders"
        yield f"{where} has {present}; expected two folders of images or more, one for each class"
    if len(train) > MAX_CLASSES:
        yield f"{where} has {len(train):,} folders; cnnlab reads at most {MAX_CLASSES:,} classes"
    yield from shorten_list([*_find_bad_names(train)], "such names")
    pairs = [pair for names in classes.values() for pair in _find_similar_names(names)]
    yield from shorten_list(pairs, "such pairs")
    for part, folder in parts.items():
        unknown = [*_find_unknown_classes(train, folder, classes[part])]
        yield from shorten_list(unknown, f"such classes in {folder}/")
    if not parts and data.test is None:
        others = [
            (name, part) for name in train if (part := find_part_name(name)) not in ("", name)
        ]
        renamed = ", ".join(f"{to_one_line(name)}/ to {part}/" for name, part in others)
        yield (
            f"it has no train/ and test/; {f'rename {renamed}, or ' if others else ''}write "
            "`test: 0.2` below `data:` to use this share of each class for the test"
        )


def _find_bad_names(names: list[str]) -> Iterator[str]:
    """Yield a fault for each class whose name cannot be printed in one line."""
    for name in names:
        if not name.isprintable() or len(name) > 100:
            printable_name = to_one_line(repr(name))[:120]
            yield f"the name of the class {printable_name} cannot be printed in one line; rename it"


def _find_unknown_classes(train: list[str], folder: str, names: list[str]) -> Iterator[str]:
    """Yield a fault for each class that `folder` has and train/ does not have."""
    known_names = set(map(normalize_name, train))
    by_form = {fold_name(name): name for name in train}
    present = set(map(fold_name, names))
    missing = [form for form in by_form if form not in present]
    candidates = missing if len(missing) <= 20 else []  # each name is compared with each of them
    for name in names:
        if normalize_name(name) not in known_names:
            form = fold_name(name)
            similar = by_form.get(form) or by_form.get(find_similar_word(form, candidates))
            hint = f", but {to_one_line(similar)}; give both the same name" if similar else ""
            yield f"{folder}/{to_one_line(name)}: train/ has no such class{hint}"


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


def find_count_faults(names: list[str], files: dict[str, list[list[str]]], data: Data) -> list[str]:
    """Describe as faults the classes with too few images, and the splits without images."""
    few = 2 if data.validation and "validation" not in files else 1
    expected = "two or more, because one image is for validation" if few == 2 else "one or more"
    faults = [
        f"the class {name} has {len(some) or 'no'} {choose_form(len(some), 'image')} to train "
        f"on; expected {expected}"
        for name, some in zip(names, files["train"], strict=True)
        if len(some) < few
    ]
    needed = {"validation": "validation images", "test": "test images"}
    empty = [name for part, name in needed.items() if part in files and not any(files[part])]
    if faults:
        return shorten_list(faults, "classes with too few images")
    return [f"there are no {name}" for name in empty]
