"""Every format gives the pixels of the plain picture; other files get an error message."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from picture_builders import PLAIN, chunk, png, save_image, to_bytes, write_bytes
from PIL import Image, ImageOps

from cnnlab.data import image_files


def difference(name, expected=PLAIN):
    """The largest mean difference of a channel from the expected picture."""
    found = image_files.read_image(name)
    assert found.dtype == np.uint8
    assert found.shape == (expected.height, expected.width, 3)
    return np.abs(found.astype(int) - np.asarray(expected.convert("RGB"))).mean(axis=(0, 1)).max()


@pytest.mark.parametrize(
    ("kind", "options", "most"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 90}, 3),
        ("JPEG", {"quality": 95}, 3),
        ("JPEG", {"quality": 95, "progressive": True}, 3),
    ],
)
def test_a_format_gives_the_plain_picture_for_any_file_name(kind, options, most, tmp_path):
    name = write_bytes(tmp_path / "picture.dat", to_bytes(PLAIN, kind, **options))
    assert difference(name) <= most


def test_a_palette_gives_the_plain_picture(tmp_path):
    assert difference(save_image(PLAIN.quantize(64), tmp_path / "a.png")) < 3
    assert difference(save_image(PLAIN.quantize(64), tmp_path / "a.bmp")) < 3


def test_gray_and_one_bit_give_the_plain_picture(tmp_path):
    gray = ImageOps.grayscale(PLAIN)
    assert difference(save_image(gray, tmp_path / "gray.png"), gray) == 0
    bits = gray.point(lambda level: 255 * (level > 127)).convert("1")
    assert difference(save_image(bits, tmp_path / "bits.png"), bits) == 0


def test_cmyk_gives_the_plain_picture(tmp_path):
    name = save_image(PLAIN.convert("CMYK"), tmp_path / "a.jpg", quality=95)
    with Image.open(name) as image:
        assert image.mode == "CMYK"
    assert difference(name) < 3


def test_16_bits_give_the_plain_picture(tmp_path):
    gray = ImageOps.grayscale(PLAIN)
    deep = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    name = save_image(deep, tmp_path / "deep.png")
    with Image.open(name) as image:
        assert image.mode == "I;16"
    assert difference(name, gray) == 0


def test_16_bits_in_colour_give_the_plain_picture(tmp_path):
    rows = [b"\0" + (np.asarray(PLAIN)[y].astype(">u2") * 257).tobytes() for y in range(90)]
    name = write_bytes(tmp_path / "deep.png", png(120, 90, b"".join(rows), depth=16, kind=2))
    assert difference(name) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(orientation, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # What a camera held that way has kept: turning it back gives the plain picture.
    kept = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    turned = PLAIN.transpose(kept[orientation]) if orientation in kept else PLAIN
    assert np.array_equal(
        np.asarray(ImageOps.exif_transpose(add_exif(turned, exif))), np.asarray(PLAIN)
    )
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("JPEG", {"quality": 95})):
        name = write_bytes(tmp_path / kind, to_bytes(turned, kind, exif=exif, **options))
        assert difference(name) < 3


def add_exif(image, exif):
    with Image.open(io.BytesIO(to_bytes(image, "PNG", exif=exif))) as opened:
        opened.load()
        return opened.copy()


def test_a_photo_with_damaged_exif_is_read_as_it_lies(tmp_path):
    for exif in (b"Exif\0\0nonsense", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"\0"):
        name = write_bytes(tmp_path / "a.png", to_bytes(PLAIN, "PNG", exif=exif))
        assert difference(name) == 0


def transparent(image, colour):
    """White becomes transparent, and the ink gets this colour."""
    ink = ImageOps.invert(ImageOps.grayscale(image))
    found = Image.new("RGBA", image.size, colour)
    found.putalpha(ink)
    return found


def test_what_is_transparent_shows_white(tmp_path):
    drawing = transparent(PLAIN, (0, 0, 0))
    expected = ImageOps.grayscale(PLAIN)
    for name in ("a.png", "a.webp"):
        assert difference(save_image(drawing, tmp_path / name, lossless=True), expected) <= 1


def test_white_ink_on_nothing_shows_on_black(tmp_path):
    name = save_image(transparent(PLAIN, (255, 255, 255)), tmp_path / "a.png")
    assert difference(name, ImageOps.invert(ImageOps.grayscale(PLAIN))) <= 1


def test_transparency_of_palettes_and_of_16_bits_counts(tmp_path):
    mask = np.asarray(ImageOps.grayscale(PLAIN)) > 200
    palette = Image.fromarray(np.where(mask, 1, 0).astype(np.uint8), mode=None)
    palette = palette.convert("P")
    palette.putpalette([0, 0, 0, 90, 90, 90])
    expected = Image.fromarray(np.where(mask, 255, 0).astype(np.uint8))
    assert difference(save_image(palette, tmp_path / "p.png", transparency=1), expected) == 0
    values = np.where(mask, 777, 0).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    key = chunk(b"tRNS", struct.pack(">H", 777))
    name = write_bytes(tmp_path / "deep.png", png(120, 90, rows, depth=16, extra=key))
    assert difference(name, expected) == 0


def test_of_a_photo_with_a_second_one_after_it_the_first_counts(tmp_path):
    second = ImageOps.invert(PLAIN)
    options = {"save_all": True, "append_images": [second], "quality": 95}
    name = write_bytes(tmp_path / "a.jpg", to_bytes(PLAIN, "MPO", **options))
    with Image.open(name) as image:
        assert (image.format, image.n_frames) == ("MPO", 2)
    assert difference(name) < 3


def test_a_folder_gives_its_files_sorted_and_no_hidden_ones(tmp_path):
    for name in ("b.png", "a.jpg", "notes.txt", ".DS_Store"):
        (tmp_path / name).touch()
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper/c.png").touch()
    expected = [str(tmp_path / name) for name in ("a.jpg", "b.png", "deeper", "notes.txt")]
    assert list(image_files.list_image_files(["x", str(tmp_path), "x"])) == ["x", *expected, "x"]
    empty = tmp_path / "deeper/empty"
    empty.mkdir()
    assert list(image_files.list_image_files([str(empty)])) == [str(empty)]
