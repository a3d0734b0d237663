"""Find the split and the content (images or labels) in the names of arrays and files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

SplitName = Literal["train", "validation", "test"]
Content = Literal["images", "labels"]

_SPLITS: dict[str, SplitName] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
    "t10k": "test",  # the 10,000 test images of MNIST in IDX files
}
_CONTENTS: dict[str, Content] = {
    "x": "images",
    "image": "images",
    "images": "images",
    "img": "images",
    "imgs": "images",
    "y": "labels",
    "label": "labels",
    "labels": "labels",
}
_FORMAT_WORDS = {"idx1", "idx3", "idx4", "ubyte", "npz", "csv", "gz"}


@dataclass(frozen=True)
class NameParts:
    """The split and the content in the name of an array or file.

    `others` are the remaining words, which name the data set.
    """

    split: SplitName | None
    content: Content | None
    others: tuple[str, ...]


def parse_name(name: str) -> NameParts | None:
    """Parse the name of an array or a file; return None if words of the name contradict each other.

    >>> parse_name("kmnist-train-imgs.npz")
    NameParts(split='train', content='images', others=('kmnist',))
    >>> parse_name("t10k-labels-idx1-ubyte.gz")
    NameParts(split='test', content='labels', others=())
    """
    separate = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()
    words = [word for word in re.split(r"[\W_]+", separate) if word]
    splits = {_SPLITS[word] for word in words if word in _SPLITS}
    contents = {_CONTENTS[word] for word in words if word in _CONTENTS}
    if len(splits) > 1 or len(contents) > 1:
        return None
    known = _SPLITS.keys() | _CONTENTS.keys() | _FORMAT_WORDS
    others = tuple(word for word in words if word not in known)
    return NameParts(next(iter(splits), None), next(iter(contents), None), others)


def find_arrays(names: Iterable[str]) -> dict[tuple[SplitName, Content], list[str]]:
    """Group the names of arrays in one file by split and content.

    An array whose name has no word for a split belongs to the training images. The function skips
    names with other words, such as `x_extra`.
    """
    found: dict[tuple[SplitName, Content], list[str]] = {}
    for name in names:
        parts = parse_name(name)
        if parts and parts.content and not parts.others:
            found.setdefault((parts.split or "train", parts.content), []).append(name)
    return found
