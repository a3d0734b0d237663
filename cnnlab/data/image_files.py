"""Read image files of six formats as uint8 arrays, or describe the fault of a bad file."""

from __future__ import annotations

import io
import os
import re
import struct
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from cnnlab.data import image_formats
from cnnlab.data.folder_names import is_passed_over
from cnnlab.data.image_formats import DAMAGED
from cnnlab.errors import DataError
from cnnlab.untrusted_files import NotRegularFile, open_regular

STDIN = "-"
GROUND = "white"  # behind transparent pixels
MAX_BYTES = 256 * 2**20  # 25 megapixels of four 16-bit numbers, not compressed, take 200 MB
_STRIP = 2**20  # pixels that are converted at once
BLANK = 16  # gray levels; a picture that differs less from white is invisible on white
# For each EXIF orientation, a function that turns an upright picture into the stored one. Its
# result is a view of the same pixels.
_CAMERA_VIEWS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.swapaxes(0, 1),
    6: np.rot90,
    7: lambda upright: np.rot90(upright, 2).swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}
# The errors of Pillow's readers on damaged files.
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


@dataclass(frozen=True)
class Picture:
    """A picture, uint8 (height, width, 3), that cnnlab turns upright by its EXIF orientation.

    `orientation` is the EXIF orientation, 1 to 8, or None if the file has no valid orientation.
    """

    upright: np.ndarray
    orientation: int | None

    @property
    def is_turned(self) -> bool:
        """Whether the file stores the picture rotated or mirrored, other than `upright`."""
        return self.orientation in _CAMERA_VIEWS

    @property
    def pixels_in_file(self) -> np.ndarray:
        """The pixels as the file stores them, uint8 (height, width, 3)."""
        turn = _CAMERA_VIEWS.get(self.orientation or 1)
        return turn(self.upright) if turn else self.upright


def list_image_files(names: Sequence[str]) -> Iterator[str]:
    """Yield each file in `names`, and for each folder in `names` the files inside, sorted by name.

    The function skips hidden files and files of operating systems in folders. It yields an empty
    folder itself, so that `read_image` reports that the folder has no image.
    """
    for name in names:
        inside = [] if name == STDIN else _list_folder(name)
        yield from inside or [name]


def _list_folder(name: str) -> list[str]:
    try:
        names = sorted(os.listdir(name))
        return [str(Path(name) / inner) for inner in names if not is_passed_over(inner)]
    except (OSError, ValueError):  # not a folder, or not readable: `read_image` says why
        return []


def read_image(name: str) -> np.ndarray:
    """Read a picture, uint8 (height, width, 3) and upright, from a file or standard input (`-`).

    Transparent pixels become white. If the picture would be invisible on white, they become black.

    Raises:
        DataError: the file has a fault; the message describes the fault, and the caller adds the
            name of the file.
    """
    with ignore_warnings():
        return read_picture_in_thread(name).upright


def decode_image(data: bytes) -> np.ndarray:
    """Read a picture from the bytes of a file, with the result and the errors of `read_image`."""
    with ignore_warnings():
        return _read_bytes(io.BytesIO(data), "the file is empty", GROUND).upright


def read_picture(name: str, ground: str | None = GROUND) -> Picture:
    """Read a picture with its EXIF orientation. The function raises the errors of `read_image`.

    Args:
        ground: the colour behind transparent pixels. With None, transparent pixels get the colour
            that the file stores for them, as in Keras and in Pillow's `convert("RGB")`.
    """
    with ignore_warnings():
        return read_picture_in_thread(name, ground)


def ignore_warnings() -> warnings.catch_warnings[None]:
    """Silence Pillow's warnings inside the `with` block, because cnnlab itself reports errors."""
    return warnings.catch_warnings(action="ignore")


def read_picture_in_thread(name: str, ground: str | None = GROUND) -> Picture:
    """Read a picture as `read_picture` does, but leave Pillow's warnings to the caller.

    Several threads call this function inside one `ignore_warnings`, which silences all threads.
    """
    file = io.BytesIO(_read_stdin() if name == STDIN else _read_file(name))
    return _read_bytes(
        file, "standard input is empty" if name == STDIN else "the file is empty", ground
    )


def _read_bytes(file: io.BytesIO, without_bytes: str, ground: str | None) -> Picture:
    """Read a picture from bytes; `without_bytes` is the message if there are none."""
    size = file.getbuffer().nbytes
    if size > MAX_BYTES:
        raise DataError(f"over {MAX_BYTES // 2**20} MiB; make it smaller")
    if not size:
        raise DataError(without_bytes)
    return _decode(file, ground)


def _read_stdin() -> bytes:
    has_input = sys.stdin is not None and not sys.stdin.isatty()
    return sys.stdin.buffer.read(MAX_BYTES + 1) if has_input else b""


def _read_file(name: str) -> bytes:
    """Read the bytes of a regular file, and refuse a pipe, which could block the program."""
    try:
        with open_regular(name) as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DataError("there is no such file") from None
    except NotRegularFile as error:
        raise DataError(f"{error.strerror}; pipe the bytes into cnnlab with `-`") from None
    except IsADirectoryError:
        empty, nested = "there is no image in this folder", "a folder inside a folder"
        raise DataError(f"{nested}; name it directly" if _list_folder(name) else empty) from None
    except OSError as error:
        raise DataError(f"cannot be read: {(error.strerror or '').lower()}") from None
    except ValueError:  # a zero byte in the name
        raise DataError("not the name of a file") from None


def _decode(file: io.BytesIO, ground: str | None) -> Picture:
    try:
        with file.getbuffer() as data:
            image_formats.require_safe_bytes(data)
        with Image.open(file, formats=image_formats.FORMATS) as image:
            image_formats.require_readable(image)
            image.load()
            orientation = _read_orientation(image)
            file.close()  # its bytes may need as much memory as the picture
            return Picture(_to_upright_rgb(image, orientation, ground), orientation)
    except UnidentifiedImageError:
        raise DataError(image_formats.describe_unknown(bytes(file.getbuffer()[:256]))) from None
    except Image.DecompressionBombError as error:  # Pillow's own limit, above MAX_PIXELS
        pixels = re.search(r"\d+", str(error))
        raise DataError(image_formats.describe_size(int(pixels[0]) if pixels else 0)) from None
    except _UNREADABLE:
        raise DataError(DAMAGED) from None


def _read_orientation(image: Image.Image) -> int | None:
    """Read the EXIF orientation of a picture, 1 to 8; return None without a valid orientation."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except _UNREADABLE:  # the picture itself may be intact
        return None


def _to_upright_rgb(image: Image.Image, orientation: int | None, ground: str | None) -> np.ndarray:
    """Convert a picture of any Pillow mode to upright 8-bit RGB.

    The function converts strip by strip, because a copy of the whole picture can need 100 MB.
    """
    is_on_its_side = orientation in (5, 6, 7, 8)
    width, height = reversed(image.size) if is_on_its_side else image.size
    upright = np.empty((height, width, 3), np.uint8)
    view = _CAMERA_VIEWS[orientation](upright) if orientation in _CAMERA_VIEWS else upright
    _fill_on_ground(image, view, ground)
    if ground and image.has_transparency_data and upright.min() > 255 - BLANK:
        _fill_on_ground(image, view, "black")
    return upright


def _fill_on_ground(image: Image.Image, target: np.ndarray, ground: str | None) -> None:
    """Fill `target`, uint8 (height, width, 3), with the image on a background of one colour.

    `ground` is the colour of the background. With None, transparency has no effect.
    """
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        strip = _to_8_bits(image.crop((0, top, image.width, bottom)))
        if ground and strip.has_transparency_data:
            picture = strip.convert("RGBA")
            strip = Image.alpha_composite(Image.new("RGBA", picture.size, ground), picture)
        target[top:bottom] = strip.convert("RGB")


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Convert a 16-bit gray image to 8 bits. Pillow itself would set all values over 255 to 255."""
    if not image.mode.startswith("I;16"):
        return image
    values = np.asarray(image)
    gray = Image.fromarray((values >> 8).astype(np.uint8))
    transparent = image.info.get("transparency")
    if transparent is not None:
        gray.putalpha(Image.fromarray(values != transparent))
    return gray
