"""`cnnlab data` as the shell sees it, and the notes of `train` about the data."""

from __future__ import annotations

import json

import numpy as np
import pytest
from folder_builders import mnist
from PIL import Image

import cnnlab as package
from cnnlab.errors import ConfigError, DataError, UsageError

CONFIG = """\
data: {dataset: own.npz, validation: 0.25}
model: [flatten, dense: {units: 2, activation: softmax}]
training: {epochs: 1}
"""
TEXT = """\
own.npz: 22 images of 2 classes (16 training, 6 test)
all images are 28 × 28 (height × width)
gray; mean of the training pixels {mean}

class  training  test
0            10     3
1             6     3
smallest class: 1 (6 training images); largest: 0 (10)

duplicates within training: 1 exact, 0 near
duplicates between training and test: 1 exact, 1 near
  test image 0 = training image 4 (1 and 0)
  test image 5 ≈ training image 2 (1 and 0)
  training image 15 = training image 3 (0)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with own.npz, in which three images occur twice, and a config for it."""
    images = mnist("train", 20)[0]
    labels = np.array([0, 1] * 10)
    train, test = images[:16].copy(), images[14:].copy()
    train[15] = train[3]
    y_train = labels[:16].copy()
    y_train[[3, 15]] = 0
    test[0], test[5] = train[4], (train[2] * 0.9).astype(np.uint8)
    y_test = labels[14:].copy()
    y_test[[0, 5]] = 1
    y_test[1:5] = [0, 0, 0, 1]
    arrays = {"x_train": train, "y_train": y_train, "x_test": test, "y_test": y_test}
    np.savez(tmp_path / "own.npz", **arrays)
    (tmp_path / "c.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_described(place, run_cli):
    code, out, err = run_cli("data", "own.npz", cwd=place)
    assert (code, err) == (0, "")
    with np.load(place / "own.npz") as arrays:
        pixels = arrays["x_train"]
    mean, deviation = pixels.mean(), pixels.std()
    figures = (
        f"{mean:.1f}, deviation {deviation:.1f} of 255 (on a scale from 0 to 1: "
        f"{mean / 255:.4f} and {deviation / 255:.4f})"
    )
    assert out == TEXT.format(mean=figures).replace("own.npz", str(place / "own.npz"), 1)


def test_classes_of_one_size_are_said_to_have_it(place):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 9, 9), np.uint8)
    labels = np.arange(8) % 2
    np.savez(place / "even.npz", x_train=pixels, y_train=labels, x_test=pixels, y_test=labels)
    assert "\neach class has 4 training images\n" in str(package.describe_data("even.npz"))


def test_json_has_both_names_of_each_duplicate(place, run_cli):
    code, out, _ = run_cli("data", "own.npz", "--json", cwd=place)
    found = json.loads(out)
    assert code == 0
    assert found["splits"]["training"] == {"images": 16, "per_class": [10, 6]}
    assert found["duplicates"][1] == {
        "kind": "exact",
        "shared_variance": 1.0,
        "image": {"name": "test image 0", "split": "test", "index": 0, "class": "1"},
        "other": {"name": "training image 4", "split": "training", "index": 4, "class": "0"},
    }
    assert package.describe_data("own.npz").to_dict() == found


@pytest.mark.slow
def test_a_config_has_its_validation_images_too(place):
    described = package.describe_data("c.yaml", {"seed": 3})
    splits = described.to_dict()["splits"]
    assert {name: one["images"] for name, one in splits.items()} == {
        "training": 12,
        "validation": 4,
        "test": 6,
    }


@pytest.mark.slow
def test_train_notes_duplicates_and_small_classes_in_one_line_each(place, run_cli):
    code, _, err = run_cli("train", "c.yaml", cwd=place)
    notes = [line for line in err.splitlines() if line.startswith("note: ")]
    assert code == 0
    shared = "the same image is in another split too, so the accuracy looks higher than it is"
    assert notes[0].endswith(f"1 of 6 test images: {shared}; `cnnlab data` names these images")
    assert notes[1].startswith("note: 2 classes have fewer than 10 training images: ")
    record = json.loads((place / "runs/c-001/run.json").read_text())
    assert [f"note: {note}" for note in record["data"]["notes"]] == notes


def test_a_folder_is_described_with_its_unreadable_files(tmp_path, run_cli):
    for part, count in (("train", 4), ("test", 2)):
        for shade, name in enumerate(("ant", "bee")):
            folder = tmp_path / "photos" / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                random = np.random.default_rng([shade, number, count])
                pixels = random.integers(0, 256, (6, 8, 3), np.uint8)
                Image.fromarray(pixels).resize((64 + number, 48)).save(folder / f"{number}.png")
    photos = tmp_path / "photos"
    (photos / "test/ant/1.png").write_text("no image")
    (photos / "test/bee/Thumbs.db").touch()
    same = Image.open(photos / "train/ant/2.png")
    same.save(photos / "test/bee/same.bmp")
    same.resize((90, 70)).save(photos / "test/bee/small.jpg", quality=80)
    code, out, _ = run_cli("data", "photos", "--save", cwd=tmp_path)
    assert code == 3
    lines = out.splitlines()
    assert lines[:2] == [
        f"{photos}: 13 images of 2 classes (8 training, 5 test)",
        "5 sizes (height × width): the smallest 48 × 64, the median 48 × 65, the largest 70 × 90",
    ]
    assert lines[9:] == [
        "duplicates between training and test: 1 exact, 1 near",
        "  test/bee/same.bmp = train/ant/2.png (bee and ant)",
        "  test/bee/small.jpg ≈ train/ant/2.png (bee and ant)",
        "",
        "1 file cannot be read:",
        "  test/ant/1.png: not a PNG, JPEG, WebP, BMP, GIF or TIFF image; save it as one of these",
        "cnnlab passed over 1 file of operating systems: Thumbs.db (1)",
    ]
    with Image.open(tmp_path / "data.png") as picture:
        assert (picture.format, picture.width > 300) == ("PNG", True)
    whole = package.describe_data(photos / "train")
    assert str(whole).startswith(f"{photos}/train: 8 images of 2 classes\n4 sizes")
    assert "\nno duplicates, exact or near\n" in str(whole)


def test_nothing_is_written_without_save(place, run_cli):
    before = sorted(place.iterdir())
    assert run_cli("data", "own.npz", cwd=place)[0] == 0
    assert sorted(place.iterdir()) == before


@pytest.mark.parametrize(
    ("source", "kind", "told"),
    [
        (
            "nmist",
            UsageError,
            "nmist: there is no such data set; expected mnist, fashion_mnist, a file of "
            "images, a folder or a config; did you mean `mnist`?",
        ),
        (
            "none.npz",
            DataError,
            "{place}/none.npz: there is no such file (relative paths start at ",
        ),
        ("none/", DataError, "{place}/none: there is no such folder (relative paths start at "),
        ("none.yaml", UsageError, "none.yaml: there is no such "),
    ],
)
def test_a_wrong_name_is_refused(source, kind, told, place):
    with pytest.raises(kind) as caught:
        package.describe_data(source)
    assert str(caught.value).startswith(told.format(place=place))


def test_a_run_is_no_data(place):
    (place / "tiny-001").mkdir()
    (place / "tiny-001/run.json").touch()
    with pytest.raises(UsageError) as caught:
        package.describe_data("tiny-001")
    assert str(caught.value) == (
        "tiny-001: a run, not data; expected mnist, fashion_mnist, a file of images, a folder or a "
        "config"
    )


def test_a_wrong_config_and_edits_without_a_config_are_refused(place):
    (place / "wrong.yaml").write_text("data: {dataset: 7}\nmodel: [flatten]\n")
    with pytest.raises(ConfigError):
        package.describe_data("wrong.yaml")
    with pytest.raises(UsageError) as caught:
        package.describe_data("own.npz", {"seed": 3})
    assert str(caught.value) == "own.npz: no config, so leave `--set` out"


def test_the_picture_needs_a_name_that_ends_in_png(place, run_cli):
    code, out, err = run_cli("data", "own.npz", "--save", "a.jpg", cwd=place)
    assert (code, out) == (2, "")
    assert err.endswith("'--save': a.jpg: the name must end in .png\n")


def test_korean_names_of_classes_stand_in_columns(tmp_path, run_cli):
    """A Korean letter takes two columns of a terminal."""
    for name, level in (("네모", 0), ("동그라미", 200)):
        (tmp_path / "shapes" / name).mkdir(parents=True)
        for number in range(3):
            image = np.full((8, 8), level + 20 * number, np.uint8)
            Image.fromarray(image).save(tmp_path / "shapes" / name / f"{number}.png")
    code, out, err = run_cli("data", "shapes/", cwd=tmp_path)
    assert (code, err) == (0, "")
    rows = [line for line in out.splitlines() if line.startswith(("class", "네모", "동그라미"))]
    assert rows == ["class     images", "네모           3", "동그라미       3"]
