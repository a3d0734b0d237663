"""Every format gives the pixels of the plain picture; what is no picture gets its sentence."""

from __future__ import annotations

import io
import os
import struct
import zlib

import numpy as np
import pytest
from drawn_digits import STYLES
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from cnnlab.data import pictures
from cnnlab.errors import DataError

PLAIN = STYLES[4].draw(2).resize((120, 90))  # red on white, and not square


def saved(image, path, **options):
    image.save(path, **options)
    return str(path)


def written(path, data):
    path.write_bytes(data)
    return str(path)


def as_bytes(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def difference(name, expected=PLAIN):
    """The largest mean difference of a channel between what was read and what it should be."""
    found = pictures.read(name)
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
def test_a_format_gives_the_plain_picture_whatever_the_file_is_called(
    kind, options, most, tmp_path
):
    name = written(tmp_path / "picture.dat", as_bytes(PLAIN, kind, **options))
    assert difference(name) <= most


def test_a_palette_gives_the_plain_picture(tmp_path):
    assert difference(saved(PLAIN.quantize(64), tmp_path / "a.png")) < 3
    assert difference(saved(PLAIN.quantize(64), tmp_path / "a.bmp")) < 3


def test_gray_and_one_bit_give_the_plain_picture(tmp_path):
    gray = ImageOps.grayscale(PLAIN)
    assert difference(saved(gray, tmp_path / "gray.png"), gray) == 0
    bits = gray.point(lambda level: 255 * (level > 127)).convert("1")
    assert difference(saved(bits, tmp_path / "bits.png"), bits) == 0


def test_cmyk_gives_the_plain_picture(tmp_path):
    name = saved(PLAIN.convert("CMYK"), tmp_path / "a.jpg", quality=95)
    with Image.open(name) as image:
        assert image.mode == "CMYK"
    assert difference(name) < 3


def test_16_bits_give_the_plain_picture(tmp_path):
    gray = ImageOps.grayscale(PLAIN)
    deep = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    name = saved(deep, tmp_path / "deep.png")
    with Image.open(name) as image:
        assert image.mode == "I;16"
    assert difference(name, gray) == 0


def test_16_bits_in_colour_give_the_plain_picture(tmp_path):
    rows = [b"\0" + (np.asarray(PLAIN)[y].astype(">u2") * 257).tobytes() for y in range(90)]
    name = written(tmp_path / "deep.png", png(120, 90, b"".join(rows), depth=16, kind=2))
    assert difference(name) == 0


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


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(orientation, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # What a camera held that way has kept: turning it back gives the plain picture.
    kept = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    turned = PLAIN.transpose(kept[orientation]) if orientation in kept else PLAIN
    assert np.array_equal(
        np.asarray(ImageOps.exif_transpose(with_exif(turned, exif))), np.asarray(PLAIN)
    )
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("JPEG", {"quality": 95})):
        name = written(tmp_path / kind, as_bytes(turned, kind, exif=exif, **options))
        assert difference(name) < 3


def with_exif(image, exif):
    with Image.open(io.BytesIO(as_bytes(image, "PNG", exif=exif))) as opened:
        opened.load()
        return opened.copy()


def test_a_photo_with_damaged_exif_is_read_as_it_lies(tmp_path):
    for exif in (b"Exif\0\0nonsense", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"\0"):
        name = written(tmp_path / "a.png", as_bytes(PLAIN, "PNG", exif=exif))
        assert difference(name) == 0


def transparent(image, colour):
    """Where the picture is white it becomes transparent, and the ink gets this colour."""
    ink = ImageOps.invert(ImageOps.grayscale(image))
    found = Image.new("RGBA", image.size, colour)
    found.putalpha(ink)
    return found


def test_what_is_transparent_shows_white(tmp_path):
    drawing = transparent(PLAIN, (0, 0, 0))
    expected = ImageOps.grayscale(PLAIN)
    for name in ("a.png", "a.webp"):
        assert difference(saved(drawing, tmp_path / name, lossless=True), expected) <= 1


def test_white_ink_on_nothing_shows_on_black(tmp_path):
    name = saved(transparent(PLAIN, (255, 255, 255)), tmp_path / "a.png")
    assert difference(name, ImageOps.invert(ImageOps.grayscale(PLAIN))) <= 1


def test_transparency_of_palettes_and_of_16_bits_counts(tmp_path):
    mask = np.asarray(ImageOps.grayscale(PLAIN)) > 200
    palette = Image.fromarray(np.where(mask, 1, 0).astype(np.uint8), mode=None)
    palette = palette.convert("P")
    palette.putpalette([0, 0, 0, 90, 90, 90])
    expected = Image.fromarray(np.where(mask, 255, 0).astype(np.uint8))
    assert difference(saved(palette, tmp_path / "p.png", transparency=1), expected) == 0
    values = np.where(mask, 777, 0).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    key = chunk(b"tRNS", struct.pack(">H", 777))
    name = written(tmp_path / "deep.png", png(120, 90, rows, depth=16, extra=key))
    assert difference(name, expected) == 0


def test_of_a_photo_with_a_second_one_after_it_the_first_counts(tmp_path):
    second = ImageOps.invert(PLAIN)
    options = {"save_all": True, "append_images": [second], "quality": 95}
    name = written(tmp_path / "a.jpg", as_bytes(PLAIN, "MPO", **options))
    with Image.open(name) as image:
        assert (image.format, image.n_frames) == ("MPO", 2)
    assert difference(name) < 3


def fault(name):
    with pytest.raises(DataError) as raised:
        pictures.read(str(name))
    return str(raised.value)


NO_IMAGE = "not a PNG, JPEG, WebP or BMP image; save it as one of these"
DAMAGED = "cut short or damaged; save or copy it anew"


def test_what_is_not_there_or_no_file_is_told(tmp_path):
    (tmp_path / "folder/inner").mkdir(parents=True)
    (tmp_path / "folder/inner/a.png").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.png").touch()
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    no_file = "a pipe or a device, not a file; pipe its bytes into `-`"
    assert fault(tmp_path / "none.png") == "there is no such file"
    assert fault(tmp_path / "pipe") == no_file
    assert fault("/dev/zero") == no_file
    assert fault(tmp_path / "empty.png") == "empty"
    assert fault(tmp_path / "folder") == "a folder inside a folder; name it itself"
    (tmp_path / "folder/inner/a.png").unlink()
    assert fault(tmp_path / "folder/inner") == "there is no image in this folder"
    assert fault(loop) == "cannot be read: too many levels of symbolic links"
    assert fault("a" * 300) == "cannot be read: file name too long"
    assert fault("a\0b") == "not the name of a file"


def test_what_is_no_image_is_told(tmp_path):
    gif, tiff = as_bytes(PLAIN, "GIF"), as_bytes(PLAIN, "TIFF")
    for data in (b"hello", b"BM", b"\0" * 1000, b"<svg></svg>", gif, tiff, b"BMW is a company"):
        assert fault(written(tmp_path / "a.png", data)) == NO_IMAGE


def test_a_file_cut_short_is_told(tmp_path):
    for kind in ("PNG", "JPEG", "WEBP", "BMP"):
        whole = as_bytes(STYLES[0].draw(8), kind)
        for share in (0.3, 0.7, 0.95):
            cut = written(tmp_path / "a", whole[: int(share * len(whole))])
            assert fault(cut) == DAMAGED
    for count in (9, 20, 40):
        for kind in ("PNG", "JPEG"):
            assert fault(written(tmp_path / "a", as_bytes(PLAIN, kind)[:count])) == DAMAGED


def test_an_animation_is_told(tmp_path):
    frames = {"save_all": True, "append_images": [ImageOps.invert(PLAIN), PLAIN.rotate(9)]}
    message = "an animation of 3 pictures; save the one that is meant"
    for kind in ("PNG", "WEBP"):
        assert fault(written(tmp_path / kind, as_bytes(PLAIN, kind, **frames))) == message


def header_alone(width, height):
    """A PNG that promises so many pixels and holds none: it can only be refused by its header."""
    return png(width, height, b"")


def test_too_many_pixels_are_refused_by_the_header(tmp_path):
    for width, height, pixels in (
        (5000, 5001, "25,005,000"),
        (12_000, 8000, "96,000,000"),
        (100_000, 100_000, "10,000,000,000"),  # over Pillow's own limit
    ):
        told = f"{pixels} pixels, but at most 25,000,000 are read; make it smaller"
        assert fault(written(tmp_path / "a", header_alone(width, height))) == told
    fits = written(tmp_path / "a", header_alone(5000, 5000))
    assert fault(fits) == DAMAGED


def test_25_megapixels_are_read(tmp_path):
    name = saved(Image.new("L", (5000, 5000), 7), tmp_path / "a.png")
    assert pictures.read(name).shape == (5000, 5000, 3)


def test_a_folder_gives_its_files_sorted_and_no_hidden_ones(tmp_path):
    for name in ("b.png", "a.jpg", "notes.txt", ".DS_Store"):
        (tmp_path / name).touch()
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper/c.png").touch()
    expected = [str(tmp_path / name) for name in ("a.jpg", "b.png", "deeper", "notes.txt")]
    assert list(pictures.named(["x", str(tmp_path), "x"])) == ["x", *expected, "x"]
    empty = tmp_path / "deeper/empty"
    empty.mkdir()
    assert list(pictures.named([str(empty)])) == [str(empty)]


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
WHOLE = [
    as_bytes(PLAIN.resize((24, 18)), kind, **options)
    for kind, options in (
        ("PNG", {}),
        ("PNG", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"}),
        (
            "JPEG",
            {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()},
        ),
        ("JPEG", {"progressive": True}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
    )
] + [as_bytes(PLAIN.resize((24, 18)).quantize(8), "BMP"), as_bytes(PLAIN.convert("CMYK"), "JPEG")]


def answered(data):
    """A picture, or a sentence; anything else is a bug."""
    try:
        found = pictures._decoded(data)
    except DataError as told:
        found = str(told)
    if isinstance(found, str):
        assert "\n" not in found
    else:
        assert found.dtype == np.uint8
        assert found.ndim == 3


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM"]), st.binary(max_size=300)
)
def test_any_bytes_are_answered(beginning, data):
    answered(beginning + data)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(0, 10_000),
)
def test_any_damage_is_answered(whole, flips, cut):
    damaged = bytearray(whole)
    for place, value in flips:
        damaged[place % len(damaged)] = value
    if cut % 3 == 0:
        damaged = damaged[: cut % len(damaged)]
    answered(bytes(damaged))
