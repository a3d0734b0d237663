"""GIF and TIFF files with oversized tables, or with rare kinds of numbers, are refused."""

import struct

import numpy as np
import pytest
from picture_builders import PLAIN, to_bytes
from PIL import Image

from cnnlab.data import image_files
from cnnlab.errors import DataError

GIF = to_bytes(PLAIN.quantize(8), "GIF")
HEAD = GIF[: 13 + 3 * 8]  # with the palette of 8 colours
FRAME = b",\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0"  # of one pixel
OVERSIZED_GIF = "a GIF with oversized blocks; save it as PNG"
OVERSIZED_TIFF = "a TIFF with oversized tables; save it as PNG"


def fault(tmp_path, data):
    path = tmp_path / "a"
    path.write_bytes(data)
    with pytest.raises(DataError) as raised:
        image_files.read_image(str(path))
    return str(raised.value)


def tiff(entries, rest=b""):
    """A TIFF with one directory of (tag, type, count, value) entries."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + packed + b"\0\0\0\0" + rest


SIZE = [(256, 4, 1, 8), (257, 4, 1, 6)]


def test_a_gif_with_endless_comments_is_refused(tmp_path):
    comments = b"!\xfe" + (b"\xff" + b"c" * 255) * 5000 + b"\0"
    assert fault(tmp_path, HEAD + comments + GIF[len(HEAD) :]) == OVERSIZED_GIF
    assert fault(tmp_path, HEAD + b"!\xfe" + b"\1c" * 600_000 + b"\0") == OVERSIZED_GIF


def test_a_gif_of_many_frames_is_refused_by_their_number(tmp_path):
    told = "an animation of 3,000 pictures; save one of them as a file"
    assert fault(tmp_path, HEAD + FRAME * 3000 + b";") == told
    junk = HEAD + b"??" + FRAME + b"?" + FRAME  # Pillow passes over bytes between blocks
    assert fault(tmp_path, junk) == "an animation of 2 pictures; save one of them as a file"


def test_a_gif_that_promises_a_large_screen_is_refused(tmp_path):
    large = GIF[:6] + struct.pack("<HH", 65_535, 65_535) + GIF[10:]
    assert fault(tmp_path, large).startswith("4,294,836,225 pixels, but cnnlab reads at most")
    beyond = HEAD + b"," + struct.pack("<HHHH", 0, 0, 9000, 9000) + FRAME[9:]
    assert fault(tmp_path, beyond).startswith("81,000,000 pixels, but cnnlab reads at most")


def test_a_tiff_with_a_long_table_is_refused(tmp_path):
    numbers = 600_000
    table = tiff([*SIZE, (273, 4, numbers, 100), (279, 4, numbers, 100)], b"\0" * 4 * numbers)
    assert fault(tmp_path, table) == OVERSIZED_TIFF
    text = tiff([*SIZE, (270, 2, 2**31, 8)])
    assert fault(tmp_path, text) == OVERSIZED_TIFF


def test_a_tiff_with_a_huge_tile_is_refused(tmp_path):
    tile = [(322, 4, 1, 60_000), (323, 4, 1, 60_000), (324, 4, 1, 8), (325, 4, 1, 8)]
    kinds = [(258, 3, 1, 8), (259, 3, 1, 5), (262, 3, 1, 1)]
    told = "a TIFF with tiles of 3,600,000,000 pixels; save it as PNG"
    assert fault(tmp_path, tiff([*SIZE, *kinds, *tile])) == told


@pytest.mark.parametrize("mode", ["I", "F", "LAB"])
def test_a_tiff_of_other_numbers_is_refused(mode, tmp_path):
    image = Image.new(mode, (4, 4))
    assert fault(tmp_path, to_bytes(image, "TIFF")) == (
        "its pixels are neither gray values of 8 or 16 bits nor colours of 8 bits; save it with 8 "
        "bits for each colour"
    )


def test_a_tiff_of_12_bits_or_of_16_bits_from_white_is_refused(tmp_path):
    place = struct.calcsize("<HHII") * 7 + 14
    strip = [(273, 4, 1, place), (278, 4, 1, 6), (279, 4, 1, 96)]
    for bits, zero, told in ((12, 1, "12 bits"), (16, 0, "16 bits from white to black")):
        kinds = [(258, 3, 1, bits), (262, 3, 1, zero)]
        data = tiff(sorted([*SIZE, *kinds, *strip]), bytes(96))
        assert fault(tmp_path, data) == f"a TIFF with gray values of {told}; save it with 8 bits"


def test_a_rare_compression_is_refused(tmp_path):
    data = to_bytes(PLAIN, "TIFF", compression="lzma")
    assert fault(tmp_path, data) == "a TIFF with the compression lzma; save it as PNG"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_turned_as_a_png_is(orientation, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    pictures = []
    for kind, options in (("PNG", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})):
        (tmp_path / "a").write_bytes(to_bytes(PLAIN, kind, exif=exif, **options))
        pictures.append(image_files.read_image(str(tmp_path / "a")))
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])
