"""Build image files of every format."""

from __future__ import annotations

import io
import struct
import zlib

from drawn_digits import STYLES

PLAIN = STYLES[4].draw(2).resize((120, 90))  # red on white, and not square


def save_image(image, path, **options):
    image.save(path, **options)
    return str(path)


def write_bytes(path, data):
    path.write_bytes(data)
    return str(path)


def to_bytes(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(width, height, rows, depth=8, kind=0, extra=b""):
    """The bytes of a PNG, written by hand: `rows` with a filter byte before each."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            *(chunk(b"IHDR", header), extra),
            *(chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")),
        ]
    )


def chunk(kind, data):
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
