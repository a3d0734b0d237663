"""Find almost equal images, such as shifted, brighter or recompressed copies.

Two images are near duplicates if, after the best small shift and the best change of brightness and
contrast, they share at least 99% of their variance, which means that their squared correlation is
0.99 or more.

The search first compares the amplitudes of low frequencies, which do not change when an image is
shifted. Then the search computes the exact correlation of each pair with similar amplitudes.
Source: Bracewell, The Fourier Transform and Its Applications (1978), chapter 6 (shift theorem).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SHARED_VARIANCE = 0.99
SHIFT_SHARE = 12  # a shift of up to 1/12 of the side, 2 pixels of MNIST
_MOST_CANDIDATES = 3_000_000  # pairs that are compared exactly; each needs about 20 µs
_FREQUENCIES = 4  # the lowest ones in each direction
_BLOCK, _CHUNK = 256, 2048
# Between the amplitudes of two images of mean 0 and length 1. Pairs of MNIST that share 99% of
# their variance measured at most 0.04 (brightness, JPEG, noise); other pairs are mostly farther.
_DISTANCE = 0.05


@dataclass(frozen=True)
class SimilarPairs:
    """Pairs of similar images, with the indices `first` and `second`, where first < second.

    `shared` is the share of variance that the images of a pair have in common. `is_complete` is
    False if there were too many candidate pairs to compare all of them.
    """

    first: np.ndarray
    second: np.ndarray
    shared: np.ndarray
    is_complete: bool = True


def find_near_pairs(images: np.ndarray) -> SimilarPairs:
    """Find all pairs of near duplicates among images uint8 (n, height, width, channels).

    An image of a single colour has no variance, so no pair contains this image.
    """
    amplitudes, has_variance = _compute_amplitudes(images)
    if not has_variance.any():
        return _join_pairs([], [], [], is_complete=True)
    first: list[np.ndarray] = []
    second: list[np.ndarray] = []
    shared: list[np.ndarray] = []
    compared = 0
    for pairs in _find_candidates(amplitudes[has_variance]):
        if compared + len(pairs) > _MOST_CANDIDATES:
            return _join_pairs(first, second, shared, is_complete=False)
        compared += len(pairs)
        places = np.sort(np.flatnonzero(has_variance)[pairs], axis=1)
        similarity = _compare_pairs(images, places)
        is_near = similarity >= SHARED_VARIANCE
        first.append(places[is_near, 0])
        second.append(places[is_near, 1])
        shared.append(similarity[is_near])
    return _join_pairs(first, second, shared, is_complete=True)


def _join_pairs(
    first: list[np.ndarray],
    second: list[np.ndarray],
    shared: list[np.ndarray],
    *,
    is_complete: bool,
) -> SimilarPairs:
    no_places, no_shares = np.empty(0, np.int64), np.empty(0)
    return SimilarPairs(
        np.concatenate([no_places, *first]),
        np.concatenate([no_places, *second]),
        np.concatenate([no_shares, *shared]),
        is_complete,
    )


def _compute_amplitudes(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the amplitudes of the low frequencies of each image, float32 (n, frequencies).

    The function first makes each image gray, with mean 0 and Euclidean length 1. It also returns
    whether each image has any variance.
    """
    count, height, width, channels = images.shape
    waves = _build_waves(height, width, channels)
    amplitudes = np.empty((count, waves.shape[1] // 2), np.float32)
    has_variance = np.empty(count, bool)
    for start in range(0, count, _CHUNK):
        pixels = images[start : start + _CHUNK].reshape(-1, waves.shape[0]).astype(np.float32)
        pixels -= pixels.mean(axis=1, keepdims=True)
        lengths = np.sqrt(np.einsum("ij,ij->i", pixels, pixels))
        waves_of_pixels = (pixels @ waves).reshape(len(pixels), 2, -1)
        lengths_or_1 = np.where(lengths > 0, lengths, 1)[:, None]
        amplitudes[start : start + _CHUNK] = (
            np.hypot(*waves_of_pixels.swapaxes(0, 1)) / lengths_or_1
        )
        has_variance[start : start + _CHUNK] = lengths > 0
    return amplitudes, has_variance


def _build_waves(height: int, width: int, channels: int) -> np.ndarray:
    """Build cosines, then sines, of the low frequencies: float32 (pixels, 2 * frequencies)."""
    pairs = [
        (down, across)
        for down in range(-_FREQUENCIES, _FREQUENCIES + 1)
        for across in range(_FREQUENCIES + 1)
        if (across > 0 or down > 0) and 2 * abs(down) < height and 2 * across < width
    ]
    down, across = np.array(pairs).reshape(-1, 2).T
    rows, columns = np.arange(height) / height, np.arange(width) / width
    angles = 2 * np.pi * (rows[:, None, None] * down + columns[None, :, None] * across)
    # Each frequency has a twin of the opposite direction with the same amplitude; hence the 2.
    scale = np.sqrt(2 / (height * width * channels))
    waves = np.concatenate([np.cos(angles), np.sin(angles)], axis=2) * scale
    return np.repeat(waves.reshape(height * width, -1), channels, axis=0).astype(np.float32)


def _find_candidates(amplitudes: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the indices of pairs of rows, int64 (pairs, 2), whose distance is at most _DISTANCE.

    The function cuts the rows into strips of this width along the axis of the largest variance, and
    sorts each strip along the second axis. Therefore it compares each row with only few other rows.
    """
    centred = amplitudes - amplitudes.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    strips = np.floor(centred @ axes[:, -1] / _DISTANCE).astype(np.int64)
    second = centred @ axes[:, -min(2, axes.shape[1])]
    order = np.lexsort((second, strips))
    strips, second, rows = strips[order], second[order], centred[order]
    squares = np.einsum("ij,ij->i", rows, rows)[:, None]
    ones = np.ones_like(squares)
    # One product gives the squared distances: |a|² - 2ab + |b|².
    left = np.concatenate([squares, -2 * rows, ones], axis=1)
    right = np.concatenate([ones, rows, squares], axis=1).T
    for start, end in _list_strips(strips):
        following = int(np.searchsorted(strips, strips[start] + 1, side="right"))
        for block in range(start, end, _BLOCK):
            last = min(block + _BLOCK, end)
            low, high = second[block] - _DISTANCE, second[last - 1] + _DISTANCE
            same = block, start + int(np.searchsorted(second[start:end], high, side="right"))
            after = [
                end + int(np.searchsorted(second[end:following], edge)) for edge in (low, high)
            ]
            for first, stop in (same, after):
                is_close = left[block:last] @ right[:, first:stop] <= _DISTANCE**2
                one, other = np.divmod(np.flatnonzero(is_close), max(1, stop - first))
                is_new = first + other > block + one
                yield order[np.stack([block + one, first + other], axis=1)[is_new]]


def _list_strips(strips: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each strip, which is a run of equal numbers."""
    edges = np.flatnonzero(np.diff(strips)) + 1
    yield from zip([0, *edges.tolist()], [*edges.tolist(), len(strips)], strict=True)


def _compare_pairs(images: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Compute the squared correlation of each pair of images at its best small shift.

    One product of spectra gives the correlations at all shifts. A negative correlation counts as 0.
    """
    height, width = images.shape[1:3]
    down, across = height // SHIFT_SHARE, width // SHIFT_SHARE
    best = np.empty(len(places))
    for start in range(0, len(places), _CHUNK):
        some = places[start : start + _CHUNK]
        spectra = [_compute_spectra(images[some[:, side]]) for side in (0, 1)]
        products = (spectra[0] * spectra[1].conj()).sum(axis=3)
        correlations = np.fft.irfft2(products, s=(height, width), axes=(1, 2))
        shifted = np.roll(correlations, (down, across), axis=(1, 2))
        nearby = shifted[:, : 2 * down + 1, : 2 * across + 1]
        best[start : start + _CHUNK] = nearby.max(axis=(1, 2)).clip(0, 1) ** 2
    return best


def _compute_spectra(images: np.ndarray) -> np.ndarray:
    """Compute the spectra of images, each of mean 0 and length 1 over all of its channels."""
    pixels = images.astype(np.float32)
    pixels -= pixels.mean(axis=(1, 2, 3), keepdims=True)
    pixels /= np.sqrt(np.square(pixels).sum(axis=(1, 2, 3), keepdims=True))
    return np.fft.rfft2(pixels, axes=(1, 2))
