"""A folder of images: which files it holds, and their pixels."""

import os

import numpy as np
import pytest
from folder_builders import data_of, mnist
from PIL import Image

from cnnlab.data import datasets
from cnnlab.errors import DiskError

IMAGES, LABELS = mnist("train", 400)


def test_a_folder_with_train_and_test_is_described(parted_folder):
    found = datasets.describe_dataset(data_of(parted_folder, image_size=(24, 32), color_mode="rgb"))
    assert found.image_shape == (24, 32, 3)
    assert found.class_names == tuple(sorted(os.listdir(parted_folder / "train")))
    assert (found.training_images, found.test_images) == (400, 100)


def test_the_pixels_and_the_classes_are_those_of_the_files(parted_folder):
    names = datasets.describe_dataset(data_of(parted_folder)).class_names
    training = datasets.read_training_images(data_of(parted_folder))
    for place, name in enumerate(training.images.names):
        number = int(name[-10:-4])
        assert (training.images[place][..., 0] == IMAGES[number]).all()
        assert name.split("/")[1] == names[training.labels[place]]
    assert sorted(int(name[-10:-4]) for name in training.images.names) == list(range(400))


def test_images_are_indexed_like_an_array(parted_folder):
    training = datasets.read_training_images(data_of(parted_folder))
    everything = np.asarray(training.images)
    places = np.array([7, 3, 399, 3])
    some = datasets.select_images(training, places)
    assert (np.asarray(some.images) == everything[places]).all()
    assert (some.images[1:3] == everything[places][1:3]).all()
    assert (
        some.images[np.array([[0, 1], [2, 3]])] == everything[places].reshape(2, 2, 28, 28, 1)
    ).all()
    assert some.indices.tolist() == places.tolist()
    assert some.images.names == [training.images.names[place] for place in places]


def test_fingerprint_and_scaling_are_those_of_the_same_images_in_an_array(parted_folder):
    section = data_of(parted_folder, scaling="standard", color_mode="rgb")
    training = datasets.read_training_images(section)
    array = datasets.Images(np.asarray(training.images), training.labels, training.indices)
    info = datasets.describe_dataset(section)
    assert datasets.build_inputs(section, info, training, training) == datasets.build_inputs(
        section, info, array, array
    )


def test_the_held_out_test_images_of_a_folder_do_not_depend_on_the_seed(tree):
    section = data_of(tree, test=0.25)
    training, test = datasets.read_training_images(section), datasets.read_test_images(section)
    assert not set(training.images.names) & set(test.images.names)
    assert len(training.labels) + len(test.labels) == 400
    counts = np.bincount(LABELS)  # the classes of the folder stand in another order
    assert sorted(np.bincount(test.labels)) == sorted(round(n * 0.25) for n in counts)
    again = datasets.read_test_images(data_of(tree, test=0.25, validation_seed=5))
    assert again.images.names == test.images.names


def test_a_new_image_moves_few_others_between_training_and_test(tree):
    before = set(datasets.read_test_images(data_of(tree, test=0.25)).images.names)
    Image.fromarray(IMAGES[0]).save(tree / "zero/new.png")
    after = set(datasets.read_test_images(data_of(tree, test=0.25)).images.names)
    assert len(before ^ after) <= 2


def test_hidden_files_and_a_readme_beside_the_classes_are_passed_over(parted_folder):
    for name in (".DS_Store", "train/.hidden", "train/one/.DS_Store", "README.md", "test/LICENSE"):
        (parted_folder / name).write_bytes(b"not an image")
    (parted_folder / ".cache").mkdir()
    assert datasets.describe_dataset(data_of(parted_folder)).training_images == 400


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
    section = data_of(tmp_path / "own", color_mode="rgb", image_size=(20, 30))
    assert datasets.read_training_images(section).images.shape == (5, 20, 30, 3)


def test_what_changes_in_the_folder_later_changes_nothing(parted_folder):
    training = datasets.read_training_images(data_of(parted_folder))
    before = np.asarray(training.images)
    for path in parted_folder.rglob("*.png"):
        path.unlink()
    assert (np.asarray(training.images) == before).all()


def test_no_room_for_the_images_is_reported(parted_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    with pytest.raises(DiskError) as caught:
        datasets.read_training_images(data_of(parted_folder))
    assert str(caught.value) == (
        f"{tmp_path}/none: cannot store the images during training: no such file or "
        "directory; free some space, or set TMPDIR to another folder"
    )


def test_progress_is_reported_up_to_the_last_file(parted_folder):
    told = []
    datasets.read_training_images(
        data_of(parted_folder), lambda done, total: told.append((done, total))
    )
    assert told == [(256, 500), (500, 500)]
