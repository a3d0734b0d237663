"""Folders of images as people have them: files of systems, Unicode forms, flat folders, endings."""

import unicodedata

import numpy as np
import pytest
from dataset_faults import list_folder_faults as faults
from folder_builders import data_of, mnist
from picture_builders import PLAIN, to_bytes
from PIL import Image

from cnnlab.data import datasets, image_files
from cnnlab.errors import DataError

FLAT = (
    "in one flat folder, without folders for the classes; put the images of each class into a "
    "folder of its own"
)


def write_classes(folder, names, count=6):
    """Write `count` small images into the folder of each class."""
    for shade, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            Image.new("RGB", (8, 8), (40 * shade, number, 0)).save(folder / name / f"{number}.png")
    return folder


def test_files_of_operating_systems_are_passed_over_with_one_line(tmp_path):
    folder = write_classes(tmp_path / "own", ["ant", "bee"])
    data = data_of(folder, test=0.2)
    clean = datasets.read_training_images(data)
    for name in ("ant/Thumbs.db", "bee/THUMBS.DB", "bee/desktop.ini", "ant/._0.png", ".DS_Store"):
        (folder / name).write_text("x")
    (folder / "ant/0.png:Zone.Identifier").write_text("[ZoneTransfer]")
    (folder / "ant/Icon\r").touch()
    (folder / "__MACOSX/ant").mkdir(parents=True)
    (folder / "ant/@eaDir").mkdir()
    info = datasets.describe_dataset(data)
    assert info.class_names == ("ant", "bee")
    assert info.notes == (
        "cnnlab passed over 9 files of operating systems: .DS_Store (1), __MACOSX/ (1), ._* (1), "
        "*:Zone.Identifier (1), @eaDir/ (1), Icon (1), Thumbs.db (1), THUMBS.DB (1), "
        "desktop.ini (1)",
    )
    read = datasets.read_training_images(data)
    assert np.array_equal(read.images, clean.images)
    assert [*image_files.list_image_files([str(folder / "bee")])] == [
        str(folder / f"bee/{number}.png") for number in range(6)
    ]


def test_a_class_has_the_same_name_in_both_unicode_forms(tmp_path):
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    write_classes(tmp_path / "own/train", [composed, "tea"])
    write_classes(tmp_path / "own/test", [decomposed, "tea"])
    info = datasets.describe_dataset(data_of(tmp_path / "own"))
    assert (info.class_names, info.test_images) == ((composed, "tea"), 12)
    write_classes(tmp_path / "mac/train", [decomposed, "tea"])
    write_classes(tmp_path / "mac/test", [composed, "tea"])
    assert datasets.describe_dataset(data_of(tmp_path / "mac")) == info


def test_names_from_a_mac_give_the_same_split_in_the_same_order(tmp_path):
    names = ["z", "\u00e9", "e", "\u00fc", "u", "ab", "\u00e0b"]
    images, _ = mnist("train", 14)
    folders = {}
    for form in ("NFC", "NFD"):
        for place, (name, image) in enumerate(zip(names * 2, images, strict=True)):
            kind, file = ("\u00f6l" if place < 7 else "ob"), f"{name}.png"
            path = tmp_path / form / unicodedata.normalize(form, kind)
            path.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path / unicodedata.normalize(form, file))
        data = data_of(tmp_path / form, test=0.3)
        folders[form] = [datasets.read_training_images(data), datasets.read_test_images(data)]
    for one, other in zip(*folders.values(), strict=True):
        assert datasets.compute_fingerprint(one) == datasets.compute_fingerprint(other)


def test_a_test_folder_with_both_unicode_forms_of_a_class_is_refused(tmp_path):
    write_classes(tmp_path / "own/train", ["caf\u00e9", "tea"])
    write_classes(tmp_path / "own/test", ["caf\u00e9", "cafe\u0301"])
    assert faults(data_of(tmp_path / "own")) == [
        "the classes cafe\u0301 and caf\u00e9 differ only in the Unicode form of a letter; move "
        "the images into one of them"
    ]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["cat.{}.jpg"], f"it has 30 images {FLAT}: cat/, dog/, …"),
        (
            ["cat.{}.jpg", "dog.{}.JPG"],
            f"it has 60 images {FLAT}, as the names of the files begin: cat/, dog/",
        ),
        (["{}.tif", "IMG_{}.jfif"], f"it has 60 images {FLAT}: cat/, dog/, …"),
    ],
)
def test_a_flat_folder_gets_one_sentence_about_the_cause(names, told, tmp_path):
    (tmp_path / "flat").mkdir()
    for number in range(30):
        for name in names:
            (tmp_path / "flat" / name.format(number)).touch()
    assert faults(data_of(tmp_path / "flat", test=0.2)) == [told]


def test_flat_parts_are_named_each(tmp_path):
    for part in ("train", "test"):
        (tmp_path / "own" / part).mkdir(parents=True)
        (tmp_path / "own" / part / "1.png").touch()
    assert faults(data_of(tmp_path / "own")) == [
        f"train/ has 1 image {FLAT}: cat/, dog/, …",
        f"test/ has 1 image {FLAT}: cat/, dog/, …",
    ]


def test_what_repeats_has_ten_examples(tmp_path):
    folder = write_classes(tmp_path / "own", ["ant", "bee"])
    for number in range(13):
        (folder / f"{number:02}.png").touch()
    stray = "an image outside the folder of its class; move it into one"
    assert faults(data_of(folder, test=0.2)) == [
        *(f"{number:02}.png: {stray}" for number in range(10)),
        "… and 3 more such images",
    ]
    for number in range(13):
        (folder / f"{number:02}.png").rename(folder / f"ant/x{number:02}.png")
    Image.new("L", (6000, 5000)).save(folder / "bee/large.png")
    with pytest.raises(DataError) as caught:
        datasets.read_training_images(data_of(folder, test=0.2))
    lines = str(caught.value).split("\n")  # the files of the training part come first
    named = [line for line in lines if line.startswith(str(folder))]
    large = "30,000,000 pixels, but cnnlab reads at most 25,000,000; make it smaller"
    assert f"{folder}/bee/large.png: {large}" in named
    assert sum(line.endswith(".png: the file is empty") for line in named) == 10
    assert named == lines[:11]
    assert lines[11:] == [
        "… and 3 more files: the file is empty",
        "14 files are not images that cnnlab reads; repair or remove them",
    ]


def test_many_classes_without_enough_images_have_ten_examples(tmp_path):
    write_classes(tmp_path / "own", [f"c{number:02}" for number in range(15)], count=1)
    told = faults(data_of(tmp_path / "own", test=0.2, validation=0.0))
    assert told == ["there are no test images"]
    told = faults(data_of(tmp_path / "own", test=0.2))
    assert (len(told), told[-1]) == (11, "… and 5 more classes with too few images")


def test_the_contents_of_a_file_decide_and_not_its_ending(tmp_path):
    whole = _read(tmp_path / "a.png", to_bytes(PLAIN, "PNG"))
    for name, kind in (
        *(("a.PNG", "PNG"), ("a.tif", "TIFF"), ("a.TIFF", "TIFF"), ("a.jpg", "PNG")),
        *(("a.gif", "PNG"), ("a", "TIFF"), ("a.bmp", "TIFF")),
    ):
        assert np.array_equal(_read(tmp_path / name, to_bytes(PLAIN, kind)), whole)
    jpeg = to_bytes(PLAIN, "JPEG")
    assert np.array_equal(_read(tmp_path / "b.jpg", jpeg), _read(tmp_path / "b.jfif", jpeg))
    few_colours = PLAIN.quantize(16)
    gif = _read(tmp_path / "c.gif", to_bytes(few_colours, "GIF"))
    assert np.array_equal(gif, np.asarray(few_colours.convert("RGB")))


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF picture"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "a video"),
        (b"%PDF-1.7", "a PDF file"),
        (b"<?xml version='1.0'?>\n<svg>", "an SVG drawing"),
        (b"<!DOCTYPE html>", "a web page, such as the error page of a failed download"),
    ],
)
def test_other_formats_are_refused_by_name(start, told, tmp_path):
    with pytest.raises(DataError) as caught:
        _read(tmp_path / "a.jpg", start)
    formats = "not a PNG, JPEG, WebP, BMP, GIF or TIFF image; save it as one of these"
    assert str(caught.value) == f"{told}, {formats}"


def _read(path, data):
    path.write_bytes(data)
    return image_files.read_image(str(path))


def test_a_config_may_write_a_folder_in_the_other_unicode_form(tmp_path):
    from cnnlab.spec.experiment import Data, resolve_paths

    folder = write_classes(tmp_path / "Ma\u0308rz" / "cafe\u0301s", ["ant", "bee"])
    composed = Data(dataset="M\u00e4rz/caf\u00e9s/", image_size=8, test=0.2)
    data = resolve_paths(composed, tmp_path)
    assert data.dataset == str(folder)
    assert datasets.describe_dataset(data).class_names == ("ant", "bee")
    missing = resolve_paths(Data(dataset="M\u00e4rz/none/"), tmp_path)
    assert missing.dataset == str(tmp_path / "M\u00e4rz/none")
