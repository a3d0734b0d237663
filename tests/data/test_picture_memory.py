"""The largest pictures need at most 256 MiB, and reading them in strips gives the same pixels."""

from pathlib import Path

import numpy as np
import pytest
from picture_builders import save_image
from PIL import Image

from cnnlab.data import image_files
from cnnlab.data.image_preparation import fit_image
from cnnlab.errors import DataError

pytestmark = pytest.mark.slow

ON_ITS_SIDE = Image.Exif()
ON_ITS_SIDE[0x0112] = 6
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def draw_colours(bands):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50, bands), np.uint8))


def make_colours(side, bands):
    return draw_colours(bands).resize((side, side), Image.Resampling.NEAREST)


def make_palette(side):
    return draw_colours(3).quantize(64).resize((side, side), Image.Resampling.NEAREST)


def make_16_bits(side):
    return Image.fromarray(np.asarray(make_colours(side, 3).convert("L")).astype(np.uint16) * 257)


LARGEST = {
    "rgb.png": (lambda: make_colours(5000, 3), {"exif": ON_ITS_SIDE, "compress_level": 1}),
    "rgba.png": (lambda: make_colours(5000, 4), {"exif": ON_ITS_SIDE, "compress_level": 1}),
    "16-bit.png": (lambda: make_16_bits(5000), {"compress_level": 1}),
    "palette.png": (lambda: make_palette(5000), {"transparency": 3}),
    "progressive.jpg": (lambda: make_colours(5000, 3), {"progressive": True, "subsampling": 0}),
    "cmyk.jpg": (lambda: make_colours(5000, 3).convert("CMYK"), {}),
    "progressive-cmyk.jpg": (lambda: make_colours(3872, 3).convert("CMYK"), {"progressive": True}),
    "rgba.bmp": (lambda: make_colours(5000, 4), {}),
    "wide.png": (lambda: Image.new("RGBA", (65_535, 381), "red"), {"compress_level": 1}),
    "high.png": (lambda: Image.new("RGBA", (381, 65_535), "red"), {"compress_level": 1}),
    "palette.gif": (lambda: make_palette(5000), {"interlace": 1}),
    "rgba.tif": (
        lambda: make_colours(5000, 4),
        {"compression": "tiff_lzw", "exif": ON_ITS_SIDE},
    ),
    "cmyk.tif": (
        lambda: make_colours(5000, 3).convert("CMYK"),
        {"compression": "tiff_deflate", "tiffinfo": {278: 5000}},  # all rows in one strip
    ),
    "rgba.webp": (lambda: make_colours(3872, 4), {"lossless": True, "method": 0, "quality": 0}),
}


def kib(what):
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(what)))


@pytest.mark.skipif(not CLEAR.exists(), reason="this system does not tell a process's peak")
@pytest.mark.parametrize("kind", LARGEST)
def test_the_largest_picture_takes_at_most_256_mib(kind, tmp_path):
    make, options = LARGEST[kind]
    name = save_image(make(), tmp_path / kind, **options)
    CLEAR.write_text("5", encoding="ascii")  # the peak is set back
    idle = kib("VmRSS:")
    fit_image(image_files.read_image(name), (28, 28, 1))
    assert kib("VmHWM:") - idle < 256 * 1024


@pytest.mark.parametrize(
    ("kind", "options"), [("a.webp", {"method": 0}), ("a.jpg", {"progressive": True})]
)
def test_what_takes_more_memory_to_decode_may_have_15_megapixels(kind, options, tmp_path):
    image = Image.new("CMYK" if kind == "a.jpg" else "RGB", (3000, 5001))
    with pytest.raises(DataError, match="15,003,000 pixels, but cnnlab reads at most 15,000,000"):
        image_files.read_image(save_image(image, tmp_path / kind, **options))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("seen", ["white", "black"])
def test_strips_give_the_same_picture_as_one_piece(orientation, seen, tmp_path, monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = np.random.default_rng(1).integers(0, 256, (35, 20, 4), np.uint8)
    if seen == "black":  # white ink alone
        picture[..., :3] = 255
    name = save_image(Image.fromarray(picture), tmp_path / "a.png", exif=exif)
    whole = image_files.read_image(name)
    monkeypatch.setattr(image_files, "_STRIP", 4 * 20)  # the last strip has fewer rows
    assert np.array_equal(image_files.read_image(name), whole)
