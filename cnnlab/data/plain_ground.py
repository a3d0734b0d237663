"""Measure the plain background that training images share, and the objects on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnnlab.spec.inputs import PlainGround

SAME = 16  # levels of 255; a smaller difference from the ground is noise
OBJECT = 32  # levels of 255; an object differs from the ground by more
SHARED = 0.6  # share of all border pixels that have the level of a plain ground
PLAIN = 0.25  # share of the border that shows the ground in an image where an object touches it
NEARLY_ALL = 0.95  # of the images
ONE_SIDED = 0.9  # share of the objects that are lighter, or darker, than the ground
RARE = 0.005  # share of the training images beyond each end of a range


@dataclass(frozen=True)
class _Objects:
    """Measurements of the objects in images, with one number for each image."""

    covered: np.ndarray
    size: np.ndarray
    box_shift: np.ndarray
    mass_shift: np.ndarray
    is_lighter: np.ndarray


def measure_plain_ground(chunks: Iterable[np.ndarray]) -> PlainGround | None:
    """Measure the plain background that nearly all images share; return None without one.

    `chunks` are arrays of images, uint8 (n, height, width, channels).
    """
    images = list(chunks)
    borders = np.concatenate([_get_borders(chunk) for chunk in images])
    level = np.median(borders.reshape(-1, borders.shape[2]), axis=0)
    shown = (np.abs(borders - level).max(axis=2) <= SAME).mean(axis=1)
    if shown.mean() < SHARED or np.mean(shown >= PLAIN) < NEARLY_ALL:
        return None
    measured = [_measure_objects(chunk, level) for chunk in images]
    joined = {
        name: np.concatenate([getattr(one, name) for one in measured])
        for name in _Objects.__dataclass_fields__
    }
    if not len(joined["size"]):
        return None
    lighter = float(joined["is_lighter"].mean())
    centring: Literal["box", "mass"] = (
        "box" if joined["box_shift"].mean() <= joined["mass_shift"].mean() else "mass"
    )
    return PlainGround(
        level=tuple(level.tolist()),
        polarity="light" if lighter > ONE_SIDED else "dark" if lighter < 1 - ONE_SIDED else "mixed",
        covered=_find_range(joined["covered"]),
        size=_find_range(joined["size"]),
        typical_size=round(float(np.median(joined["size"])), 3),
        shift=_find_range(joined[f"{centring}_shift"])[1],
        centring=centring,
    )


def _get_borders(images: np.ndarray) -> np.ndarray:
    sides = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return np.concatenate(sides, axis=1).astype(np.int16)


def _find_range(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [RARE, 1 - RARE])
    return round(float(low), 3), round(float(high), 3)


def _measure_objects(images: np.ndarray, level: np.ndarray) -> _Objects:
    """Measure the object in each image, and skip images without an object."""
    difference = images.astype(np.int16) - level.astype(np.int16)
    masks = np.abs(difference).max(axis=3) > OBJECT
    some = masks.any(axis=(1, 2))
    difference, masks = difference[some], masks[some]
    places = []
    for axis in (2, 1):
        lines = masks.any(axis=axis)
        side, count = lines.shape[1], masks.sum(axis=axis)
        first, last = lines.argmax(axis=1), side - lines[:, ::-1].argmax(axis=1)
        mass = (count * (np.arange(side) + 0.5)).sum(axis=1) / count.sum(axis=1)
        places.append(np.stack([(last - first), (first + last) / 2 - side / 2, mass - side / 2]))
        places[-1] = places[-1] / side
    size, box, mass = (np.abs(np.stack([place[row] for place in places])) for row in range(3))
    return _Objects(
        covered=masks.mean(axis=(1, 2)),
        size=size.max(axis=0),
        box_shift=box.max(axis=0),
        mass_shift=mass.max(axis=0),
        is_lighter=(difference.mean(axis=3) * masks).sum(axis=(1, 2)) > 0,
    )
