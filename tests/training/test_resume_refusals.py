"""Requests to resume that are refused, and leave the run as it was."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import pytest
from tiny_training import read_tiny, save_tiny

from cnnlab import run_folder
from cnnlab.errors import UsageError
from cnnlab.run_folder import RunFolder
from cnnlab.training.device import choose_device
from cnnlab.training.progress import SilentProgress
from cnnlab.training.saved_state import ResumeRequest, check_resume_request
from cnnlab.training.single_run import resume
from cnnlab.training.single_run import train as train_single

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished_source(tmp_path_factory):
    """A folder with tiny.npz and a finished run of two epochs."""
    folder = save_tiny(tmp_path_factory.mktemp("finished"))
    config = read_tiny(folder)
    run = run_folder.create_run(folder / "runs", config.experiment.name)
    train_single(config, run, SilentProgress(), choose_device("cpu"))
    return run


@pytest.fixture
def finished_run(finished_source, tmp_path):
    """A copy of that run, which the test may change."""
    return RunFolder(shutil.copytree(finished_source.path, tmp_path / finished_source.name))


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        ("model[1].dense.activation=linear", "model"),
        ("data.batch_size=16", "data"),
        ("seed=2", "seed"),
        ("training.optimizer=sgd", "training.optimizer"),
        ("training.precision=mixed_bfloat16", "training.precision"),
    ],
)
def test_another_experiment_is_refused(edit, name, finished_run):
    run = finished_run
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    with pytest.raises(UsageError) as error:
        resume(run, ResumeRequest("+1", (edit,)))
    assert str(error.value) == (
        f"{name} cannot change when a run resumes: only training.epochs and training.callbacks "
        "can; "
        "for another network or other data, train a new run: "
        f"cnnlab train {run.path}/config.yaml"
    )
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before


def test_the_data_is_moved_by_an_option_and_not_by_an_edit(finished_run):
    with pytest.raises(UsageError) as error:
        check_resume_request(finished_run, ResumeRequest("+1", ("data.dataset=mnist",)))
    assert str(error.value) == (
        "data.dataset cannot change when a run resumes; if the same data is at another place now, "
        "name the place with --dataset PATH"
    )


def test_to_train_another_experiment_the_command_of_the_run_is_named(finished_run):
    run = finished_run
    run.write_record(replace(run.read_record(), command=["cnnlab", "train", "a b.yaml"]))
    with pytest.raises(UsageError) as error:
        check_resume_request(run, ResumeRequest("+1", ("seed=2",)))
    assert str(error.value).endswith("train a new run: cnnlab train 'a b.yaml'")


@pytest.mark.parametrize("epochs", ["x", "-1", "+", "1.5", "", "1e3"])
def test_what_is_no_number_of_epochs_is_refused(epochs, finished_run):
    run = finished_run
    expected = f"--epochs {epochs}: not a number of epochs; expected the total, such as 20, or"
    with pytest.raises(UsageError, match="^" + re.escape(expected)):
        resume(run, ResumeRequest(epochs))


def test_two_numbers_of_epochs_are_refused(finished_run):
    request = ResumeRequest("+1", ("training.callbacks=[]", "training.epochs=9"))
    with pytest.raises(UsageError) as error:
        check_resume_request(finished_run, request)
    assert str(error.value) == (
        "--epochs +1 and --set training.epochs=9: both say how many epochs to train; leave one of "
        "them out"
    )


def test_a_run_with_no_epochs_left_is_refused(finished_run):
    run = finished_run
    expected = (
        f"{run.path}: the run has no epochs left to train: all 2 epochs done; "
        f"to train more epochs: cnnlab resume {run.path} --epochs +10"
    )
    for wish in (ResumeRequest(), ResumeRequest("2"), ResumeRequest("1"), ResumeRequest("+0")):
        with pytest.raises(UsageError) as error:
            resume(run, wish)
        assert str(error.value) == expected
