"""Test images that have changed since the training: each command that uses them says so."""

from __future__ import annotations

import json

import numpy as np
import pytest
from folder_builders import write_images
from tiny_training import read_tiny, save_tiny

from cnnlab import run_folder
from cnnlab.training import single_run

pytestmark = pytest.mark.slow

MODEL = [
    {"conv": {"filters": 2, "kernel_size": 3}},
    "flatten",
    {"dense": {"units": 3, "activation": "softmax"}},
]
COMMANDS = [("evaluate", "last"), ("report", "last"), ("explain", "last", "grad-cam")]


def change_array(folder):
    with np.load(folder / "tiny.npz") as file:
        arrays = dict(file)
    np.savez(folder / "tiny.npz", **{**arrays, "y_test": arrays["y_test"][::-1]})


def exchange_two_classes(folder):
    one, other = folder / "photos/test/zero", folder / "photos/test/one"
    one.rename(folder / "aside")
    other.rename(one)
    (folder / "aside").rename(other)


@pytest.fixture(params=["tiny.npz", "photos/"])
def tiny_run(request, tmp_path):
    """A trained run, the name of its data set, and a function that changes the test images."""
    save_tiny(tmp_path)
    data = {"dataset": request.param}
    change = change_array
    if request.param == "photos/":
        with np.load(tmp_path / "tiny.npz") as file:
            for part in ("train", "test"):
                folder = tmp_path / "photos" / part
                write_images(folder, file[f"x_{part}"], file[f"y_{part}"])
        data |= {"image_size": 8, "color_mode": "grayscale"}
        change = exchange_two_classes
    config = read_tiny(tmp_path, MODEL, data=data)
    single_run.train(config, run_folder.create_run(tmp_path / "runs", "tiny"))
    return tmp_path, config.experiment.data.dataset, change


def test_each_command_says_that_the_test_images_have_changed(tiny_run, run_cli):
    folder, dataset, change = tiny_run
    line = f"note: the test images of {dataset} have changed since the training"
    for command in COMMANDS:
        code, out, _ = run_cli(*command, cwd=folder)
        assert (code, "note:" in out) == (0, False)
    change(folder)
    for command in COMMANDS:
        code, out, _ = run_cli(*command, cwd=folder)
        assert (code, out.splitlines().count(line)) == (0, 1), out
    page = (folder / "runs/tiny-001/report.html").read_text()
    assert line.removeprefix("note: ") in page


@pytest.mark.parametrize("tiny_run", ["photos/"], indirect=True)
def test_a_resumed_run_keeps_the_fingerprint_of_its_first_training(tiny_run, run_cli):
    folder, dataset, change = tiny_run
    change(folder)
    assert run_cli("resume", "last", "--epochs", "+1", cwd=folder)[0] == 0
    code, out, _ = run_cli("evaluate", "last", "--json", cwd=folder)
    note = f"the test images of {dataset} have changed since the training"
    assert (code, json.loads(out)["note"]) == (0, note)
