"""Separate the strokes of a picture into digits, from left to right."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from cnnlab.errors import DataError

MAJOR = 0.5  # of the tallest stroke; a lower stroke is a part of a digit
OVERLAP = 0.4  # of the narrower of two strokes; those that overlap by more are one digit
NEAR = 0.4  # of the height of the tallest stroke; a small stroke farther from all others is dirt

MOST_STROKES = 200  # tall strokes; a picture with more is a texture

Box = tuple[slice, slice]


def separate_digits(ink: np.ndarray, strokes: np.ndarray) -> list[np.ndarray]:
    """Separate the ink of a picture, float32 (height, width), into digits in reading order.

    `strokes` has, for each pixel, the number of the stroke there, or 0 if there is no stroke.

    Raises:
        DataError: the picture has more strokes than a page of digits can have.
    """
    all_boxes = enumerate(ndimage.find_objects(strokes), 1)
    boxes = {number: box for number, box in all_boxes if box is not None}
    numbers = list(boxes)
    tallest = max(_size(box[0]) for box in boxes.values())
    major = [number for number in numbers if _size(boxes[number][0]) >= MAJOR * tallest]
    if len(major) > MOST_STROKES:
        message = f"no digit found: {len(major):,} separate strokes stand out from the background"
        raise DataError(message)
    groups: list[list[int]] = []
    for number in sorted(major, key=lambda one: boxes[one][1].start):
        same = [
            group
            for group in groups
            if any(_belong_together(boxes[one], boxes[number], tallest) for one in group)
        ]
        groups = [group for group in groups if group not in same]
        groups.append([one for group in same for one in group] + [number])
    for number in set(numbers) - set(major):
        distance, group = min(
            (min(_measure_gap(boxes[one], boxes[number]) for one in group), group)
            for group in groups
        )
        if distance <= NEAR * tallest:
            group.append(number)
    return [
        _cut_out(ink, strokes, group, _join([boxes[one] for one in group]))
        for group in _sort_lines(groups, boxes)
    ]


def _size(side: slice) -> int:
    return int(side.stop - side.start)


def _measure_overlap(one: slice, other: slice) -> int:
    """Measure the length on which two ranges overlap; for separate ranges, return minus the gap."""
    return int(min(one.stop, other.stop) - max(one.start, other.start))


def _measure_gap(one: Box, other: Box) -> int:
    """Measure the gap between two boxes; return 0 if the boxes overlap."""
    return max(0, *(-_measure_overlap(a, b) for a, b in zip(one, other, strict=True)))


def _belong_together(one: Box, other: Box, tallest: int) -> bool:
    """Whether two tall strokes belong to one digit, because one is closely above the other."""
    narrower = min(_size(one[1]), _size(other[1]))
    if _measure_overlap(one[1], other[1]) < OVERLAP * narrower:
        return False
    return -_measure_overlap(one[0], other[0]) < 0.1 * tallest


def _sort_lines(groups: list[list[int]], boxes: dict[int, Box]) -> list[list[int]]:
    """Sort digits by lines from the top, and within each line from the left."""
    frames = {id(group): _join([boxes[one] for one in group]) for group in groups}
    lines: list[list[list[int]]] = []
    for group in sorted(groups, key=lambda one: frames[id(one)][0].start):
        rows = frames[id(group)][0]
        for line in lines:
            first = frames[id(line[0])][0]
            if _measure_overlap(rows, first) > 0.5 * min(_size(rows), _size(first)):
                line.append(group)
                break
        else:
            lines.append([group])
    return [
        group for line in lines for group in sorted(line, key=lambda one: frames[id(one)][1].start)
    ]


def _join(boxes: list[Box]) -> Box:
    rows, columns = (
        slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes))
        for axis in (0, 1)
    )
    return rows, columns


def _cut_out(ink: np.ndarray, strokes: np.ndarray, group: list[int], box: Box) -> np.ndarray:
    """Cut out the ink of one digit with a margin of one pixel, because the edge is faint."""
    around = tuple(slice(max(side.start - 1, 0), side.stop + 1) for side in box)
    digit = ndimage.binary_dilation(np.isin(strokes[around], group), np.ones((3, 3)))
    return np.asarray(np.where(digit, ink[around], 0))
