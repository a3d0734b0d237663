"""Give a picture the background of training images, and its object their size and position."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from cnnlab.data.picture_ground import estimate_ground
from cnnlab.data.picture_sizes import reduce_picture
from cnnlab.data.plain_ground import OBJECT, SAME
from cnnlab.spec.inputs import PlainGround

WORKING_SIDE = 1024  # pixels of the longer side of a picture
SHOWN = 0.4  # share of the border at which a ground of one colour shows
UNEVEN_SHOWN = 0.7  # share of the border that an estimate of uneven light explains
PLAIN_SHOWN = 0.95  # share of the border that needs no better explanation
INVERTED = 64  # levels of 255 between two grounds of different polarity
SLACK = 0.08  # of the image, 2 of 28 pixels; a size or place may be so far from the usual ones
LEAST_PART = 0.05  # share of the area of an object's largest part; a smaller part is dirt


def match_ground(
    picture: np.ndarray, ground: PlainGround, image_shape: tuple[int, int, int]
) -> tuple[np.ndarray, list[str]]:
    """Prepare a picture, uint8 (height, width, 3), like training images with a plain background.

    The background gets the brightness of the training images' background. If the object is darker
    than its background, and the objects of the training images are lighter than theirs, the
    function exchanges light and dark, and also in the opposite case. If the object is larger,
    smaller or farther from the middle than the objects of the training images, the function cuts
    the object out, and gives it their usual size and position.

    Returns the picture, uint8 (height, width, 3), and a sentence for each change of the picture.
    """
    working = reduce_picture(picture, WORKING_SIDE)
    if image_shape[2] == 1:
        working = np.asarray(Image.fromarray(working).convert("L").convert("RGB"))
    own = _find_ground(working)
    if own is None:
        note = "found no plain background as in the training images, and kept the whole picture"
        return picture, [note]
    target = np.resize(np.array(ground.level, dtype=np.float32), 3)
    levels, notes = _change_levels(working, own, target, ground)
    box = _find_object(levels, target)
    if box is not None and not _has_usual_place(box, levels.shape, ground, image_shape):
        notes.append("cut the object out, and gave it the usual size and position")
        return _place_object(levels, box, target, ground, image_shape), notes
    return (levels if notes else picture), notes


def _find_ground(picture: np.ndarray) -> np.ndarray | None:
    """Find the background colour of a picture; return None if the background is not plain.

    Under uneven light, the result has a colour for each pixel.
    """
    border = _get_border(picture).astype(np.float32)
    lightness = border.mean(axis=1)
    counts = np.bincount(np.rint(lightness).astype(int), minlength=256)
    near = np.convolve(counts, np.ones(2 * SAME // 2 + 1), "same")
    level = float(np.flatnonzero(near == near.max()).mean())
    same = np.abs(lightness - level) <= SAME
    colour = np.asarray(np.median(border[same], axis=0)) if same.any() else border.mean(axis=0)
    share = np.mean(np.abs(border - colour).max(axis=1) <= SAME)
    if share >= PLAIN_SHOWN:
        return np.asarray(colour)
    uneven, uneven_share = estimate_ground(picture), 0.0
    if uneven.ndim > 1:
        uneven_share = np.mean(np.abs(border - _get_border(uneven)).max(axis=1) <= SAME)
    # Where an object touches the border, light that explains the object too would hide it.
    if uneven_share >= (UNEVEN_SHOWN if share < SHOWN else PLAIN_SHOWN):
        return uneven
    return np.asarray(colour) if share >= SHOWN else None


def _get_border(picture: np.ndarray) -> np.ndarray:
    return np.concatenate((picture[0], picture[-1], picture[:, 0], picture[:, -1]))


def _change_levels(
    picture: np.ndarray, own: np.ndarray, target: np.ndarray, ground: PlainGround
) -> tuple[np.ndarray, list[str]]:
    """Give the background of a picture the colour `target`; return a sentence for each change."""
    notes, levels = [], picture.astype(np.float32)
    distance = float(np.mean(own) - np.mean(target))
    difference = (levels - own).mean(axis=2)
    is_object = np.abs(difference) > OBJECT
    is_lighter = difference[is_object].sum() > 0
    is_opposite = ground.polarity != "mixed" and is_lighter != (ground.polarity == "light")
    if is_object.any() and is_opposite and abs(distance) > INVERTED:
        old, new = ("light", "dark") if distance > 0 else ("dark", "light")
        notes.append(f"turned the {old} background into a {new} one")
        levels, own = _invert(levels), _invert(np.atleast_2d(own)).reshape(own.shape)
        distance = float(np.mean(own) - np.mean(target))
    if abs(distance) > SAME or own.ndim > 1:
        if not notes:
            notes.append("gave the background the brightness of the training images")
        levels = _move_ground(levels, own, target)
    elif notes:
        levels = _move_ground(levels, own, target)
    return np.rint(np.clip(levels, 0, 255)).astype(np.uint8), notes


def _invert(levels: np.ndarray) -> np.ndarray:
    """Exchange light and dark, and keep the hue: gray g becomes 255 - g, and red stays red."""
    return np.asarray(
        levels + 255 - levels.max(axis=-1, keepdims=True) - levels.min(axis=-1, keepdims=True)
    )


def _move_ground(levels: np.ndarray, own: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Change the background to `target`, and scale all other levels to stay within 0 to 255."""
    lighter = target + (levels - own) * (255 - target) / np.maximum(255 - own, 1)
    darker = target + (levels - own) * np.where(own > 0, target / np.maximum(own, 1), 1)
    return np.asarray(np.where(levels >= own, lighter, darker))


Box = tuple[slice, slice]


def _find_object(levels: np.ndarray, target: np.ndarray) -> Box | None:
    """Find the box around the larger regions that differ from the background; None without any."""
    mask = np.abs(levels - target).max(axis=2) > OBJECT
    parts, count = ndimage.label(mask, np.ones((3, 3)))
    if not count:
        return None
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    rows, columns = np.nonzero((areas >= LEAST_PART * areas.max())[parts] & mask)
    return slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)


def _has_usual_place(
    box: Box, picture: tuple[int, ...], ground: PlainGround, image_shape: tuple[int, int, int]
) -> bool:
    """Whether an object has the usual size and position of the objects in training images."""
    # The picture is fitted into the image, and padded.
    scale = max(side / own for side, own in zip(picture[:2], image_shape[:2], strict=True))
    sides = [scale * side for side in image_shape[:2]]
    size = max((part.stop - part.start) / side for part, side in zip(box, sides, strict=True))
    shift = max(
        abs((part.start + part.stop) / 2 - own / 2) / side
        for part, own, side in zip(box, picture[:2], sides, strict=True)
    )
    smallest, largest = ground.size
    # The middle of the box differs from the centre of mass.
    slack = SLACK if ground.centring == "box" else 2 * SLACK
    return bool(smallest - SLACK <= size <= largest + SLACK and shift <= ground.shift + slack)


def _place_object(
    levels: np.ndarray,
    box: Box,
    target: np.ndarray,
    ground: PlainGround,
    image_shape: tuple[int, int, int],
) -> np.ndarray:
    """Put an object, at the usual size, in the middle of a new image, uint8 (height, width, 3)."""
    height, width, _ = image_shape
    part = levels[box]
    scale = ground.typical_size * min(height / part.shape[0], width / part.shape[1])
    rows, columns = (max(1, round(side * scale)) for side in part.shape[:2])
    # Bicubic, since an object that is cut out falls between pixels, which blurs its edges.
    small = Image.fromarray(part).resize((columns, rows), Image.Resampling.BICUBIC)
    places = [rows / 2, columns / 2]
    if ground.centring == "mass":
        weights = np.abs(np.asarray(small, np.float32) - target).mean(axis=2)
        places = [float(place) + 0.5 for place in ndimage.center_of_mass(weights)]
    colour = tuple(np.rint(target).astype(int).tolist())
    canvas = Image.new("RGB", (width, height), colour)
    top, left = (
        min(max(round(side / 2 - place), 0), side - length)
        for side, place, length in zip((height, width), places, (rows, columns), strict=True)
    )
    canvas.paste(small, (left, top))
    return np.asarray(canvas)
