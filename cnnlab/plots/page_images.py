"""Encode arrays as small PNG images for HTML pages with a light or a dark background."""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image

from cnnlab.plots.image_grids import SEQUENTIAL, ColourScale

MAX_SIDE = 160  # pixels of an image that is shown among others
NEGATIVE, POSITIVE = (58, 130, 214), (217, 72, 56)  # visible on white and on dark pages


def encode_image(image: np.ndarray) -> bytes:
    """Encode a uint8 image (height, width, 1 or 3) as a PNG of at most 160 × 160 pixels."""
    picture = Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    return _to_png(picture)


def encode_numbers(numbers: np.ndarray, scale: ColourScale) -> bytes:
    """Encode an array of numbers (height, width) as a PNG with colours; NaN is transparent.

    On a scale with negative numbers, 0 is also transparent, so that the background shows.
    """
    if scale.low >= 0:
        colours = SEQUENTIAL.with_extremes(bad=(0, 0, 0, 0))
        shares = np.ma.masked_invalid(numbers) / scale.high
        return encode_pixels(colours(shares, bytes=True))
    pixels = np.zeros((*numbers.shape, 4), np.uint8)
    pixels[..., :3] = np.where(numbers[..., np.newaxis] < 0, NEGATIVE, POSITIVE)
    shares = np.minimum(np.abs(np.nan_to_num(numbers)) / scale.high, 1)
    pixels[..., 3] = np.round(255 * shares)
    return encode_pixels(pixels)


def encode_pixels(pixels: np.ndarray) -> bytes:
    """Encode pixels with colour and opacity, uint8 (height, width, 4), as a PNG."""
    return _to_png(Image.fromarray(pixels))


def reduce_maps(maps: np.ndarray, most: int) -> np.ndarray:
    """Drop rows and columns of maps (height, width, n) until no side is over `most` pixels."""
    step = math.ceil(max(maps.shape[:2]) / most)
    return maps[::step, ::step]


def _to_png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
