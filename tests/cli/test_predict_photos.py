"""`cnnlab predict` on photos as people bring them: on tables, in shadow, on other grounds."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from command_calls import call_cnnlab
from drawn_digits import STYLES
from photographed_digits import SCENES
from PIL import Image, ImageFilter

pytestmark = pytest.mark.slow

TURNED = "turned the light background into a dark one"
CLOTHES = """\
name: clothes
data: {dataset: clothes.npz, validation: 0, batch_size: 64}
model:
  - conv: {filters: 16, kernel_size: 3, activation: relu}
  - max_pool: 2
  - flatten
  - dense: {units: 10, activation: softmax}
training: {epochs: 1}
"""


@pytest.fixture
def ask(quick_run, run_cli):
    """Run the command in this process on the run of configs/quick.yaml: (code, stdout, stderr)."""

    def predict(*arguments):
        return run_cli("predict", "last", *arguments, cwd=quick_run)

    return predict


@pytest.fixture(scope="module")
def clothes_run(build_once):
    """A folder with a network of 4,000 garments of Fashion-MNIST, and with clothes.npz."""

    def build(folder):
        path = resources.files("cnnlab.data") / "fashion_mnist.npz"
        with np.load(str(path)) as fashion:
            sizes = {"x_train": 4000, "y_train": 4000, "x_test": 200, "y_test": 200}
            few = {name: fashion[name][:n] for name, n in sizes.items()}
        np.savez(folder / "clothes.npz", **few)
        (folder / "clothes.yaml").write_text(CLOTHES, encoding="utf-8")
        assert call_cnnlab("train", "clothes.yaml", cwd=folder).returncode == 0
        return folder

    return build_once("clothes", build)


def read_answers(answer, code=0):
    assert answer[0] == code, answer[2]
    return json.loads(answer[1])


def count_right(answers):
    """How many answers are the first character of the file's name."""
    return sum(one["predicted"] == Path(one["image"]).name[0] for one in answers)


def enlarge(image):
    return Image.fromarray(image).resize((280, 280), Image.Resampling.BICUBIC)


def test_nine_of_ten_photos_are_right(ask, tmp_path):
    """40 photos, of each digit four; benchmarks/photos.py measures 98 to 100 of 100."""
    for number, scene in enumerate(SCENES):
        for digit in range(10):
            if (digit + number) % 5 < 2:
                photo = scene.photograph(str(digit), 7)
                photo.save(tmp_path / f"{digit} {scene.name}.jpg", quality=92)
    code, out, _ = ask(tmp_path, "--json")
    answers = json.loads(out)
    assert code == (3 if len(answers) < 40 else 0)
    assert count_right(answers) >= 36
    sheet = "cut the sheet of paper out"
    changed = {one["image"] for one in answers if sheet in one["changes"]}
    on_tables = [one["image"] for one in answers if "up close" not in one["image"]]
    assert len(changed) >= 30
    assert changed <= set(on_tables)
    assert sum(one["likeness"]["unlike"] for one in answers) <= 4


def test_a_digit_on_a_small_sheet_on_a_dark_table_is_read(ask, tmp_path):
    random = np.random.default_rng(5)
    for digit in range(10):
        table = np.array((80, 55, 40)) + random.normal(0, 6, (600, 700, 3))
        light = np.linspace(1, 0.85, 300)[None, :, None]
        drawing = STYLES[0].draw(digit).resize((180, 180)).filter(ImageFilter.GaussianBlur(1))
        sheet = np.full((360, 300, 3), 232.0)
        sheet[90:270, 60:240] *= np.asarray(drawing) / 255
        table[120:480, 200:500] = sheet * light + random.normal(0, 3, sheet.shape)
        photo = Image.fromarray(np.clip(table, 0, 255).astype(np.uint8))
        photo.save(tmp_path / f"{digit}.jpg", quality=85)
    answers = read_answers(ask(tmp_path, "--json"))
    assert count_right(answers) == 10
    assert {tuple(one["changes"]) for one in answers} == {("cut the sheet of paper out",)}


def test_several_digits_are_refused_with_their_number_or_answered_one_by_one(ask, tmp_path):
    path, save = tmp_path / "year.png", tmp_path / "answers.png"
    page = Image.new("RGB", (4 * 280, 280), "white")
    for place, digit in enumerate((2, 0, 3, 5)):
        page.paste(STYLES[0].draw(digit), (280 * place, 0))
    page.save(path)
    code, out, err = ask(path, "--json")
    assert (code, out) == (3, "[]\n")
    found = "4 digits found, but the network reads one digit in each image"
    assert err == f"cnnlab: {path}: {found}; add --each to classify each of them\n"
    answers = read_answers(ask(path, "--each", "--json"))
    assert [one["image"] for one in answers] == [f"{path} ({n} of 4)" for n in (1, 2, 3, 4)]
    assert [one["predicted"] for one in answers] == list("2035")
    assert ask(path, "--each", "--save", save)[0] == 0
    with Image.open(save) as picture:
        assert picture.height > 700  # four rows
    STYLES[0].draw(4).save(path)
    [answer] = read_answers(ask(path, "--each", "--json"))
    assert (answer["image"], answer["predicted"]) == (str(path), "4")


def test_each_does_not_go_with_random_images(ask):
    message = "--each is for pictures with several digits, but --random chooses images"
    assert ask("--random", 3, "--each") == (2, "", f"cnnlab: {message}\n")


def test_each_is_refused_where_cnnlab_does_not_cut_digits_out(clothes_run, run_cli, tmp_path):
    STYLES[0].draw(4).save(tmp_path / "4.png")
    answer = run_cli("predict", "last", tmp_path / "4.png", "--each", cwd=clothes_run)
    told = "--each: cnnlab separates digits only for networks of mnist, without --resize and --exif"
    assert answer == (2, "", f"cnnlab: {told}; leave --each out\n")


def test_the_output_shows_what_the_network_saw(ask, tmp_path):
    drawing = Image.new("RGB", (200, 200), "white")
    drawing.paste("black", (95, 40, 105, 160))  # a 1 of 20 × 1.7 pixels
    drawing.save(tmp_path / "one.png")
    code, out, err = ask(tmp_path / "one.png")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    place = lines.index("The network saw (full blocks are light):")
    name, *picture = lines[place + 1 : place + 16]
    assert "one.png" in name
    assert len(picture) == 14
    assert picture[:2] == ["", ""]
    stroke = {line.strip() for line in picture[3:11]}
    assert len(stroke) == 1
    assert stroke.pop()[0] in "▒▓█"


def test_an_input_unlike_the_training_images_is_named_with_a_figure(ask, tmp_path):
    blot = Image.new("RGB", (200, 200), "white")
    blot.paste("black", (40, 40, 160, 160))
    blot.save(tmp_path / "blot.png")
    code, out, _ = ask(tmp_path / "blot.png")
    assert code == 0
    [sentence] = [line for line in out.splitlines() if "looks unlike" in line]
    [answer] = read_answers(ask(tmp_path / "blot.png", "--json"))
    likeness = answer["likeness"]
    assert likeness["unlike"]
    assert sentence.startswith(
        f"{tmp_path}/blot.png looks unlike the training images: distance "
        f"{likeness['distance']:.4g}, and 99.7% of them are within {likeness['limit']:.4g}; "
    )
    STYLES[0].draw(3).save(tmp_path / "three.png")
    [answer] = read_answers(ask(tmp_path / "three.png", "--json"))
    assert not answer["likeness"]["unlike"]


def test_clothes_on_white_get_the_answers_of_those_on_black(clothes_run, run_cli, tmp_path):
    with np.load(clothes_run / "clothes.npz") as data:
        images, labels = data["x_test"][:50], data["y_test"][:50]
    right = {}
    for ground in ("black", "white"):
        (tmp_path / ground).mkdir()
        for place, (image, label) in enumerate(zip(images, labels, strict=True)):
            large = enlarge(image if ground == "black" else 255 - image)
            large.convert("RGB").save(tmp_path / ground / f"{label}_{place:03}.jpg", quality=85)
        output = run_cli("predict", "last", tmp_path / ground, "--json", cwd=clothes_run)
        answers = read_answers(output)
        right[ground] = count_right(answers)
        changed = [one["changes"] for one in answers if one["changes"]]
        assert changed == ([] if ground == "black" else [[TURNED]] * 50)
    assert right["black"] > 30
    assert abs(right["white"] - right["black"]) <= 1


def test_digits_drawn_dark_on_light_suit_an_npz_file_of_light_ones(trained_run, run_cli, tmp_path):
    with np.load(trained_run.folder / "small.npz") as data:
        images, labels = data["x_test"][:40], data["y_test"][:40]
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        Image.fromarray(255 - image).save(tmp_path / f"{label}_{place:02}.png")
    answers = read_answers(run_cli("predict", "last", tmp_path, "--json", cwd=trained_run.folder))
    assert count_right(answers) >= 36
    assert {tuple(one["changes"]) for one in answers} == {(TURNED,)}
    out = run_cli("predict", "last", tmp_path, cwd=trained_run.folder)[1]
    assert f"\n40 images: cnnlab {TURNED}\n" in out
    assert "\nThe first 6 of 40 images; --save PICTURE.png draws more.\n" in out
