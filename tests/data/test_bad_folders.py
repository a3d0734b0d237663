"""Unusable files in a folder of images are reported by name, all at once."""

import os
import socket

import pytest
from dataset_faults import list_folder_faults as faults
from folder_builders import data_of, mnist, write_images
from PIL import Image

from cnnlab.data import datasets
from cnnlab.data.other_files import KNOWN_LAYOUTS
from cnnlab.errors import DataError

NO_IMAGE = "not a PNG, JPEG, WebP, BMP, GIF or TIFF image; save it as one of these"
LINK_OUT = "a link to a target outside the data folder; put the file itself there"


def test_all_bad_files_are_reported_at_once_the_test_ones_too(parted_folder, tmp_path):
    whole = (parted_folder / "train/zero/000001.png").read_bytes()
    (parted_folder / "train/zero/000001.png").write_bytes(whole[:80])
    (parted_folder / "train/one/notes.txt").write_text("seven of these are mine")
    (parted_folder / "test/two/empty.png").touch()
    (parted_folder / "train/three/inner").mkdir()
    os.mkfifo(parted_folder / "train/four/pipe.png")
    (parted_folder / "train/five/passwd.png").symlink_to("/etc/passwd")
    (parted_folder / "train/six/gone.png").symlink_to("nowhere.png")
    (parted_folder / "test/nine/up.png").symlink_to(parted_folder / "train/one")
    Image.new("L", (6000, 5000)).save(parted_folder / "train/seven/large.png")
    (parted_folder / "train/eight/\x1b[31mred.png").touch()
    assert sorted(faults(data_of(parted_folder))) == sorted(
        [
            "train/zero/000001.png: cut short or damaged; save or copy it again",
            f"train/one/notes.txt: {NO_IMAGE}",
            "test/two/empty.png: the file is empty",
            "train/three/inner: a folder inside the folder of a class; move its images up, or "
            "remove it",
            "train/four/pipe.png: a pipe or a device, not a file; remove it",
            f"train/five/passwd.png: {LINK_OUT}",
            "train/six/gone.png: a link to nothing; remove it",
            "test/nine/up.png: a folder inside the folder of a class; move its images up, or "
            "remove it",
            "train/seven/large.png: 30,000,000 pixels, but cnnlab reads at most 25,000,000; make "
            "it "
            "smaller",
            "train/eight/ [31mred.png: a name that cannot be printed in one line; rename it",
            "10 files are not images that cnnlab reads; repair or remove them",
        ]
    )


def test_files_that_only_decoding_finds_bad_are_reported_before_training(parted_folder):
    (parted_folder / "train/zero/000001.png").write_bytes(b"")
    (parted_folder / "test/one/text.png").write_text("no image")
    assert (
        datasets.describe_dataset(data_of(parted_folder)).training_images == 400
    )  # names alone: at once
    with pytest.raises(DataError) as caught:
        datasets.read_training_images(data_of(parted_folder))
    assert str(caught.value) == (
        f"{parted_folder}/train/zero/000001.png: the file is empty\n"
        f"{parted_folder}/test/one/text.png: {NO_IMAGE}\n"
        "2 files are not images that cnnlab reads; repair or remove them"
    )


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("Cat", "cat", "in upper and lower case"),
        ("Straße", "strasse", "in upper and lower case"),
        ("cafe\u0301", "caf\u00e9", "in the Unicode form of a letter"),
    ],
)
def test_classes_whose_names_look_alike_are_refused(one, other, how, tree):
    (tree / "zero").rename(tree / one)
    (tree / "one").rename(tree / other)
    assert faults(data_of(tree, test=0.2)) == [
        f"the classes {one} and {other} differ only {how}; move the images into one of them"
    ]


@pytest.mark.parametrize("spelling", ["Zero", "zeros", "zreo", "ZERO "])
def test_a_test_class_that_is_spelt_otherwise_names_the_training_class(parted_folder, spelling):
    (parted_folder / "test/zero").rename(parted_folder / "test" / spelling)
    assert faults(data_of(parted_folder)) == [
        f"test/{spelling}: train/ has no such class, but zero; give both the same name"
    ]


def test_another_class_of_a_similar_name_is_no_misspelling(parted_folder):
    """train/ and test/ both have the class one."""
    (parted_folder / "test/zero").rename(parted_folder / "test/ones")
    assert faults(data_of(parted_folder)) == ["test/ones: train/ has no such class"]


def test_folders_that_mean_training_and_test_images_are_to_be_renamed(parted_folder):
    """Moving test images into the classes would train the network on them."""
    (parted_folder / "test").rename(parted_folder / "Testing")
    assert faults(data_of(parted_folder))[0] == (
        "Testing/ is beside train/: rename it to test/, or remove it"
    )
    (parted_folder / "train").rename(parted_folder / "Training")
    assert faults(data_of(parted_folder)) == [
        "it has no train/ and test/; rename Testing/ to test/, Training/ to train/, or write "
        "`test: 0.2` below `data:` to use this share of each class for the test"
    ]
    found = "\n".join(faults(data_of(parted_folder, test=0.2)))
    for old, new in (("Training", "train"), ("Testing", "test")):
        assert f"a folder inside {old}/; rename {old}/ to {new}/, or move the images up" in found


def test_a_name_that_is_no_text_is_reported(parted_folder):
    """Pictures and tables cannot show such a name."""
    file = os.fsencode(parted_folder / "test/one") + b"/bad\xff\xfe.png"
    with open(file, "wb") as there, open(parted_folder / "test/two/000001.png", "rb") as whole:
        there.write(whole.read())
    told = "a name that cannot be printed in one line; rename it"
    assert faults(data_of(parted_folder))[0] == f"test/one/bad  .png: {told}"


def test_a_socket_and_a_device_are_reported(parted_folder):
    path = parted_folder / "train/one/s.png"
    os.chdir(parted_folder / "train/one")  # the path of a socket may have 108 bytes alone
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s.png")
    (parted_folder / "train/one/null.png").symlink_to("/dev/null")
    assert faults(data_of(parted_folder))[:2] == [
        f"train/one/null.png: {LINK_OUT}",
        f"train/one/{path.name}: a pipe or a device, not a file; remove it",
    ]


def test_a_link_inside_the_folder_is_an_image(parted_folder):
    (parted_folder / "train/one/same.png").symlink_to("../zero/000001.png")
    assert datasets.read_training_images(data_of(parted_folder)).images.shape == (401, 28, 28, 1)


def test_a_class_that_is_a_link_out_of_the_folder_is_reported(parted_folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (parted_folder / "train/zero").rename(tmp_path / "elsewhere/zero")
    (parted_folder / "train/zero").symlink_to(tmp_path / "elsewhere/zero")
    assert faults(data_of(parted_folder)) == [
        f"train/zero: {LINK_OUT}",
        "test/zero: train/ has no such class",
    ]


def test_a_folder_that_links_to_itself_ends(tree):
    (tree / "zero/round").symlink_to(tree)
    assert faults(data_of(tree, test=0.5))[0] == (
        "zero/round: a folder inside the folder of a class; move its images up, or remove it"
    )


NEEDED = "expected two folders of images or more, one for each class"
LAYOUTS = {
    "nothing": ([], f"it has no folders; {NEEDED}"),
    "one class": (["one"], f"it has one class, one; {NEEDED}"),
    "a class of the test alone": (
        ["train/one", "train/two", "test/one", "test/ten"],
        "test/ten: train/ has no such class",
    ),
    "no test": (
        ["train/one", "train/two"],
        "it has train/ but no test/; write `test: 0.2` below `data:` to use this share of each "
        "class of train/ for the test",
    ),
    "no train": (
        ["test/one", "test/two"],
        "it has test/ but no train/; put one folder for each class into train/",
    ),
    "a third part": (
        ["train/one", "train/two", "test/one", "extra/one"],
        "extra/ is beside train/, test/: move its images into the folders of the classes, or "
        "remove it",
    ),
    "validation alone": (
        ["val/one", "test/one"],
        "it has val/, test/ but no train/; put one folder for each class into train/",
    ),
    "two folders for the validation": (
        ["train/one", "train/two", "test/one", "val/one", "valid/one"],
        "valid/ and val/ are both for validation images; move them into one",
    ),
    "a class of the validation alone": (
        ["train/one", "train/two", "valid/ten", "test/one"],
        "valid/ten: train/ has no such class",
    ),
    "a name that is no text": (
        ["a", "b\x07ell"],
        "the name of the class 'b\\x07ell' cannot be printed in one line; rename it",
    ),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_a_layout_that_cannot_be_used_is_reported(tmp_path, case):
    folders, told = LAYOUTS[case]
    for folder in ["own", *(f"own/{folder}" for folder in folders)]:
        (tmp_path / folder).mkdir(parents=True)
    has_parts = any("/" in folder for folder in folders)
    section = data_of(tmp_path / "own", test=None if has_parts else 0.2)
    assert faults(section)[0] == told


def test_one_tree_needs_a_share_for_the_test_and_two_parts_have_none(tree, tmp_path):
    assert faults(data_of(tree)) == [
        "it has no train/ and test/; write `test: 0.2` below `data:` to use this share of each "
        "class for the test"
    ]
    write_images(tmp_path / "both/train", *mnist("train", 400))
    write_images(tmp_path / "both/test", *mnist("train", 400))
    assert faults(data_of(tmp_path / "both", test=0.2)) == [
        "it has a folder test/, so cnnlab needs no share for the test; remove `test`"
    ]


def test_a_class_may_be_called_train(tmp_path):
    for name in ("bus", "car", "train"):
        for number in range(5):
            path = tmp_path / "own" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8)).save(path)
    assert datasets.describe_dataset(data_of(tmp_path / "own", test=0.2)).class_names == (
        "bus",
        "car",
        "train",
    )


def test_all_classes_with_too_few_images_are_reported(tmp_path):
    for name, count in (("none", 0), ("one", 1), ("two", 2), ("three", 3)):
        (tmp_path / "own" / name).mkdir(parents=True)
        for number in range(count):
            Image.new("L", (8, 8)).save(tmp_path / "own" / name / f"{number}.png")
    (tmp_path / "own/image.png").touch()
    assert faults(data_of(tmp_path / "own", test=0.2)) == [
        "image.png: an image outside the folder of its class; move it into one"
    ]
    (tmp_path / "own/image.png").unlink()
    needed = "expected two or more, because one image is for validation"
    assert faults(data_of(tmp_path / "own", test=0.2)) == [
        f"the class none has no images to train on; {needed}",
        f"the class one has 1 image to train on; {needed}",
        f"the class two has 1 image to train on; {needed}",
    ]
    assert faults(data_of(tmp_path / "own", test=0.2, validation=0.0)) == [
        "the class none has no images to train on; expected one or more"
    ]


def test_a_missing_folder_and_a_file_are_reported(tmp_path):
    (tmp_path / "file").touch()
    assert faults(data_of(tmp_path / "none")) == [
        "there is no such folder (relative paths start at the config's folder)"
    ]
    assert faults(data_of(tmp_path / "file")) == ["an empty file", *KNOWN_LAYOUTS.split("\n")]
