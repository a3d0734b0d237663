"""Data that was moved: found at its new place by its fingerprint, and refused if it differs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from run_equality import history
from tiny_training import read_tiny, save_tiny

from cnnlab import run_folder
from cnnlab.data.datasets import describe_dataset
from cnnlab.data.moved_data import move_data, set_place
from cnnlab.errors import DataError, UsageError
from cnnlab.run_folder import RunFolder
from cnnlab.run_folder.serialization import format_spec
from cnnlab.spec.edited_experiment import edit_experiment
from cnnlab.study import ensemble_training
from cnnlab.study.networks import load_network
from cnnlab.training import single_run
from cnnlab.training.device import choose_device
from cnnlab.training.progress import SILENT
from cnnlab.training.saved_state import ResumeRequest, check_resume_request

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with tiny.npz, a run of one epoch, and an ensemble of two such runs."""
    folder = save_tiny(tmp_path_factory.mktemp("project"))
    for seeds, train in (((), single_run.train), (("ensemble=2",), ensemble_training.train)):
        config = read_tiny(folder, epochs=1)
        if seeds:
            config = edit_experiment(config.experiment, "tiny", describe_dataset, seeds)
        run = run_folder.create_run(folder / "runs", "tiny")
        train(config, run, SILENT, choose_device("cpu"))
    return folder


@pytest.fixture
def new_place(project, tmp_path, monkeypatch):
    """A copy of the project whose specs name a place where nothing is; the current folder."""
    folder = Path(shutil.copytree(project, tmp_path / "new"))
    for path in folder.rglob("spec.json"):
        run = RunFolder(path.parent)
        path.write_text(format_spec(set_place(run.read_spec(), "/gone/tiny.npz")))
    monkeypatch.chdir(folder)
    return folder


def test_the_same_data_is_found_at_its_new_place(new_place):
    spec = RunFolder(new_place / "runs/tiny-001").read_spec()
    found = move_data(spec, "tiny.npz")
    assert found == set_place(spec, str(new_place / "tiny.npz"))


@pytest.mark.parametrize("split", ["train", "test"])
def test_other_data_is_refused_with_both_fingerprints(new_place, split):
    spec = RunFolder(new_place / "runs/tiny-001").read_spec()
    with np.load("tiny.npz") as arrays:
        changed = dict(arrays)
    changed[f"x_{split}"][7, 3, 3] ^= 1
    np.savez("other.npz", **changed)
    other = read_tiny(new_place, data={"dataset": "other.npz"})
    with pytest.raises(DataError) as caught:
        move_data(spec, "other.npz")
    from cnnlab.data import datasets

    images = datasets.read_training_images(other.experiment.data)
    found, old, name = datasets.compute_fingerprint(images), spec.inputs.fingerprint, "training"
    if split == "test":
        found, old, name = (
            datasets.compute_test_fingerprint(other.experiment.data),
            spec.inputs.test_fingerprint,
            "test",
        )
    assert str(caught.value) == (
        f"{new_place}/other.npz: not the data of the run: the fingerprint (SHA-256) of its {name} "
        f"images is {found}, but that of the run is {old}; give the path of the data of the run"
    )


@pytest.mark.parametrize(
    ("dataset", "error", "told"),
    [
        ("nix.npz", DataError, "{new_place}/nix.npz: there is no such file or folder"),
        (
            "mnist",
            DataError,
            "mnist: its images are (28, 28, 1) of 10 classes, but the network was trained on "
            "images (8, 8, 1) of 3 classes; name the data of the run, or put it back",
        ),
        (
            "runs/",
            UsageError,
            "--dataset: {new_place}/runs has a folder, but the data of the run was arrays: "
            "/gone/tiny.npz",
        ),
        (
            "minst",
            UsageError,
            "--dataset: unknown data set `minst`; expected mnist, fashion_mnist, a file (.npz, "
            ".csv or IDX), or a folder of images; did you mean `mnist`?; the data of the run was "
            "/gone/tiny.npz",
        ),
    ],
)
def test_a_place_without_the_data_is_refused(new_place, dataset, error, told):
    spec = RunFolder(new_place / "runs/tiny-001").read_spec()
    with pytest.raises(error) as caught:
        move_data(spec, dataset)
    assert str(caught.value) == told.format(new_place=new_place)


def test_a_resumed_run_records_the_new_place_and_ends_as_without_a_move(
    new_place, project, tmp_path
):
    whole = RunFolder(shutil.copytree(project / "runs/tiny-001", tmp_path / "tiny-001"))
    run, request = RunFolder(new_place / "runs/tiny-001"), ResumeRequest("+1", (), "tiny.npz")
    text = run.read_config()
    with pytest.raises(DataError) as caught:
        check_resume_request(run, ResumeRequest("+1"))
    assert str(caught.value) == (
        "/gone/tiny.npz: the data of the run is not there any more; if it was moved, give the new "
        "path with --dataset tiny.npz (evaluate, predict, explain, report, export and resume take "
        "it)"
    )
    (new_place / "tiny.npz").rename(new_place / "data.npz")
    with pytest.raises(DataError, match="new path with --dataset PATH "):
        check_resume_request(run, ResumeRequest("+1"))
    (new_place / "data.npz").rename(new_place / "tiny.npz")
    check_resume_request(run, request)
    single_run.resume(run, request, SILENT, choose_device("cpu"))
    single_run.resume(whole, ResumeRequest("+1"), SILENT, choose_device("cpu"))
    assert history(run) == history(whole)
    assert run.read_spec().experiment.data.dataset == f"{new_place}/tiny.npz"
    assert run.read_record().data["dataset"] == f"{new_place}/tiny.npz"
    assert run.read_config() == text
    single_run.resume(run, ResumeRequest("+1"), SILENT, choose_device("cpu"))  # it is known now


def test_each_command_takes_the_new_place(new_place, run_cli):
    told = "cnnlab: /gone/tiny.npz: the data of the run is not there any more; "
    for command in (
        ("evaluate", "tiny-001"),
        ("predict", "tiny-001", "--random", "2"),
        ("explain", "tiny-001", "occlusion"),
        ("report", "tiny-001"),
    ):
        code, out, err = run_cli(*command, cwd=new_place)
        assert (code, out) == (3, "")
        assert err.startswith(told)
        code, _, err = run_cli(*command, "--dataset", "tiny.npz", "--json", cwd=new_place)
        assert (code, "cnnlab: " in err) == (0, False), command


def test_data_with_test_images_is_not_that_of_a_run_that_set_a_share_aside(new_place):
    spec = RunFolder(new_place / "runs/tiny-001").read_spec()
    data = spec.experiment.data.model_copy(update={"test": 0.2})
    spec = spec.model_copy(update={"experiment": spec.experiment.model_copy(update={"data": data})})
    with pytest.raises(DataError) as caught:
        move_data(spec, "tiny.npz")
    assert str(caught.value) == (
        f"{new_place}/tiny.npz: not the data of the run: it has test images of its own, but the "
        "run set 20% of each class aside for the test; name the place of the same data"
    )


def test_an_ensemble_is_moved_with_all_of_its_members(new_place):
    from cnnlab.foreign_models import ForeignModelOptions

    run = RunFolder(new_place / "runs/tiny-002")
    network = load_network(run, ForeignModelOptions("tiny.npz"))
    places = [spec.experiment.data.dataset for spec, _ in network.parts]
    assert places == [f"{new_place}/tiny.npz"] * 2
    request = ResumeRequest(None, (), "tiny.npz")
    check_resume_request(run, request)
    with pytest.raises(UsageError, match="the run has no epochs left to train"):
        ensemble_training.resume(run, request, SILENT, choose_device("cpu"))
    for one in (run, run.member_run(2)):
        one.write_record(replace(one.read_record(), status="stopped"))
    ensemble_training.resume(run, request, SILENT, choose_device("cpu"))
    assert run.read_spec().experiment.data.dataset == f"{new_place}/tiny.npz"
    assert len(load_network(run).members) == 2  # the first member still names the old place
