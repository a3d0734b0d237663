"""`cnnlab predict` on digits drawn by hand, and on files that are not digits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from drawn_digits import STYLES, invert, photograph
from PIL import Image, ImageOps

pytestmark = pytest.mark.slow

MARKER = STYLES[0]
WIDE = STYLES[1]


@pytest.fixture
def ask(quick_run, run_cli):
    """Run the command in this process on the run of configs/quick.yaml: (code, stdout, stderr)."""

    def predict(*arguments):
        return run_cli("predict", "last", *arguments, cwd=quick_run)

    return predict


def list_answers(answer):
    """The answers of `--json`; checks that stderr is empty."""
    code, out, err = answer
    assert (code, err) == (0, "")
    return json.loads(out)


def list_classes(answer):
    return [one["predicted"] for one in list_answers(answer)]


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_ten_drawn_digits_are_classified_correctly(style, ask, tmp_path):
    for digit in range(10):
        style.draw(digit).save(tmp_path / f"{digit}.png")
    assert list_classes(ask(tmp_path, "--json")) == list("0123456789")


@pytest.mark.parametrize("change", [invert, photograph])
def test_inverted_and_photographed_digits_are_classified_correctly(change, ask, tmp_path):
    """A third of the digits in each style; nobody takes photos of 28 pixels."""
    for number, style in enumerate(STYLES):
        if change is invert or min(style.size) >= 100:
            for digit in range(number % 3, 10, 3):
                change(style.draw(digit)).save(tmp_path / f"{digit} {style.name}.png")
    answers = list_answers(ask(tmp_path, "--json"))
    assert len(answers) >= 30
    wrong = [one for one in answers if one["predicted"] != Path(one["image"]).name[0]]
    assert wrong == []


def test_every_format_and_mode_gives_the_class_of_the_plain_image(ask, tmp_path):
    plain = WIDE.draw(4)
    gray = ImageOps.grayscale(plain)
    clear = Image.new("RGBA", plain.size, "black")
    clear.putalpha(ImageOps.invert(gray))
    white = Image.new("RGBA", plain.size, "white")
    white.putalpha(ImageOps.invert(gray))
    exif = Image.Exif()
    exif[0x0112] = 6
    deep = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    for name, image, options in (
        ("plain.png", plain, {}),
        ("a.bmp", plain, {}),
        ("a.jpg", plain, {"quality": 90}),
        ("a.webp", plain, {}),
        ("rotated.jpg", plain.transpose(Image.Transpose.ROTATE_90), {"exif": exif}),
        ("clear.png", clear, {}),
        ("white.webp", white, {}),
        ("deep.png", deep, {}),
        ("palette.png", plain.quantize(8), {}),
        ("bits.bmp", gray.point(lambda level: 255 * (level > 127)).convert("1"), {}),
        ("cmyk.jpg", plain.convert("CMYK"), {}),
        ("gray.png", gray, {}),
    ):
        image.save(tmp_path / name, **options)
    answers = list_answers(ask(tmp_path, "--json"))
    assert {Path(one["image"]).name: one["predicted"] for one in answers} == {
        path.name: "4" for path in tmp_path.iterdir()
    }


def test_the_answers_are_ranked_and_in_the_order_given(ask, tmp_path):
    names = [tmp_path / name for name in ("b.png", "a.png", "b.png")]
    MARKER.draw(3).save(tmp_path / "a.png")
    MARKER.draw(8).save(tmp_path / "b.png")
    answers = list_answers(ask(*names, "--json"))
    assert [one["image"] for one in answers] == list(map(str, names))
    assert [one["predicted"] for one in answers] == ["8", "3", "8"]
    for one in answers:
        names = ["image", "predicted", "probability", "probabilities", "changes", "likeness"]
        assert list(one) == names
        shares = one["probabilities"]
        assert sorted(shares) == list("0123456789")
        assert list(shares.values()) == sorted(shares.values(), reverse=True)
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert (one["predicted"], one["probability"]) == next(iter(shares.items()))


def test_unreadable_images_are_reported_and_the_others_are_classified(ask, tmp_path):
    good, blank = tmp_path / "good.png", tmp_path / "blank.png"
    MARKER.draw(5).save(good)
    Image.new("RGB", (90, 90), "white").save(blank)
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:900])
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    moving = [MARKER.draw(1), MARKER.draw(2)]
    moving[0].save(tmp_path / "moving.webp", save_all=True, append_images=moving[1:])
    Image.new("1", (5000, 5001)).save(tmp_path / "large.png")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/one.png").touch()
    code, out, err = ask(tmp_path, tmp_path / "none.png", good, "--json")
    assert code == 3
    assert [one["predicted"] for one in json.loads(out)] == ["5", "5"]
    assert err.splitlines() == [
        f"cnnlab: {tmp_path}/{told}"
        for told in (
            "blank.png: no digit found: nothing stands out from the background",
            "cut.png: cut short or damaged; save or copy it again",
            "inner: a folder inside a folder; name it directly",
            "large.png: 25,005,000 pixels, but cnnlab reads at most 25,000,000; make it smaller",
            "moving.webp: an animation of 2 pictures; save one of them as a file",
            "notes.txt: not a PNG, JPEG, WebP, BMP, GIF or TIFF image; save it as one of these",
            "none.png: there is no such file",
        )
    ]


def test_where_nothing_can_be_read_tensorflow_is_not_loaded(quick_run, cnnlab):
    command = ("predict", "last", "none\n.png", "--json")
    process = cnnlab(*command, cwd=quick_run, PYTHONPROFILEIMPORTTIME="1")
    assert process.returncode == 3
    assert process.stdout == "[]\n"
    lines = process.stderr.splitlines()
    assert "cnnlab: none: there is no such file" in lines
    assert [line for line in lines if "tensorflow" in line] == []


def test_a_picture_is_piped_in(quick_run, tmp_path):
    MARKER.draw(2).save(tmp_path / "two.png")
    command = [sys.executable, "-m", "cnnlab", "predict", "last", "-", "--json"]
    for data, code, answer in (
        ((tmp_path / "two.png").read_bytes(), 0, ["2"]),
        (b"", 3, []),
    ):
        process = subprocess.run(
            command, input=data, cwd=quick_run, capture_output=True, check=False
        )
        assert process.returncode == code
        assert [one["predicted"] for one in json.loads(process.stdout)] == answer
    assert process.stderr.decode() == "cnnlab: -: standard input is empty\n"


def test_the_table_names_the_checkpoint_and_ranks_the_classes(ask, tmp_path):
    MARKER.draw(6).save(tmp_path / "육.png")
    code, out, err = ask(tmp_path)
    assert (code, err) == (0, "")
    first, _, head, _, row, *_ = out.splitlines()
    assert first == "runs/quick-001/checkpoints/last.keras"
    assert head.split() == ["image", "predicted", "probability", "next"]
    name, answer, share, *_ = row.split()
    assert (name, answer) == (f"{tmp_path}/육.png", "6")
    assert share.endswith("%")


def test_random_images_come_with_the_truth(ask):
    nine = list_answers(ask("--random", 9, "--json"))
    names = ["true", "predicted", "probability", "probabilities", "changes", "likeness"]
    assert list(nine[0]) == ["image", *names]
    assert nine == list_answers(ask("--random", 9, "--seed", 0, "--json"))
    assert nine != list_answers(ask("--random", 9, "--seed", 1, "--json"))
    right = sum(one["true"] == one["predicted"] for one in nine)
    code, out, err = ask("--random", 9)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"{right} of 9 right"


def test_a_wrong_answer_is_marked(ask):
    answers = list_answers(ask("--random", 500, "--json"))
    wrong = [one for one in answers if one["true"] != one["predicted"]]
    assert wrong
    out = ask("--random", 500)[1]
    marked = [line.split() for line in out.splitlines() if ", wrong" in line]
    assert [f"{words[0]} {words[1]}" for words in marked] == [one["image"] for one in wrong]


def test_the_picture_is_saved_and_may_be_drawn_again(ask, tmp_path):
    drawing, save = tmp_path / "seven.png", tmp_path / "그림.png"
    MARKER.draw(7).save(drawing)
    for _ in range(2):
        code, _, err = ask(drawing, "--save", save)
        assert (code, err) == (0, f"written: {save}\n")
    with Image.open(save) as picture:
        picture.load()
        assert picture.width > 600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seven.png", "그림.png"]
    assert ask("--random", 3, "--save", save)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "no image is named; name files or folders, `-`, or --random 9"),
        (
            ("a.png", "--random", 2),
            "--random chooses test images, but images are named too; give only one of the two",
        ),
        (
            ("a.png", "--seed", 2),
            "--seed chooses the images of --random; give both options, or neither",
        ),
        (
            ("a.png", "--save", "b.jpg"),
            "--save b.jpg: a picture is written as PNG; name it b.png",
        ),
        (("a.png", "--save", "no/b.png"), "--save no/b.png: there is no folder no"),
        (
            ("--random", 10_001),
            "--random 10001: the test set has 10,000 images; choose a number up to 10,000",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, told, ask):
    assert ask(*arguments) == (2, "", f"cnnlab: {told}\n")


def test_a_picture_of_one_s_own_is_not_overwritten(ask, tmp_path):
    """The shell expands `--save *.png` to the user's own pictures."""
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    for path in (first, second):
        MARKER.draw(1).save(path)
    before = first.read_bytes()
    told = "this file exists, and cnnlab did not draw it; choose another name"
    assert ask(second, "--save", first) == (2, "", f"cnnlab: --save {first}: {told}\n")
    assert first.read_bytes() == before
    folder = tmp_path / "c.png"
    folder.mkdir()
    assert ask(second, "--save", folder) == (2, "", f"cnnlab: --save {folder}: {told}\n")


def test_a_disk_that_refuses_the_picture_is_reported_after_the_answer(ask, tmp_path):
    MARKER.draw(1).save(tmp_path / "a.png")
    save = tmp_path / f"{'x' * 250}.png"  # a name that fits, whose temporary one does not
    code, out, err = ask(tmp_path / "a.png", "--save", save)
    reason = "file name too long; choose another path with `--save`"
    assert (code, err) == (5, f"cnnlab: {save}: cannot be written: {reason}\n")
    assert "a.png" in out


def test_an_ensemble_answers_by_its_members_and_a_checkpoint_alone(
    quick_run, ask, run_cli, tmp_path
):
    MARKER.draw(9).save(tmp_path / "nine.png")
    path = quick_run / "runs/quick-001/checkpoints/last.keras"
    alone = list_answers(run_cli("predict", path, tmp_path, "--json", cwd=quick_run))
    assert alone == list_answers(ask(tmp_path, "--json"))
    made = make_ensemble(quick_run / "runs/quick-001", tmp_path / "runs/two-001")
    answers = run_cli("predict", made, tmp_path / "nine.png", "--json", cwd=quick_run)
    assert [one["predicted"] for one in list_answers(answers)] == ["9"]
    out = run_cli("predict", made, tmp_path / "nine.png", cwd=quick_run)[1]
    assert out.splitlines()[0] == f"{made}, mean of 2 members"


def make_ensemble(run, made):
    """Build the folder of an ensemble whose members are copies of `run`."""
    made.mkdir(parents=True)
    spec = json.loads((run / "spec.json").read_text(encoding="utf-8"))
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    experiment = spec["experiment"]
    for number, seed in enumerate((1, 2), 1):
        member = made / f"members/{number}"
        shutil.copytree(run, member)
        data = experiment["data"] | {"validation_seed": 1}
        own = experiment | {"seed": seed, "ensemble": None, "data": data}
        (member / "spec.json").write_text(json.dumps(spec | {"experiment": own}), encoding="utf-8")
    whole = experiment | {"ensemble": [1, 2]}
    (made / "spec.json").write_text(json.dumps(spec | {"experiment": whole}), encoding="utf-8")
    (made / "run.json").write_text(json.dumps(record | {"seeds": [1, 2]}), encoding="utf-8")
    return made
