"""Members and runs over seeds resume after unexpected changes."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from cnnlab import run_folder
from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import Interruption, RunError
from cnnlab.run_folder import RunFolder
from cnnlab.spec.config_reader import parse_config
from cnnlab.study import ensemble_training, seed_training
from cnnlab.training.device import choose_device
from cnnlab.training.progress import SilentProgress
from cnnlab.training.saved_state import ResumeRequest

pytestmark = pytest.mark.slow


class InterruptAfter(SilentProgress):
    """Sends Ctrl-C after this many epochs in total."""

    def __init__(self, epochs):
        self.epochs = epochs

    def epoch(self, row):
        self.epochs -= 1
        if not self.epochs:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def config(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (24, 6, 6), np.uint8)
    arrays = {"x_train": images, "y_train": np.arange(24) % 2}
    arrays |= {"x_test": images, "y_test": np.arange(24) % 2}
    np.savez(tmp_path / "tiny.npz", **arrays)

    def make(**more):
        dense = {"dense": {"units": 2, "activation": "softmax"}}
        plain = {"name": "a", "data": {"dataset": "tiny.npz"}, "model": ["flatten", dense]}
        text = json.dumps({**plain, "training": {"epochs": 2}, **more})
        return parse_config(tmp_path / "a.yaml", text.encode(), describe_dataset)

    return make


@pytest.fixture
def trained_ensemble(config, tmp_path):
    """An ensemble of two members of two epochs."""
    run = run_folder.create_run(tmp_path / "runs", "a")
    ensemble_training.train(config(ensemble=2), run, device=choose_device("cpu"))
    return run


def test_a_member_is_one_from_wherever_it_is_named(tmp_path, monkeypatch):
    (tmp_path / "many-001/members/2").mkdir(parents=True)
    for folder, path, whole in (
        (".", "many-001/members/2", "many-001"),
        ("many-001", "members/2", "."),
        ("many-001/members", "2", ".."),
        ("many-001/members/2", ".", "../.."),
    ):
        monkeypatch.chdir(tmp_path / folder)
        assert RunFolder(Path(path)).name == "many-001/members/2"
        assert RunFolder(Path(path)).ensemble.path == Path(whole)
    assert RunFolder(Path("../../../many-001")).ensemble is None


def test_killed_as_it_went_on_an_ensemble_has_no_member_that_is_finished(
    trained_ensemble, monkeypatch
):
    write, calls = RunFolder.write_spec, []

    def exit_at_once(self, spec):
        calls.append(self.name)
        if len(calls) == 2:  # the first is the ensemble's own
            raise SystemExit
        write(self, spec)

    monkeypatch.setattr(RunFolder, "write_spec", exit_at_once)
    with pytest.raises(SystemExit):
        ensemble_training.resume(trained_ensemble, ResumeRequest("4"), device=choose_device("cpu"))
    monkeypatch.undo()
    ensemble_training.resume(trained_ensemble, ResumeRequest(), device=choose_device("cpu"))
    assert [trained_ensemble.member_run(n).read_record().epochs for n in (1, 2)] == [4, 4]


def test_a_member_without_its_record_is_not_trained_over(trained_ensemble):
    (trained_ensemble.member_run(2).path / "run.json").unlink()
    with pytest.raises(RunError, match=r"members/2/run\.json: cannot be read"):
        ensemble_training.resume(trained_ensemble, ResumeRequest("3"), device=choose_device("cpu"))


def test_an_ensemble_stopped_while_reading_images_prints_what_to_type(
    trained_ensemble, monkeypatch
):
    from cnnlab.training import stages

    def prepare(config, progress, interrupt):
        os.kill(os.getpid(), signal.SIGINT)
        interrupt.check()

    monkeypatch.setattr(stages, "read_data_split", prepare)
    before = (trained_ensemble.path / "run.json").read_bytes()
    command = ("cnnlab", "resume", "a", "--epochs", "+2")
    with pytest.raises(Interruption) as told:
        ensemble_training.resume(
            trained_ensemble, ResumeRequest("+2"), device=choose_device("cpu"), command=command
        )
    assert str(told.value).startswith("stopped by SIGINT before its training resumed; ")
    assert str(told.value).endswith("; next: cnnlab resume a --epochs +2")
    assert (trained_ensemble.path / "run.json").read_bytes() == before


def test_of_two_copies_of_a_run_over_seeds_the_named_one_resumes(config, tmp_path):
    with pytest.raises(Interruption):
        seed_training.train(
            config(), 2, tmp_path / "runs", InterruptAfter(epochs=3), choose_device("cpu")
        )
    named = RunFolder(tmp_path / "runs/a-002")
    copy = RunFolder(shutil.copytree(named.path, named.path.with_name("a-002-backup")))
    before = (copy.path / "run.json").read_bytes()
    rows = seed_training.resume(named, device=choose_device("cpu"))
    assert [row.run.name for row in rows] == ["a-001", "a-002"]
    assert named.read_record().status == "finished"
    assert (copy.path / "run.json").read_bytes() == before


def test_a_series_stopped_while_reading_images_of_a_later_seed_resumes(
    config, tmp_path, monkeypatch
):
    from cnnlab.training import stages

    prepare, calls = stages.read_data_split, []

    def second(config, progress, interrupt):
        calls.append(config)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGINT)
            interrupt.check()
        return prepare(config, progress, interrupt)

    monkeypatch.setattr(stages, "read_data_split", second)
    with pytest.raises(Interruption, match=r"; next: cnnlab resume \S+/runs/a-001$"):
        seed_training.train(config(), 2, tmp_path / "runs", device=choose_device("cpu"))
    rows = seed_training.resume(RunFolder(tmp_path / "runs/a-001"), device=choose_device("cpu"))
    assert [(row.run.name, row.record.epochs) for row in rows] == [("a-001", 2), ("a-002", 2)]
