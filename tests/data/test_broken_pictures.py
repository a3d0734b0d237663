"""A file that is no picture, or a broken one, gets an error message; so do any bytes."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
from drawn_digits import STYLES
from hypothesis import example, given, settings
from hypothesis import strategies as st
from picture_builders import PLAIN, png, save_image, to_bytes, write_bytes
from PIL import Image, ImageCms, ImageOps

from cnnlab.data import image_files
from cnnlab.errors import DataError


def fault(name):
    with pytest.raises(DataError) as raised:
        image_files.read_image(str(name))
    return str(raised.value)


NO_IMAGE = "not a PNG, JPEG, WebP, BMP, GIF or TIFF image; save it as one of these"
DAMAGED = "cut short or damaged; save or copy it again"


def test_missing_paths_and_folders_are_reported(tmp_path):
    (tmp_path / "folder/inner").mkdir(parents=True)
    (tmp_path / "folder/inner/a.png").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.png").touch()
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    no_file = "a pipe or a device, not a file; pipe the bytes into cnnlab with `-`"
    assert fault(tmp_path / "none.png") == "there is no such file"
    assert fault(tmp_path / "pipe") == no_file
    assert fault("/dev/zero") == no_file
    assert fault(tmp_path / "empty.png") == "the file is empty"
    assert fault(tmp_path / "folder") == "a folder inside a folder; name it directly"
    (tmp_path / "folder/inner/a.png").unlink()
    assert fault(tmp_path / "folder/inner") == "there is no image in this folder"
    assert fault(loop) == "cannot be read: too many levels of symbolic links"
    assert fault("a" * 300) == "cannot be read: file name too long"
    assert fault("a\0b") == "not the name of a file"


def test_a_file_that_is_no_image_gets_this_message(tmp_path):
    for data in (b"hello", b"BM", b"\0" * 1000, b"BMW is a company"):
        assert fault(write_bytes(tmp_path / "a.png", data)) == NO_IMAGE


def test_a_file_cut_short_is_reported(tmp_path):
    for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"):
        whole = to_bytes(STYLES[0].draw(8), kind)
        for share in (0.3, 0.7, 0.95):
            cut = write_bytes(tmp_path / "a", whole[: int(share * len(whole))])
            assert fault(cut) == DAMAGED
    for count in (9, 20, 40):
        for kind in ("PNG", "JPEG", "GIF", "TIFF"):
            assert fault(write_bytes(tmp_path / "a", to_bytes(PLAIN, kind)[:count])) == DAMAGED


def test_an_animation_is_reported(tmp_path):
    frames = {"save_all": True, "append_images": [ImageOps.invert(PLAIN), PLAIN.rotate(9)]}
    message = "an animation of 3 pictures; save one of them as a file"
    for kind in ("PNG", "WEBP", "GIF"):
        assert fault(write_bytes(tmp_path / kind, to_bytes(PLAIN, kind, **frames))) == message
    several = "a file of several pictures; save one of them as a file"
    assert fault(write_bytes(tmp_path / "tiff", to_bytes(PLAIN, "TIFF", **frames))) == several


def header_alone(width, height):
    """A PNG whose header promises this many pixels, and that holds none."""
    return png(width, height, b"")


def test_too_many_pixels_are_refused_by_the_header(tmp_path):
    for width, height, pixels in (
        (5000, 5001, "25,005,000"),
        (12_000, 8000, "96,000,000"),
        (100_000, 100_000, "10,000,000,000"),  # over Pillow's own limit
    ):
        told = f"{pixels} pixels, but cnnlab reads at most 25,000,000; make it smaller"
        assert fault(write_bytes(tmp_path / "a", header_alone(width, height))) == told
    fits = write_bytes(tmp_path / "a", header_alone(5000, 5000))
    assert fault(fits) == DAMAGED


def test_too_long_a_side_is_refused_by_the_header(tmp_path):
    for size in ((65_536, 1), (1, 65_536)):
        told = "a side of 65,536 pixels, but cnnlab reads at most 65,535; cut it into pieces"
        assert fault(write_bytes(tmp_path / "a", header_alone(*size))) == told
    assert fault(write_bytes(tmp_path / "a", header_alone(65_535, 1))) == DAMAGED


def test_25_megapixels_are_read(tmp_path):
    name = save_image(Image.new("L", (5000, 5000), 7), tmp_path / "a.png")
    assert image_files.read_image(name).shape == (5000, 5000, 3)


WHOLE = [
    to_bytes(PLAIN.resize((24, 18)), kind, **options)
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
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "jpeg"}),
        ("GIF", {"comment": b"a comment"}),
    )
] + [to_bytes(PLAIN.resize((24, 18)).quantize(8), "BMP"), to_bytes(PLAIN.convert("CMYK"), "JPEG")]


def read_or_refuse(data):
    """Read a picture, or get an error message; anything else is a bug."""
    try:
        with image_files.ignore_warnings():  # as `read` does it
            found = image_files._decode(io.BytesIO(data), None).upright
    except DataError as told:
        found = str(told)
    if isinstance(found, str):
        assert "\n" not in found
    else:
        assert found.dtype == np.uint8
        assert found.ndim == 3


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"GIF89a", b"II*\0\x08\0\0\0"]
    ),
    st.binary(max_size=300),
)
def test_any_bytes_are_answered(beginning, data):
    read_or_refuse(beginning + data)


@settings(max_examples=400, deadline=None)
@example(WHOLE[6], [(20, 76)], 1)  # a BMP of 90 megapixels, of which Pillow warns
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
    read_or_refuse(bytes(damaged))
