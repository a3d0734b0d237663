"""Image files → uint8 arrays, with a sentence for each that is none: PNG, JPEG, WebP and BMP."""

from __future__ import annotations

import io
import os
import re
import struct
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import (  # these four alone: Pillow would import the readers of fifty formats
    BmpImagePlugin,
    ExifTags,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from cnnlab.errors import DataError
from cnnlab.files import NotOrdinary, open_ordinary

STDIN = "-"
MAX_PIXELS = 25_000_000
MAX_SIDE = 65_535  # as JPEG has it; Pillow takes 16 bytes for each to make it smaller
MAX_BYTES = 256 * 2**20  # 25 megapixels of four 16-bit numbers, not compressed, take 200 MB
_STRIP = 2**20  # pixels
BLANK = 16  # levels of 255 that a transparent picture differs from white at least
_READERS = (BmpImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
_BEGINNINGS = re.compile(rb"\x89PNG\r\n|\xff\xd8\xff|RIFF....WEBP", re.DOTALL)
_DAMAGED = "cut short or damaged; save or copy it anew"
_NO_IMAGE = "not a PNG, JPEG, WebP or BMP image; save it as one of these"
# An upright picture as the camera kept it, by EXIF's number: a view of the same pixels.
_KEPT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.swapaxes(0, 1),
    6: np.rot90,
    7: lambda upright: np.rot90(upright, 2).swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}
# What Pillow's readers raise on bytes that are not theirs.
_UNREADABLE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)


def named(names: Sequence[str]) -> Iterator[str]:
    """The names of images: files as they are, folders as the files that are in them, sorted.

    Hidden files, which folders gather by themselves, are passed over. A folder that holds nothing
    stays, for `read` to tell.
    """
    for name in names:
        inside = [] if name == STDIN else _inside(name)
        yield from inside or [name]


def _inside(name: str) -> list[str]:
    try:
        return [str(Path(name) / inner) for inner in sorted(os.listdir(name)) if inner[0] != "."]
    except (OSError, ValueError):  # not a folder, or not to be listed: `read` says why
        return []


def read(name: str) -> np.ndarray:
    """The picture in a file, or in what is piped in for `-`: uint8 (height, width, 3), upright.

    What is transparent shows white, or black where that alone lets something be seen.

    Raises:
        DataError: what is there instead of a picture; the name is left to the caller.
    """
    with unwarned():
        return read_unwarned(name)


def unwarned() -> warnings.catch_warnings[None]:
    """While entered, nobody is warned of what is told in a sentence, or repaired by Pillow."""
    return warnings.catch_warnings(action="ignore")


def read_unwarned(name: str) -> np.ndarray:
    """Like `read`, for many threads inside one `unwarned`, which is no thread's own."""
    file = io.BytesIO(_piped() if name == STDIN else _bytes(name))
    size = file.getbuffer().nbytes
    if size > MAX_BYTES:
        raise DataError(f"over {MAX_BYTES // 2**20} MiB; make it smaller")
    if not size:
        raise DataError("nothing was piped in" if name == STDIN else "empty")
    return _decoded(file)


def _piped() -> bytes:
    there = sys.stdin is not None and not sys.stdin.isatty()
    return sys.stdin.buffer.read(MAX_BYTES + 1) if there else b""


def _bytes(name: str) -> bytes:
    """The bytes of an ordinary file; nothing else is opened, since a pipe would be waited for."""
    try:
        with open_ordinary(name) as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DataError("there is no such file") from None
    except NotOrdinary as error:
        raise DataError(f"{error.strerror}; pipe its bytes into `-`") from None
    except IsADirectoryError:
        nothing, inner = "there is no image in this folder", "a folder inside a folder"
        raise DataError(f"{inner}; name it itself" if _inside(name) else nothing) from None
    except OSError as error:
        raise DataError(f"cannot be read: {(error.strerror or '').lower()}") from None
    except ValueError:  # a zero byte in the name
        raise DataError("not the name of a file") from None


def _decoded(file: io.BytesIO) -> np.ndarray:
    try:
        with Image.open(file, formats=_FORMATS) as image:
            _require_one_of_fit_size(image)
            image.load()
            orientation = _orientation(image)
            file.close()  # it may be as large as the picture
            return _plain(image, orientation)
    except UnidentifiedImageError:
        begins = _BEGINNINGS.match(file.getbuffer())
        raise DataError(_DAMAGED if begins else _NO_IMAGE) from None
    except Image.DecompressionBombError as error:  # Pillow's own limit, far above ours
        pixels = re.search(r"\d+", str(error))
        raise DataError(_too_large(int(pixels[0]) if pixels else 0, MAX_PIXELS)) from None
    except _UNREADABLE:
        raise DataError(_DAMAGED) from None


def _orientation(image: Image.Image) -> int | None:
    """How the camera was held, from 1 to 8; None where the EXIF does not say, or is damaged."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except _UNREADABLE:  # the picture itself is whole
        return None


def _require_one_of_fit_size(image: Image.Image) -> None:
    """Raise DataError, by what the header says, before a pixel is decoded."""
    pixels, most = image.width * image.height, _most_pixels(image)
    if pixels > most:
        raise DataError(_too_large(pixels, most))
    if max(image.size) > MAX_SIDE:
        told = f"a side of {max(image.size):,} pixels, but at most {MAX_SIDE:,} are read"
        raise DataError(f"{told}; cut it into pieces")
    frames = getattr(image, "n_frames", 1)
    # An MPO is a photo with another one after it, a preview or a second eye's; the first is meant.
    if frames > 1 and image.format != "MPO":
        raise DataError(f"an animation of {frames} pictures; save the one that is meant")


def _most_pixels(image: Image.Image) -> int:
    """Fewer of what takes over 10 bytes a pixel to decode, so that 256 MiB are enough for all."""
    in_four_colours = image.mode == "CMYK" and "progressive" in image.info
    return MAX_PIXELS * 3 // 5 if image.format == "WEBP" or in_four_colours else MAX_PIXELS


def _too_large(pixels: int, most: int) -> str:
    return f"{pixels:,} pixels, but at most {most:,} are read; make it smaller"


def _plain(image: Image.Image, orientation: int | None) -> np.ndarray:
    """The picture upright in 8-bit RGB, whatever it was kept as.

    It is turned into that a strip of rows after another, since a copy of all may take 100 MB.
    """
    on_its_side = orientation in (5, 6, 7, 8)
    width, height = reversed(image.size) if on_its_side else image.size
    upright = np.empty((height, width, 3), np.uint8)
    kept = _KEPT[orientation](upright) if orientation in _KEPT else upright
    _lay(image, kept, "white")
    if image.has_transparency_data and upright.min() > 255 - BLANK:
        _lay(image, kept, "black")
    return upright


def _lay(image: Image.Image, kept: np.ndarray, ground: str) -> None:
    """Fill `kept`, uint8 (height, width, 3), with the image as it looks on a ground."""
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        strip = _in_8_bits(image.crop((0, top, image.width, bottom)))
        if strip.has_transparency_data:
            picture = strip.convert("RGBA")
            strip = Image.alpha_composite(Image.new("RGBA", picture.size, ground), picture)
        kept[top:bottom] = strip.convert("RGB")


def _in_8_bits(image: Image.Image) -> Image.Image:
    """16-bit gray, which Pillow's own conversion cuts at 255, in 8 bits; others as they are."""
    if not image.mode.startswith("I;16"):
        return image
    values = np.asarray(image)
    gray = Image.fromarray((values >> 8).astype(np.uint8))
    transparent = image.info.get("transparency")
    if transparent is not None:
        gray.putalpha(Image.fromarray(values != transparent))
    return gray
