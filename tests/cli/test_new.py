"""`cnnlab new`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from folder_builders import mnist, write_images

from cnnlab.spec.json_schema import format_schema


@pytest.fixture
def cnnlab(run_cli: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Run the command line in an empty folder: (code, stdout, stderr)."""
    return partial(run_cli, cwd=tmp_path)


def test_new_writes_a_config_that_passes_check(cnnlab, tmp_path):
    assert cnnlab("new", "digits") == (0, "digits.yaml\nnext: cnnlab check digits.yaml\n", "")
    assert {path.name for path in tmp_path.iterdir()} == {"digits.yaml", "cnnlab.schema.json"}
    assert (tmp_path / "cnnlab.schema.json").read_text(encoding="utf-8") == format_schema()
    code, summary, talk = cnnlab("check", "digits.yaml")
    assert (code, talk) == (0, "")
    assert summary.startswith("digits: mnist, 28 × 28 × 1, 10 classes")
    assert "Advice" not in summary


def test_new_goes_to_configs_where_there_is_such_a_folder(cnnlab, tmp_path):
    (tmp_path / "configs").mkdir()
    path = "configs/2024.yaml"
    assert cnnlab("new", "2024") == (0, f"{path}\nnext: cnnlab check {path}\n", "")
    code, summary, _ = cnnlab("check", path)
    assert (code, summary[:12]) == (0, "2024: mnist,")


def test_new_takes_a_path_and_makes_its_folder(cnnlab, tmp_path):
    (tmp_path / "here").mkdir()
    assert cnnlab("new", "here/../there/mine.yml")[0] == 0
    assert (tmp_path / "there/mine.yml").exists()


def test_new_overwrites_no_config(cnnlab, tmp_path):
    (tmp_path / "mine.yaml").write_text("all mine")
    told = "cnnlab: mine.yaml: this file exists already; choose another name\n"
    assert cnnlab("new", "mine") == (2, "", told)
    assert (tmp_path / "mine.yaml").read_text() == "all mine"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


@pytest.mark.parametrize(
    ("name", "stem"),
    [("", ".yaml"), ("my net", "my net"), ("a: b", "a: b"), ("..", "..")],
)
def test_a_name_that_no_run_can_have_is_refused(cnnlab, tmp_path, name, stem):
    code, answer, talk = cnnlab("new", name)
    assert (code, answer) == (2, "")
    assert talk == (
        f"cnnlab: name: the text `{stem}` does not fit; expected letters a to z, digits, - and _, "
        "a letter or digit first (the names of the runs start with it; by default the name of the "
        "file)\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_reported(cnnlab, tmp_path):
    (tmp_path / "file").touch()
    told = "cnnlab: file: this is a file, not a folder; choose another path\n"
    assert cnnlab("new", "file/mine") == (5, "", told)
    told = "cnnlab: file/a: cannot be written: not a directory; choose another path\n"
    assert cnnlab("new", "file/a/mine") == (5, "", told)


@pytest.mark.parametrize("name", ["photos/", "../"])
def test_a_folder_is_no_name_of_a_config(cnnlab, name):
    told = f"cnnlab: {name}: a folder; name a config in it, such as {name}experiment\n"
    assert cnnlab("new", name) == (2, "", told)


def test_a_data_set_of_ones_own_sets_the_classes(cnnlab, tmp_path):
    images, labels = np.zeros((30, 16, 16), np.uint8), np.arange(30) % 3
    arrays = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    np.savez(tmp_path / "my data.npz", **arrays)
    assert cnnlab("new", "mine", "--dataset", "my data.npz")[0] == 0
    config = (tmp_path / "mine.yaml").read_text()
    assert "  dataset: my data.npz\n" in config
    assert "- dense: {units: 3, activation: softmax}" in config
    assert cnnlab("check", "mine.yaml")[0] == 0


def test_a_known_data_set_is_accepted(cnnlab):
    assert cnnlab("new", "clothes", "--dataset", "fashion_mnist")[0] == 0
    assert cnnlab("check", "clothes.yaml")[1].startswith("clothes: fashion_mnist,")


def test_a_folder_of_images_needs_no_slash(cnnlab, tmp_path):
    write_images(tmp_path / "photos", *mnist("train", 300))
    for name, dataset in (("with", "photos/"), ("without", "photos")):
        path = f"{name}.yaml"
        assert cnnlab("new", name, "--dataset", dataset) == (
            0,
            f"{path}\nnext: cnnlab check {path}\n",
            "",
        )
        assert "  dataset: photos/\n" in (tmp_path / path).read_text(encoding="utf-8")
    assert cnnlab("check", "without.yaml")[0] == 0


def test_a_data_set_is_found_from_here_too_where_the_config_goes_to_configs(cnnlab, tmp_path):
    write_images(tmp_path / "photos", *mnist("train", 300))
    (tmp_path / "configs").mkdir()
    assert cnnlab("new", "mine", "--dataset", "photos")[0] == 0
    assert "  dataset: ../photos/\n" in (tmp_path / "configs/mine.yaml").read_text("utf-8")
    assert cnnlab("check", "configs/mine.yaml")[0] == 0


DATA_SETS = {
    "cifar": (
        2,
        "data.dataset: unknown data set `cifar`; "
        "expected mnist, fashion_mnist, a file (.npz, .csv or IDX), or a folder of images; "
        "to name a folder of images, end it with a slash: `cifar/`",
    ),
    "none.npz": (
        3,
        "{folder}/none.npz: there is no such file (relative paths start at the config's folder)",
    ),
    "x" * 1100 + ".npz": (
        2,
        "data.dataset: the text has 1,104 characters; expected at most 1,024",
    ),
}


@pytest.mark.parametrize("dataset", DATA_SETS, ids=["unknown", "missing", "endless"])
def test_a_wrong_data_set_is_refused_and_nothing_written(cnnlab, tmp_path, dataset):
    code, text = DATA_SETS[dataset]
    told = f"cnnlab: {text.format(folder=tmp_path)}\n"
    assert cnnlab("new", "mine", "--dataset", dataset) == (code, "", told)
    assert list(tmp_path.iterdir()) == []
