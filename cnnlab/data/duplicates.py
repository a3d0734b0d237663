"""Find pairs of equal or almost equal images in a data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cnnlab.counts import format_count
from cnnlab.data.similar_images import SimilarPairs, find_near_pairs

FEW_IMAGES = 10  # a class with fewer training images is hardly learned
_MOST_CLASSES = 5  # that a warning names
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ divided by the golden ratio; its bits look random


@dataclass(frozen=True)
class Duplicate:
    """A pair of equal or almost equal images, as their indices in the list of all images.

    `shared` is the share of variance that the two images have in common, or None if all pixels are
    equal.
    """

    image: int
    other: int
    shared: float | None


def digest_image(image: np.ndarray) -> int:
    """Return the hash of an image, which equal images share within one process."""
    return hash((image.shape, image.tobytes()))


def digest_images(chunks: Iterable[np.ndarray]) -> np.ndarray:
    """Return a hash of each image, int64 (images,), for arrays of images of one shape.

    This is faster than `digest_image`, and gives other hashes. The function mixes every eight bytes
    of an image with a different random number, and adds the results up to the hash.
    """
    digests, salts = [np.empty(0, np.int64)], np.empty(0, np.uint64)
    for chunk in chunks:
        pixels = chunk.reshape(len(chunk), -1)
        count = -(-pixels.shape[1] // 8)
        if len(salts) != count:
            salts = np.random.default_rng(0).integers(0, 2**64, count, np.uint64)
        padded = np.pad(pixels, ((0, 0), (0, 8 * count - pixels.shape[1])))
        words = padded.view(np.uint64) ^ salts
        words *= _ODD
        words ^= words >> np.uint64(29)
        words *= _ODD
        words ^= words >> np.uint64(32)
        digests.append(words.sum(axis=1, dtype=np.uint64).view(np.int64))
    return np.concatenate(digests)


def find_duplicates(
    images: np.ndarray, digests: np.ndarray, splits: np.ndarray
) -> tuple[list[Duplicate], bool]:
    """Find, for each image that duplicates an earlier image, the most similar earlier image.

    Args:
        images: uint8 (n, height, width, channels), at most about 32 pixels wide and high.
        digests: int64 (n,), the hash of each image at full size.
        splits: int (n,), the index of each image's split, ascending; a pair from two splits is
            preferred to a pair from one split.

    Returns:
        The duplicates in the order of the images, and whether the function compared all pairs.
    """
    _, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
    first_equal = first[inverse.reshape(-1)]
    found = {
        int(image): Duplicate(int(image), int(first_equal[image]), None)
        for image in np.flatnonzero(first_equal != np.arange(len(digests)))
    }
    unique = np.sort(first)
    pairs = find_near_pairs(images[unique])
    for one, other, shared in _list_by_similarity(pairs, splits[unique]):
        place = int(unique[other])
        found.setdefault(place, Duplicate(place, int(unique[one]), shared))
    return [found[place] for place in sorted(found)], pairs.is_complete


def _list_by_similarity(
    pairs: SimilarPairs, splits: np.ndarray
) -> Sequence[tuple[int, int, float]]:
    """List pairs of images: first pairs from different splits, and more similar pairs earlier."""
    within = splits[pairs.first] == splits[pairs.second]
    order = np.lexsort((-pairs.shared, within))
    columns = (pairs.first[order], pairs.second[order], pairs.shared[order])
    return [*zip(*(column.tolist() for column in columns), strict=True)]


def describe_shared_images(
    training: np.ndarray, validation: np.ndarray, test: np.ndarray
) -> Iterator[str]:
    """Yield a sentence if the same images are in several splits.

    Args:
        training, validation, test: int64 (images,), the hashes of the images of the split.
    """
    known, parts = training, []
    for name, digests in (("validation", validation), ("test", test)):
        count = int(np.isin(digests, known).sum())
        if count:
            parts.append(f"{count:,} of {format_count(len(digests), f'{name} image')}")
        known = np.concatenate([known, digests])
    if parts:
        yield (
            f"{' and '.join(parts)}: the same image is in another split too, so the accuracy looks "
            "higher than it is; `cnnlab data` names these images"
        )


def describe_small_classes(class_names: Sequence[str], labels: np.ndarray) -> Iterator[str]:
    """Yield a sentence that names the smallest classes with fewer than 10 training images."""
    counts = np.bincount(labels, minlength=len(class_names))
    few = np.flatnonzero(counts < FEW_IMAGES)
    if few.size:
        smallest = few[np.argsort(counts[few], kind="stable")]
        named = ", ".join(f"{class_names[k]} ({counts[k]})" for k in smallest[:_MOST_CLASSES])
        more = f" and {few.size - _MOST_CLASSES:,} more" if few.size > _MOST_CLASSES else ""
        least = format_count(FEW_IMAGES, "training image")
        have = "class has" if few.size == 1 else "classes have"
        yield f"{few.size:,} {have} fewer than {least}: {named}{more}"
