"""The commands on a data set with its own validation images, in the layout of MedMNIST."""

from __future__ import annotations

import json

import pytest
from layout_builders import build_arrays, write_medmnist, write_own
from run_equality import history, members

pytestmark = pytest.mark.slow

CONFIG = """\
seed: 3
data: {dataset: FILE, batch_size: 50}
model: [flatten, dense: {units: 10, activation: softmax}]
training: {epochs: 1}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one network trained on MedMNIST's layout, and one on cnnlab's own."""
    import cnnlab

    place = tmp_path_factory.mktemp("layouts")
    arrays = build_arrays()
    own = {f"{letter}_train": arrays[f"{letter}_train"][:-50] for letter in "xy"}
    own |= {f"{letter}_val": arrays[f"{letter}_train"][-50:] for letter in "xy"}
    for name, path in (
        ("med", write_medmnist(place, arrays)),
        ("own", write_own(place, arrays | own)),
    ):
        (place / f"{name}.yaml").write_text(CONFIG.replace("FILE", path.name))
        cnnlab.train(place / f"{name}.yaml", runs=place / "runs", quiet=True)
    return place


def test_the_network_is_that_of_the_same_images_in_the_own_layout(folder):
    import cnnlab

    one, other = (cnnlab.load(name, folder / "runs") for name in ("med", "own"))
    pair = [members(run.path / "checkpoints/last.keras") for run in (one, other)]
    weights = "model.weights.h5"
    assert pair[0][weights] == pair[1][weights]
    assert history(one) == history(other)
    assert one.evaluate().accuracy == other.evaluate().accuracy


def test_the_spec_says_where_the_validation_images_come_from(folder):
    spec = json.loads((folder / "runs/med-001/spec.json").read_text())
    assert spec["experiment"]["data"]["validation"] == "from_dataset"
    record = json.loads((folder / "runs/med-001/run.json").read_text())
    assert (record["data"]["training_images"], record["data"]["validation_images"]) == (150, 50)


def test_evaluate_measures_the_validation_images_of_the_data_set(folder, run_cli):
    status, out, _ = run_cli("evaluate", "med", "--split", "validation", "--json", cwd=folder)
    assert (status, json.loads(out)["images"]) == (0, 50)


def test_check_counts_them_and_new_names_them(folder, run_cli):
    status, out, _ = run_cli("check", "med.yaml", cwd=folder)
    counts = "150 training images, 50 validation images, 60 test images"
    assert (status, out.splitlines()[0]) == (
        0,
        f"med: {folder}/medmnist.npz, 28 × 28 × 1, 10 classes, {counts}",
    )
    assert run_cli("new", "fresh", "--dataset", "medmnist.npz", cwd=folder)[0] == 0
    assert "  validation: from_dataset      # the validation" in (folder / "fresh.yaml").read_text()
