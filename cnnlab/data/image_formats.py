"""Recognise the format of a picture file, and refuse pictures that are unsafe to read."""

from __future__ import annotations

import logging
import re
import struct

from PIL import (  # these six: by itself Pillow would import the readers of fifty formats
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from cnnlab.errors import DataError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
FORMAT_NAMES = "PNG, JPEG, WebP, BMP, GIF or TIFF"
MAX_PIXELS = 25_000_000
MAX_SIDE = 65_535  # pixels, the limit of JPEG; to resize, Pillow needs 16 bytes for each
DAMAGED = "cut short or damaged; save or copy it again"
_READERS = (
    *(BmpImagePlugin, GifImagePlugin, JpegImagePlugin),
    *(PngImagePlugin, TiffImagePlugin, WebPImagePlugin),
)
_FIRST_BYTES = re.compile(
    rb"\x89PNG\r\n|\xff\xd8\xff|RIFF....WEBP|GIF8[79]a|II\*\0|MM\0\*", re.DOTALL
)
# What a file begins with that is often found among pictures, but is none that cnnlab reads.
_OTHER_FORMATS = (
    (rb"....ftyp(hei[cxms]|hev[cx]|mif1|msf1)", "a HEIC picture"),
    (rb"....ftypavi[fs]", "an AVIF picture"),
    (rb"....ftyp", "a video"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (rb"8BPS", "a Photoshop file"),
    (rb"II\+\0|MM\0\+", "a BigTIFF picture"),
    (rb"%PDF", "a PDF file"),
    (rb"\s*<(\?xml[^>]*>\s*<)?svg", "an SVG drawing"),
    (rb"\s*<(!doctype )?html", "a web page, such as the error page of a failed download"),
)
# Pillow converts these modes to RGB without losing most of their values.
_MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr")
_TIFF_COMPRESSIONS = (
    *("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate"),
    *("jpeg", "group3", "group4", "tiff_ccitt", "zstd"),
)
# Without a handler, Python prints what Pillow logs about a damaged TIFF.
logging.getLogger(TiffImagePlugin.__name__).addHandler(logging.NullHandler())
_MAX_TIFF_NUMBERS = 500_000  # a picture of 25 megapixels in tiles of 16 × 16 has 98,000 tiles
_MAX_TIFF_TAG_BYTES = 8 * 2**20
_TIFF_SIZES = (1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8)  # bytes of each type of number, from type 0
_TIFF_BYTE_TYPES = (1, 2, 7)  # Pillow keeps these as bytes, and all others as Python numbers
_WHITE_IS_ZERO, _TILE_WIDTH, _TILE_LENGTH = 0, 322, 323
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
_MAX_GIF_EXTRA = 2**20  # bytes of comments and the like
_MAX_GIF_BLOCKS = 500_000  # 25 megapixels of noise fill 120,000


def describe_unknown(start: bytes) -> str:
    """Say what a file with unknown first bytes is, and what the user can do."""
    if _FIRST_BYTES.match(start):
        return DAMAGED
    for pattern, name in _OTHER_FORMATS:
        if re.match(pattern, start, re.DOTALL | re.IGNORECASE):
            return f"{name}, not a {FORMAT_NAMES} image; save it as one of these"
    return f"not a {FORMAT_NAMES} image; save it as one of these"


def require_safe_bytes(data: memoryview) -> None:
    """Raise DataError for a GIF or a TIFF that would need too much memory or time."""
    start = bytes(data[:4])
    if start == b"GIF8":
        frames = _count_gif_frames(data)
        if frames > 1:
            raise DataError(_describe_animation(frames))
    elif start in (b"II*\0", b"MM\0*"):
        _require_small_tiff_tables(data)


def require_readable(image: Image.Image) -> None:
    """Raise DataError for an unsupported picture before Pillow decodes the pixels."""
    pixels, most = image.width * image.height, _find_pixel_limit(image)
    if pixels > most:
        raise DataError(describe_size(pixels, most))
    if max(image.size) > MAX_SIDE:
        side = f"a side of {max(image.size):,} pixels"
        raise DataError(f"{side}, but cnnlab reads at most {MAX_SIDE:,}; cut it into pieces")
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        _require_plain_tiff(image)
    # An MPO is a photo followed by a preview or by the picture for the other eye; use the first.
    elif image.format not in ("MPO", "GIF") and getattr(image, "n_frames", 1) > 1:
        raise DataError(_describe_animation(getattr(image, "n_frames", 1)))
    if image.mode not in _MODES and not image.mode.startswith("I;16"):
        raise DataError(
            "its pixels are neither gray values of 8 or 16 bits nor colours of 8 bits; save it "
            "with 8 bits for each colour"
        )


def describe_size(pixels: int, most: int = MAX_PIXELS) -> str:
    """Write a message that a picture has too many pixels."""
    return f"{pixels:,} pixels, but cnnlab reads at most {most:,}; make it smaller"


def _describe_animation(frames: int) -> str:
    return f"an animation of {frames:,} pictures; save one of them as a file"


def _find_pixel_limit(image: Image.Image) -> int:
    """Return the largest number of pixels that Pillow can decode with 256 MiB of memory.

    WebP and progressive four-colour JPEG need more memory for each pixel.
    """
    in_four_colours = image.mode == "CMYK" and "progressive" in image.info
    return MAX_PIXELS * 3 // 5 if image.format == "WEBP" or in_four_colours else MAX_PIXELS


def _require_plain_tiff(image: TiffImagePlugin.TiffImageFile) -> None:
    """Raise DataError for a TIFF that has several pictures or uses a rare variant of the format."""
    if image.is_animated:
        raise DataError("a file of several pictures; save one of them as a file")
    compression = image.info["compression"]
    if compression not in _TIFF_COMPRESSIONS:
        raise DataError(f"a TIFF with the compression {compression}; save it as PNG")
    tags = image.tag_v2
    tile = int(tags.get(_TILE_WIDTH, 0)) * int(tags.get(_TILE_LENGTH, 0))
    if tile > 2**20:  # the decoder reserves memory for a whole tile
        raise DataError(f"a TIFF with tiles of {tile:,} pixels; save it as PNG")
    bits = max(tags.get(_BITS_PER_SAMPLE, (1,)))
    counts_from_white = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    if image.mode.startswith("I;16") and (bits != 16 or counts_from_white):
        kind = f"{bits} bits" if bits != 16 else "16 bits from white to black"
        raise DataError(f"a TIFF with gray values of {kind}; save it with 8 bits")


def _require_small_tiff_tables(data: memoryview) -> None:
    """Raise DataError if the first directory of a TIFF has more numbers than a picture needs.

    Pillow would create a Python object for each number. Source: TIFF 6.0 (Aldus, 1992), section 2.
    """
    order = "<" if bytes(data[:1]) == b"I" else ">"
    try:
        (place,) = struct.unpack_from(f"{order}I", data, 4)
        (entries,) = struct.unpack_from(f"{order}H", data, place)
        numbers = size_bytes = 0
        for entry in range(entries):
            _, kind, count = struct.unpack_from(f"{order}HHI", data, place + 2 + 12 * entry)
            numbers += 0 if kind in _TIFF_BYTE_TYPES else count
            size_bytes += count * (_TIFF_SIZES[kind] if kind < len(_TIFF_SIZES) else 0)
    except struct.error:
        raise DataError(DAMAGED) from None
    if numbers > _MAX_TIFF_NUMBERS or size_bytes > _MAX_TIFF_TAG_BYTES:
        raise DataError("a TIFF with oversized tables; save it as PNG")


def _count_gif_frames(data: memoryview) -> int:
    """Count the pictures of a GIF file from its blocks, without decoding the pictures.

    Raises DataError if the file has more blocks, or more bytes outside pictures, than one picture
    needs. Source: CompuServe, Graphics Interchange Format 89a (1990).
    """
    frames = blocks = extra = 0
    place = 13 + _measure_palette(data, 10)
    while place < len(data) and data[place] != ord(";"):
        is_frame = data[place] == ord(",")
        if not is_frame and data[place] != ord("!"):  # Pillow passes over such bytes
            place, blocks = place + 1, blocks + 1
            continue
        place += 2  # an extension has a label
        if is_frame:
            frames += 1
            place += 9 + _measure_palette(data, place + 7)  # and one byte, the code size
        while place < len(data) and data[place]:
            blocks += 1
            extra += 0 if is_frame else data[place]
            place += 1 + data[place]
            if blocks > _MAX_GIF_BLOCKS or extra > _MAX_GIF_EXTRA:
                raise DataError("a GIF with oversized blocks; save it as PNG")
        place += 1
    return frames


def _measure_palette(data: memoryview, place: int) -> int:
    """Compute the size in bytes of a GIF's palette from the flags at the offset `place`."""
    flags = data[place] if place < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 128 else 0
