"""A folder of images as a data set, from `new` to `predict`."""

import csv
import json
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from command_calls import call_cnnlab
from folder_builders import DIGITS, mnist, write_images

pytestmark = pytest.mark.slow

CONFIG = """\
seed: 3
data: {dataset: digits/, image_size: 28, color_mode: grayscale, batch_size: 32, augment: digits}
model:
  - conv: {filters: 16, kernel_size: 3, strides: 2, activation: relu}
  - batch_norm
  - flatten
  - dropout: 0.2
  - dense: {units: 10, activation: softmax}
training: {epochs: 4}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with digits/ (2,000 training and 500 test images of MNIST) and a config for it."""
    place = tmp_path_factory.mktemp("folder")
    write_images(place / "digits/train", *mnist("train", 2000))
    write_images(place / "digits/test", *mnist("test", 500))
    (place / "digits.yaml").write_text(CONFIG)
    return place


@pytest.fixture(scope="module")
def run(folder):
    """A run on that folder, trained and evaluated."""
    trained = call_cnnlab("train", "digits.yaml", cwd=folder)
    assert trained.returncode == 0, trained.stderr
    assert "reading 2,500 images …\n" in trained.stderr
    evaluated = call_cnnlab("evaluate", "last", "--json", cwd=folder)
    assert evaluated.returncode == 0, evaluated.stderr
    assert json.loads(evaluated.stdout)["accuracy"] > 0.8
    return folder / "runs/digits-001"


def test_new_and_check_know_the_classes_of_a_folder(cnnlab, folder):
    assert cnnlab("new", "mine", "--dataset", "digits/", cwd=folder).returncode == 0
    checked = cnnlab("check", "mine.yaml", cwd=folder)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith(
        f"mine: {folder}/digits, 64 × 64 × 3, 10 classes, 2,000 training images"
    )
    assert cnnlab("new", "tree", "--dataset", "digits/train/", cwd=folder).returncode == 0
    assert "  test: 0.2 " in (folder / "tree.yaml").read_text()
    assert cnnlab("check", "tree.yaml", cwd=folder).returncode == 0


def test_the_run_folder_has_what_was_used(run, folder):
    spec = json.loads((run / "spec.json").read_text())
    data = spec["experiment"]["data"]
    assert (data["dataset"], data["image_size"], data["color_mode"], data["test"]) == (
        f"{folder}/digits",
        [28, 28],
        "grayscale",
        None,
    )
    assert spec["inputs"]["class_names"] == sorted(DIGITS)


def test_predictions_name_the_file_of_each_image(run, folder):
    rows = list(csv.DictReader((run / "evaluation/predictions.csv").read_text().splitlines()))
    assert len(rows) == 500
    for row in rows:
        assert (folder / "digits" / row["file"]).is_file()
        assert row["file"].split("/")[1] == row["true"]


def test_a_folder_trains_to_the_same_bytes_as_its_images_in_an_npz_file(run, folder, run_cli):
    from cnnlab.data import datasets
    from cnnlab.foreign_models import read_spec

    data = read_spec(run / "checkpoints/last.keras").experiment.data
    train, test = datasets.read_training_images(data), datasets.read_test_images(data)
    arrays = {"x_train": train.images, "y_train": train.labels}
    arrays |= {"x_test": test.images, "y_test": test.labels}
    np.savez(folder / "digits.npz", **{name: np.asarray(one) for name, one in arrays.items()})
    config = CONFIG.replace("digits/, image_size: 28, color_mode: grayscale", "digits.npz")
    (folder / "packed.yaml").write_text(config)
    assert run_cli("train", "packed.yaml", cwd=folder)[0] == 0
    other = folder / "runs/packed-001"
    weights = [_member(one / "checkpoints/last.keras") for one in (run, other)]
    assert weights[0] == weights[1]


def _member(checkpoint: Path) -> bytes:
    import zipfile

    with zipfile.ZipFile(checkpoint) as archive:
        return archive.read("model.weights.h5")


def test_a_file_of_the_folder_is_predicted_as_it_was_evaluated(run, folder, run_cli):
    row = next(csv.DictReader((run / "evaluation/predictions.csv").read_text().splitlines()))
    _, out, _ = run_cli("predict", run, folder / "digits" / row["file"], "--json", cwd=folder)
    [found] = json.loads(out)
    assert found["predicted"] == row["predicted"]
    assert found["probability"] == pytest.approx(float(row[f"p_{row['predicted']}"]), abs=2e-6)


def test_a_bad_file_ends_training_before_its_first_epoch(folder, tmp_path, run_cli):
    shutil.copytree(folder / "digits", tmp_path / "digits")
    shutil.copy(folder / "digits.yaml", tmp_path)
    (tmp_path / "digits/train/one/000003.png").write_bytes(b"")
    (tmp_path / "digits/test/seven/000000.png").write_bytes(b"no image")
    code, out, err = run_cli("train", "digits.yaml", cwd=tmp_path)
    assert (code, out) == (3, "")
    where = f"{tmp_path}/digits"
    assert err.endswith(
        f"{where}/train/one/000003.png: the file is empty\n"
        f"{where}/test/seven/000000.png: not a PNG, JPEG, WebP, BMP, GIF or TIFF image; save it "
        "as one of these\n2 files are not images that cnnlab reads; repair or remove them\n"
    )
    assert list((tmp_path / "runs").iterdir()) == []  # the refusal leaves no folder
    code, _, err = run_cli("train", "digits.yaml", "--seeds", "2", cwd=tmp_path)
    assert (code, list((tmp_path / "runs").iterdir())) == (3, [])
    code, _, err = run_cli("train", "digits.yaml", "--set", "ensemble=2", cwd=tmp_path)
    assert (code, list((tmp_path / "runs").iterdir())) == (3, [])


def test_check_counts_the_images_of_a_folder_and_opens_them_on_request(folder, tmp_path, run_cli):
    shutil.copytree(folder / "digits", tmp_path / "digits")
    shutil.copy(folder / "digits.yaml", tmp_path)
    counted = "2,500 image files found by their names; --data opens all of them"
    code, out, _ = run_cli("check", "digits.yaml", cwd=tmp_path)
    assert (code, out.splitlines()[-1]) == (0, counted)
    code, out, _ = run_cli("check", "digits.yaml", "--data", cwd=tmp_path)
    opened = "2,500 images opened; all of them can be read"
    assert (code, out.splitlines()[-1]) == (0, opened)
    (tmp_path / "digits/test/one/000002.png").write_bytes(b"no image")
    assert run_cli("check", "digits.yaml", cwd=tmp_path)[0] == 0
    code, out, err = run_cli("check", "digits.yaml", "--data", cwd=tmp_path)
    assert (code, out) == (3, "")
    assert "digits/test/one/000002.png: not a PNG, JPEG, WebP, BMP, GIF or TIFF image" in err


def test_ctrl_c_ends_the_reading_of_a_folder(folder, start, run_cli):
    training = start("train", "digits.yaml", "--runs", "stopped", cwd=folder)
    training.wait_for_line("reading 2,500 images")
    training.process.send_signal(signal.SIGINT)
    assert training.end() == 130
    assert training.read_stderr().endswith(
        "cnnlab: stopped by SIGINT before its training began; no epoch was finished; "
        "next: cnnlab train digits.yaml --runs stopped\n"
    )
    for *command, name in (
        ("resume", "last"),
        ("evaluate", "stopped/digits-001"),
        ("report", "digits"),
        ("runs", "show", "last"),
    ):
        assert run_cli(*command, name, "--runs", "stopped", cwd=folder) == (
            4,
            "",
            "cnnlab: stopped/digits-001: the run ended before training began, so it cannot resume; "
            "train it again: cnnlab train digits.yaml --runs stopped\n",
        )


def test_a_class_that_is_renamed_later_is_reported(run, folder, run_cli):
    spec = json.loads((run / "spec.json").read_text())
    (folder / "digits/train/zero").rename(folder / "digits/train/zilch")
    (folder / "digits/test/zero").rename(folder / "digits/test/zilch")
    try:
        code, _, err = run_cli("evaluate", run, cwd=folder)
    finally:
        for part in ("train", "test"):
            (folder / "digits" / part / "zilch").rename(folder / "digits" / part / "zero")
    assert code == 3
    assert err == (
        f"cnnlab: {spec['experiment']['data']['dataset']}: a class is called zilch, but the "
        "network was trained on zero; give the folders of the classes their old names\n"
    )
