"""A folder of images: which files it holds, what is told of those that are none, and its pixels."""

import os
import socket

import numpy as np
import pytest
from made_folders import mnist, written
from PIL import Image

from cnnlab.data import sources
from cnnlab.errors import DataError, DiskError
from cnnlab.spec.experiment import Data

LINK_OUT = "a link out of the data set's folder; put the thing itself there"
IMAGES, LABELS = mnist("train", 400)


@pytest.fixture
def parted(tmp_path):
    """A folder with train/ and test/: 400 and 100 images of MNIST in ten classes."""
    written(tmp_path / "digits/train", IMAGES, LABELS)
    written(tmp_path / "digits/test", *mnist("test", 100))
    return tmp_path / "digits"


@pytest.fixture
def tree(tmp_path):
    """A folder with one folder for each class: 400 images of MNIST."""
    return written(tmp_path / "digits", IMAGES, LABELS)


def data(folder, **options):
    return Data(dataset=str(folder), **{"image_size": 28, "color_mode": "grayscale"} | options)


def faults(section):
    """What is told of a folder that cannot be used: the lines, without its name."""
    with pytest.raises(DataError) as caught:
        sources.describe(section)
    folder = section.dataset
    return [
        line.removeprefix(f"{folder}/").removeprefix(f"{folder}: ")
        for line in str(caught.value).split("\n")
    ]


def test_a_folder_with_train_and_test_is_described(parted):
    found = sources.describe(data(parted, image_size=(24, 32), color_mode="rgb"))
    assert found.image_shape == (24, 32, 3)
    assert found.class_names == tuple(sorted(os.listdir(parted / "train")))
    assert (found.training_images, found.test_images) == (400, 100)


def test_the_pixels_and_the_classes_are_those_of_the_files(parted):
    names = sources.describe(data(parted)).class_names
    training = sources.training_images(data(parted))
    for place, name in enumerate(training.images.names):
        number = int(name[-10:-4])
        assert (training.images[place][..., 0] == IMAGES[number]).all()
        assert name.split("/")[1] == names[training.labels[place]]
    assert sorted(int(name[-10:-4]) for name in training.images.names) == list(range(400))


def test_images_are_taken_by_place_as_of_an_array(parted):
    training = sources.training_images(data(parted))
    everything = np.asarray(training.images)
    places = np.array([7, 3, 399, 3])
    some = sources.take(training, places)
    assert (np.asarray(some.images) == everything[places]).all()
    assert (some.images[1:3] == everything[places][1:3]).all()
    assert (
        some.images[np.array([[0, 1], [2, 3]])] == everything[places].reshape(2, 2, 28, 28, 1)
    ).all()
    assert some.indices.tolist() == places.tolist()
    assert some.images.names == [training.images.names[place] for place in places]


def test_fingerprint_and_scaling_are_those_of_the_same_images_in_an_array(parted):
    section = data(parted, scaling="standard", color_mode="rgb")
    training = sources.training_images(section)
    array = sources.Images(np.asarray(training.images), training.labels, training.indices)
    info = sources.describe(section)
    assert sources.inputs(section, info, training, training) == sources.inputs(
        section, info, array, array
    )


def test_of_one_tree_the_same_images_are_kept_for_the_test_whatever_the_seed(tree):
    section = data(tree, test=0.25)
    training, test = sources.training_images(section), sources.test_images(section)
    assert not set(training.images.names) & set(test.images.names)
    assert len(training.labels) + len(test.labels) == 400
    counts = np.bincount(LABELS)  # the classes of the folder stand in another order
    assert sorted(np.bincount(test.labels)) == sorted(round(n * 0.25) for n in counts)
    again = sources.test_images(data(tree, test=0.25, validation_seed=5))
    assert again.images.names == test.images.names


def test_a_new_image_moves_few_others_between_training_and_test(tree):
    before = set(sources.test_images(data(tree, test=0.25)).images.names)
    Image.fromarray(IMAGES[0]).save(tree / "zero/new.png")
    after = set(sources.test_images(data(tree, test=0.25)).images.names)
    assert len(before ^ after) <= 2


def test_hidden_files_and_a_readme_beside_the_classes_are_passed_over(parted):
    for name in (".DS_Store", "train/.hidden", "train/one/.DS_Store", "README.md", "test/LICENSE"):
        (parted / name).write_bytes(b"not an image")
    (parted / ".cache").mkdir()
    assert sources.describe(data(parted)).training_images == 400


def test_images_of_any_format_size_and_mode_are_fitted(tmp_path):
    for name, mode, size, kind in (
        ("a/1.png", "RGB", (90, 30), "PNG"),
        ("a/2.jpg", "L", (8, 8), "JPEG"),
        ("b/1.webp", "RGBA", (40, 40), "WEBP"),
        ("b/2.bmp", "P", (28, 50), "BMP"),
        ("b/3", "1", (28, 28), "PNG"),
    ):
        for part in ("train", "test"):
            path = tmp_path / "own" / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new(mode, size).save(path, kind)
    section = data(tmp_path / "own", color_mode="rgb", image_size=(20, 30))
    assert sources.training_images(section).images.shape == (5, 20, 30, 3)


def test_every_bad_file_is_told_at_once_those_of_the_test_among_them(parted, tmp_path):
    whole = (parted / "train/zero/000001.png").read_bytes()
    (parted / "train/zero/000001.png").write_bytes(whole[:80])
    (parted / "train/one/notes.txt").write_text("seven of these are mine")
    (parted / "test/two/empty.png").touch()
    (parted / "train/three/inner").mkdir()
    os.mkfifo(parted / "train/four/pipe.png")
    (parted / "train/five/passwd.png").symlink_to("/etc/passwd")
    (parted / "train/six/gone.png").symlink_to("nowhere.png")
    (parted / "test/nine/up.png").symlink_to(parted / "train/one")
    Image.new("L", (6000, 5000)).save(parted / "train/seven/large.png")
    (parted / "train/eight/\x1b[31mred.png").touch()
    assert sorted(faults(data(parted))) == sorted(
        [
            "train/zero/000001.png: cut short or damaged; save or copy it anew",
            "train/one/notes.txt: not a PNG, JPEG, WebP or BMP image; save it as one of these",
            "test/two/empty.png: empty",
            "train/three/inner: a folder inside the folder of a class; move its images up, or take "
            "it out",
            "train/four/pipe.png: a pipe or a device, not a file; take it out",
            f"train/five/passwd.png: {LINK_OUT}",
            "train/six/gone.png: a link to nothing; take it out",
            "test/nine/up.png: a folder inside the folder of a class; move its images up, or take "
            "it out",
            "train/seven/large.png: 30,000,000 pixels, but at most 25,000,000 are read; make it "
            "smaller",
            "train/eight/ [31mred.png: empty",
            "10 files are no image that can be read; mend or remove them",
        ]
    )


def test_files_that_only_reading_shows_to_be_bad_are_told_before_training(parted):
    (parted / "train/zero/000001.png").write_bytes(b"")
    (parted / "test/one/text.png").write_text("no image")
    assert sources.describe(data(parted)).training_images == 400  # names alone: at once
    with pytest.raises(DataError) as caught:
        sources.training_images(data(parted))
    assert str(caught.value) == (
        f"{parted}/train/zero/000001.png: empty\n"
        f"{parted}/test/one/text.png: not a PNG, JPEG, WebP or BMP image; save it as one of these\n"
        "2 files are no image that can be read; mend or remove them"
    )


def test_a_socket_and_a_device_are_told(parted):
    path = parted / "train/one/s.png"
    os.chdir(parted / "train/one")  # the path of a socket may have 108 bytes alone
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s.png")
    (parted / "train/one/null.png").symlink_to("/dev/null")
    assert faults(data(parted))[:2] == [
        f"train/one/null.png: {LINK_OUT}",
        f"train/one/{path.name}: a pipe or a device, not a file; take it out",
    ]


def test_a_link_inside_the_folder_is_an_image(parted):
    (parted / "train/one/same.png").symlink_to("../zero/000001.png")
    assert sources.training_images(data(parted)).images.shape == (401, 28, 28, 1)


def test_a_class_that_is_a_link_out_of_the_folder_is_told(parted, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (parted / "train/zero").rename(tmp_path / "elsewhere/zero")
    (parted / "train/zero").symlink_to(tmp_path / "elsewhere/zero")
    assert faults(data(parted)) == [
        f"train/zero: {LINK_OUT}",
        "test/zero: train/ has no such class",
    ]


def test_a_folder_that_links_to_itself_ends(tree):
    (tree / "zero/round").symlink_to(tree)
    assert faults(data(tree, test=0.5))[0] == (
        "zero/round: a folder inside the folder of a class; move its images up, or take it out"
    )


NEEDED = "needed are two folders of images or more, one for each class"
LAYOUTS = {
    "nothing": ([], f"it has no folders; {NEEDED}"),
    "one class": (["one"], f"it has one class, one; {NEEDED}"),
    "a class of the test alone": (
        ["train/one", "train/two", "test/one", "test/ten"],
        "test/ten: train/ has no such class",
    ),
    "no test": (
        ["train/one", "train/two"],
        "it has train/ but no test/; put one folder for each class into both",
    ),
    "no train": (
        ["test/one", "test/two"],
        "it has test/ but no train/; put one folder for each class into both",
    ),
    "a third part": (
        ["train/one", "train/two", "test/one", "val/one"],
        "val/ stands beside train/ and test/; cnnlab holds images out of train/ to validate with "
        "by itself: move its images into train/, or take it out",
    ),
    "a name that is no text": (
        ["a", "b\x07ell"],
        "the class 'b\\x07ell' has no name that can be printed in a line; rename it",
    ),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_a_layout_that_cannot_be_used_is_told(tmp_path, case):
    folders, told = LAYOUTS[case]
    for folder in ["own", *(f"own/{folder}" for folder in folders)]:
        (tmp_path / folder).mkdir(parents=True)
    parted = {"train/one", "test/one"} <= set(folders)
    section = data(tmp_path / "own", test=None if parted else 0.2)
    assert faults(section)[0] == told


def test_one_tree_needs_a_share_for_the_test_and_two_parts_have_none(tree, tmp_path):
    assert faults(data(tree)) == [
        "it has no train/ and test/; write `test: 0.2` below `data:`, the share of each class that "
        "is kept for the test"
    ]
    written(tmp_path / "both/train", IMAGES, LABELS)
    written(tmp_path / "both/test", IMAGES, LABELS)
    assert faults(data(tmp_path / "both", test=0.2)) == [
        "it has a folder test/, so no share of its images is kept for the test: leave `test` out"
    ]


def test_a_class_may_be_called_train(tmp_path):
    for name in ("bus", "car", "train"):
        for number in range(5):
            path = tmp_path / "own" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8)).save(path)
    assert sources.describe(data(tmp_path / "own", test=0.2)).class_names == ("bus", "car", "train")


def test_classes_of_too_few_images_are_told_all_of_them(tmp_path):
    for name, count in (("none", 0), ("one", 1), ("two", 2), ("three", 3)):
        (tmp_path / "own" / name).mkdir(parents=True)
        for number in range(count):
            Image.new("L", (8, 8)).save(tmp_path / "own" / name / f"{number}.png")
    (tmp_path / "own/image.png").touch()
    assert faults(data(tmp_path / "own", test=0.2)) == [
        "image.png: an image outside of its class's folder; move it into one"
    ]
    (tmp_path / "own/image.png").unlink()
    needed = "needed are two (one is held out to validate with)"
    assert faults(data(tmp_path / "own", test=0.2)) == [
        f"the class none has no images to train on; {needed}",
        f"the class one has 1 image to train on; {needed}",
        f"the class two has 1 image to train on; {needed}",
    ]
    assert faults(data(tmp_path / "own", test=0.2, validation=0.0)) == [
        "the class none has no images to train on; needed is one"
    ]


def test_a_missing_folder_and_a_file_are_told(tmp_path):
    (tmp_path / "file").touch()
    assert faults(data(tmp_path / "none")) == [
        "there is no such folder (paths are read from the config's folder)"
    ]
    assert faults(data(tmp_path / "file")) == [
        "a file, not a folder; a data set in one file is an .npz file"
    ]


def test_what_changes_in_the_folder_later_changes_nothing(parted):
    training = sources.training_images(data(parted))
    before = np.asarray(training.images)
    for path in parted.rglob("*.png"):
        path.unlink()
    assert (np.asarray(training.images) == before).all()


def test_no_room_for_the_images_is_told(parted, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    with pytest.raises(DiskError) as caught:
        sources.training_images(data(parted))
    assert str(caught.value) == (
        f"{tmp_path}/none: the images cannot be kept there while they are used: no such file or "
        "directory; make room, or set TMPDIR to a folder that has some"
    )


def test_progress_is_told_to_the_last_file(parted):
    told = []
    sources.training_images(data(parted), lambda done, total: told.append((done, total)))
    assert told == [(256, 500), (500, 500)]
