"""Find a sheet of paper in a photo, and cut it out, upright and rectangular."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from cnnlab.data.picture_sizes import reduce_picture

COARSE_SIDE = 180  # pixels of the longer side in which a sheet is searched
LEAST_SIDE = 100  # pixels of the shorter side; nobody takes photos of fewer
WIDEST_STROKE = 0.06  # of the longer side; the search fills darker lines that are narrower
LEVELS = 16  # brightness levels that the search tries
LEAST_STEP = 20  # levels of 255 between a table and the sheet
LEAST_AREA, LARGEST_AREA = 0.06, 0.92  # of the picture
SHORTEST_SIDE = 0.15  # of the shorter side of the picture
LEAST_FIT = 0.93  # share of the four-sided shape that the bright region fills
# A shadow darkens all colours by the same factor, in photos rarely below 0.4. The edge of a sheet
# that leaves the picture must differ from the edge of a shadow: by its factor, or by its colour.
SHADOW_FACTOR, SHADOW_COLOUR = 0.4, 0.12
EDGE_FACTOR, EDGE_SHARE = 0.85, 0.9  # the table is darker by this factor at this share of the edge
MARGIN = 0.03  # of each side of the sheet; it may show the edge and its shadow

Corners = np.ndarray  # float (4, 2): x and y of the corners, clockwise from the top left


def find_sheet(picture: np.ndarray) -> Corners | None:
    """Find the corners of a bright sheet on a darker table; return None if there is no sheet.

    The sheet is the largest bright region with four straight sides. It may be tilted, seen in
    perspective, in shadow, and partly outside the picture.
    """
    if min(picture.shape[:2]) < LEAST_SIDE:
        return None
    coarse = reduce_picture(picture, COARSE_SIDE)
    size = 1 + 2 * round(WIDEST_STROKE * max(coarse.shape) / 2)
    filled = ndimage.grey_closing(ndimage.median_filter(coarse, (3, 3, 1)), (size, size, 1))
    best, corners = LEAST_AREA * filled[..., 0].size, None
    for values in (filled.min(axis=2), filled.mean(axis=2)):
        for region in _list_bright_regions(values):
            if best < region.sum() < LARGEST_AREA * region.size:
                found = _fit_sheet(region, filled)
                if found is not None:
                    best, corners = region.sum(), found
                    break  # regions of higher levels are smaller
    if corners is None:
        return None
    scale = picture.shape[1] / coarse.shape[1]
    return np.asarray(_sort_corners(corners * scale))


def _list_bright_regions(values: np.ndarray) -> Iterator[np.ndarray]:
    """Yield, for several levels, the largest region above the level, with the holes filled."""
    low, high = np.percentile(values, [2, 98]).tolist()
    if high - low < LEAST_STEP:
        return
    previous = 0
    for level in np.linspace(low, high, LEVELS + 2)[1:-1]:
        bright = values >= level
        count = int(bright.sum())
        if count != previous and count > LEAST_AREA * bright.size / 2:
            yield _fill_holes(_take_largest(bright))
        previous = count


def _take_largest(mask: np.ndarray) -> np.ndarray:
    """Return a mask of the largest connected region of a mask, which must not be empty."""
    parts, _ = ndimage.label(mask)
    return np.asarray(parts == 1 + np.argmax(np.bincount(parts.ravel())[1:]))


def _fill_holes(region: np.ndarray) -> np.ndarray:
    """Fill the holes of a region, where a hole has no connection with the border of the picture."""
    parts, count = ndimage.label(~region)
    is_outside = np.zeros(count + 1, dtype=bool)
    is_outside[np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])] = True
    is_outside[0] = False
    return np.asarray(~is_outside[parts])


def _fit_sheet(region: np.ndarray, picture: np.ndarray) -> Corners | None:
    """Fit four straight sides to a region; return None if the region does not look like a sheet."""
    region = _remove_narrow_parts(region, 5)
    area = int(np.count_nonzero(region))
    if area < LEAST_AREA * region.size / 2:
        return None
    outline = _find_outline(region)
    # A rectangle that is tilted by 45 degrees fills half of the box around it.
    if area < 0.45 * np.prod(np.ptp(outline, axis=0)):
        return None
    from scipy.spatial import ConvexHull, QhullError  # only photos of sheets need this

    try:
        hull = ConvexHull(outline)
    except QhullError:  # all points are on one line
        return None
    if area < LEAST_FIT * hull.volume:  # of two dimensions: the area, which four sides enlarge
        return None
    corners = _simplify(outline[hull.vertices])
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    if sides.min() < SHORTEST_SIDE * min(region.shape):
        return None
    if area < LEAST_FIT * np.count_nonzero(_draw_polygon(corners, region.shape)):
        return None
    return corners if _has_paper_edge(region, picture) else None


def _remove_narrow_parts(mask: np.ndarray, side: int) -> np.ndarray:
    """Remove the points of a mask that lie in no square of `side` pixels within the mask.

    `ndimage.binary_opening` gives the same, but looks at each pixel of each square.
    """
    opened = np.pad(mask, side - 1)
    for combine in (np.logical_and, np.logical_or):
        for _ in range(2):  # down, then to the right
            length = len(opened) - side + 1
            opened = combine.reduce([opened[start : start + length] for start in range(side)]).T
    return np.asarray(opened)


def _find_outline(region: np.ndarray) -> np.ndarray:
    """Find the first and the last point of each row of a region, float (n, 2) of x and y."""
    y = np.flatnonzero(region.any(axis=1))
    first = region[y].argmax(axis=1)
    last = region.shape[1] - 1 - region[y, ::-1].argmax(axis=1)
    return np.stack([np.concatenate([first, last]), np.tile(y, 2)], axis=1).astype(float)


Point = tuple[float, float]


def _simplify(hull: np.ndarray) -> Corners:
    """Remove sides of a convex polygon until four are left, each time with the least added area."""
    points: list[Point] = [(x, y) for x, y in hull.tolist()]
    while len(points) > 4:
        additions = [_remove_side(points, side) for side in range(len(points))]
        _, side, corner = min(
            (area, side, corner)
            for side, (area, corner) in enumerate(additions)
            if corner is not None
        )
        points[side] = corner
        del points[(side + 1) % len(points)]
    return np.array(points)


def _remove_side(hull: list[Point], side: int) -> tuple[float, Point | None]:
    """Extend the two neighbours of a side until they meet; return the added area and the point."""
    count = len(hull)
    b, c = hull[side], hull[(side + 1) % count]
    before, after = hull[side - 1], hull[(side + 2) % count]
    first = (b[0] - before[0], b[1] - before[1])
    second = (c[0] - after[0], c[1] - after[1])
    cross = first[0] * second[1] - first[1] * second[0]
    if abs(cross) < 1e-9:
        return math.inf, None
    offset = (c[0] - b[0], c[1] - b[1])
    along = (offset[0] * second[1] - offset[1] * second[0]) / cross
    back = (offset[0] * first[1] - offset[1] * first[0]) / cross
    if along < 0 or back < 0:  # the neighbours open outwards
        return math.inf, None
    point = (b[0] + along * first[0], b[1] + along * first[1])
    return abs(first[0] * offset[1] - first[1] * offset[0]) * along / 2, point


def _draw_polygon(corners: Corners, shape: tuple[int, ...]) -> np.ndarray:
    """Draw a filled polygon as a mask (height, width), without the area outside the picture."""
    image = Image.new("1", (shape[1], shape[0]))
    ImageDraw.Draw(image).polygon([tuple(corner) for corner in corners.tolist()], fill=1, outline=1)
    return np.asarray(image)


def _has_paper_edge(region: np.ndarray, picture: np.ndarray) -> bool:
    """Whether the area around a region is darker than the region, but not because of a shadow."""
    inside = ndimage.binary_erosion(region, iterations=2, border_value=1)
    distances, places = ndimage.distance_transform_edt(~inside, return_indices=True)
    outside = (distances > 4) & (distances <= 6)
    if not outside.any():
        return False
    within = np.maximum(picture[tuple(places[:, outside])], 1)
    factors = picture[outside] / within
    if np.mean(factors.mean(axis=1) < EDGE_FACTOR) < EDGE_SHARE:
        return False
    frame = np.ones(region.shape, dtype=bool)
    frame[2:-2, 2:-2] = False
    if not (region & frame).any():
        return True
    no_shadow = (factors.mean(axis=1) < SHADOW_FACTOR) | (np.ptp(factors, axis=1) > SHADOW_COLOUR)
    return bool(np.mean(no_shadow) >= EDGE_SHARE)


def _sort_corners(corners: Corners) -> Corners:
    """Sort corners clockwise from the top left corner of the sheet.

    The top side is the side whose direction is closest to horizontal.
    """
    middle = corners.mean(axis=0)
    angles = np.arctan2(*(corners - middle).T[::-1])
    corners = corners[np.argsort(angles)]
    sides = np.roll(corners, -1, axis=0) - corners
    directions = sides[:, 0] / np.linalg.norm(sides, axis=1)
    return np.asarray(np.roll(corners, -int(np.argmax(directions)), axis=0))


def flatten_sheet(picture: np.ndarray, corners: Corners) -> np.ndarray:
    """Cut a sheet out of a picture, upright and rectangular: uint8 (height, width, 3)."""
    top, right, bottom, left = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = round((top + bottom) / 2), round((left + right) / 2)
    x, y = MARGIN * width, MARGIN * height
    target = [(-x, -y), (width + x, -y), (width + x, height + y), (-x, height + y)]
    flat = Image.fromarray(picture).transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        _solve_perspective(np.array(target), corners),
        Image.Resampling.BICUBIC,
    )
    return np.asarray(flat)


def _solve_perspective(target: Corners, source: Corners) -> list[float]:
    """Compute the eight numbers with which Pillow maps each point of the result to the picture.

    Pillow takes the point (x, y) from (ax + by + c) / (gx + hy + 1) and
    (dx + ey + f) / (gx + hy + 1).
    """
    rows = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return [float(value) for value in np.linalg.solve(np.array(rows), source.reshape(-1))]
