"""Changes, failures and missing files on resume never give a wrong result."""

from __future__ import annotations

import os
import shutil
import signal

import numpy as np
import pytest
from run_equality import history, members
from tiny_training import StopAfter

from cnnlab import run_folder
from cnnlab.errors import DataError, Interruption, RunError, UsageError
from cnnlab.run_folder import RunFolder, find_trained_checkpoint
from cnnlab.training.device import choose_device
from cnnlab.training.progress import SilentProgress
from cnnlab.training.saved_state import ResumeRequest, check_resume_request
from cnnlab.training.single_run import resume

pytestmark = pytest.mark.slow

STOPPING = [{"early_stopping": {"monitor": "loss", "patience": 1, "min_delta": 10}}]
PATIENT = ("training.callbacks[0].early_stopping.patience=3",)


class InterruptAtBatch(SilentProgress):
    """Sends Ctrl-C in the very first batch."""

    def batch(self, epoch, step, figures):
        os.kill(os.getpid(), signal.SIGINT)


class InterruptWhileReading(SilentProgress):
    def reading(self, done, total):
        os.kill(os.getpid(), signal.SIGINT)


def weights(run, name="last"):
    return members(run.checkpoint_path(name))["model.weights.h5"]


def everything(run):
    return {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def test_without_its_state_a_run_does_not_resume(copy_run):
    run, _ = copy_run(epochs=2)
    (run.path / "state.json").unlink()
    before = everything(run)
    with pytest.raises(RunError, match=r"its state\.json is missing, so the run cannot resume"):
        resume(run, ResumeRequest("3"), device=choose_device("cpu"))
    assert everything(run) == before


@pytest.mark.parametrize(
    "wish", [ResumeRequest("5", PATIENT), ResumeRequest("5", ("training.callbacks=[]",))]
)
def test_a_changed_run_stopped_before_its_first_epoch_resumes_with_the_change(wish, copy_run):
    once, record = copy_run(epochs=20, callbacks=STOPPING)
    assert record.epochs == 2
    twice = RunFolder(shutil.copytree(once.path, once.path.with_name("twice-001")))
    resume(once, wish, device=choose_device("cpu"))
    with pytest.raises(Interruption):
        resume(twice, wish, InterruptAtBatch(), choose_device("cpu"))
    resume(twice, ResumeRequest(), device=choose_device("cpu"))
    assert history(twice) == history(once)
    assert weights(twice) == weights(once)


def test_early_stopping_that_ended_a_run_waits_anew_for_more_epochs(train):
    watching = [{"early_stopping": {"monitor": "loss", "patience": 2, "min_delta": 10}}]
    run, record = train(epochs=20, callbacks=watching)
    assert record.epochs == 3
    assert resume(run, ResumeRequest("+10"), device=choose_device("cpu")).epochs == 5


@pytest.mark.parametrize("epochs", ["+1", "+3", "3", "5"])
def test_after_early_stopping_any_number_above_the_trained_epochs_trains_them(epochs, copy_run):
    """Also where the config plans just as many epochs."""
    run, record = copy_run(epochs=5, callbacks=STOPPING)
    assert (record.epochs, record.ended[:14]) == (2, "early stopping")
    patient = ("training.callbacks[0].early_stopping.patience=9",)
    check_resume_request(run, ResumeRequest(epochs))
    record = resume(run, ResumeRequest(epochs, patient), device=choose_device("cpu"))
    assert record.epochs == {"+1": 3, "+3": 5, "3": 3, "5": 5}[epochs]


def test_as_many_epochs_as_the_config_plans_train_on_with_the_patience_of_the_config(copy_run):
    run, _ = copy_run(epochs=3, callbacks=STOPPING)
    assert resume(run, ResumeRequest("3"), device=choose_device("cpu")).epochs == 3
    assert [row["epoch"] for row in run.read_history()] == [1, 2, 3]


def test_an_interrupted_request_for_more_epochs_is_not_forgotten(copy_run):
    run, _ = copy_run(epochs=3, callbacks=STOPPING)
    with pytest.raises(Interruption):
        resume(run, ResumeRequest("3"), InterruptAtBatch(), choose_device("cpu"))
    assert run.read_record().epochs == 2
    assert resume(run, ResumeRequest(), device=choose_device("cpu")).epochs == 3


def damage_by_removing(path):
    path.unlink()


def damage_by_cutting(path):
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_by_removing, r"its state\.json is missing, so the run cannot resume$"),
        (damage_by_cutting, r"state\.json: damaged: "),
    ],
)
def test_a_bad_state_is_named_also_where_no_epochs_are_left(damage, message, copy_run):
    run, _ = copy_run(epochs=2)
    damage(run.path / "state.json")
    for request in (ResumeRequest(), ResumeRequest("+1")):
        with pytest.raises(RunError, match=message):
            check_resume_request(run, request)


@pytest.mark.parametrize("left_out", ["run.json", "spec.json"])
def test_killed_between_the_writes_of_spec_and_record_it_resumes(left_out, copy_run, monkeypatch):
    """A finished run is no longer finished as soon as its spec has more epochs."""
    run, _ = copy_run(epochs=2)
    write = getattr(RunFolder, "write_record" if left_out == "run.json" else "write_spec")

    def exit_at_once(self, what):
        raise SystemExit

    monkeypatch.setattr(RunFolder, write.__name__, exit_at_once)
    with pytest.raises(SystemExit):
        resume(run, ResumeRequest("4"), device=choose_device("cpu"))
    monkeypatch.undo()
    resume(run, ResumeRequest("4"), device=choose_device("cpu"))
    assert run.read_record().epochs == 4


def test_a_mean_over_the_last_epochs_needs_these_epochs(train, copy_run):
    run, _ = copy_run(epochs=4, weight_average={"swa": 2})
    with pytest.raises(UsageError, match=r"train at least 2 more epochs: --epochs \+2$"):
        resume(run, ResumeRequest("+1"), device=choose_device("cpu"))
    whole, _ = train(epochs=6, weight_average={"swa": 2})
    resume(run, ResumeRequest("+2"), device=choose_device("cpu"))
    assert weights(run, "averaged") == weights(whole, "averaged")


def test_an_old_mean_is_not_used_with_later_weights(copy_run):
    run, _ = copy_run(epochs=4, weight_average={"swa": 2})
    assert find_trained_checkpoint(run).name == "averaged.keras"
    with pytest.raises(Interruption):
        resume(run, ResumeRequest("+4"), StopAfter(5), choose_device("cpu"))
    assert run.read_record().weights == "last.keras: weights after epoch 5"
    assert find_trained_checkpoint(run).name == "last.keras"


def test_without_model_checkpoint_the_best_epoch_is_no_longer_used(train):
    run, _ = train(epochs=2, callbacks=[{"model_checkpoint": "loss"}])
    assert find_trained_checkpoint(run).name == "best.keras"
    record = resume(
        run, ResumeRequest("+1", ("training.callbacks=[]",)), device=choose_device("cpu")
    )
    assert (record.best_epoch, record.weights) == (None, "last.keras: weights after epoch 3")
    assert find_trained_checkpoint(run).name == "last.keras"


def test_a_run_that_cannot_resume_does_not_change(train, tiny):
    run, _ = train(epochs=2)
    before = everything(run)
    with np.load(tiny / "tiny.npz") as there:
        arrays = dict(there)
    changed = {**arrays, "x_train": arrays["x_train"] ^ 1}
    np.savez(tiny / "tiny.npz", **changed)
    with pytest.raises(DataError, match="the training images have changed since this run started"):
        resume(run, ResumeRequest("+1"), device=choose_device("cpu"))
    assert everything(run) == before


@pytest.mark.draws_curves
def test_stopped_as_images_are_read_the_same_command_is_named(train, monkeypatch):
    from cnnlab.training import stages

    def prepare(config, progress, interrupt):
        os.kill(os.getpid(), signal.SIGINT)
        interrupt.check()

    run, _ = train(epochs=2)  # no copy: the curves are drawn again, and their title is the name
    before = everything(run)
    monkeypatch.setattr(stages, "read_data_split", prepare)
    command = ("cnnlab", "resume", "last", "--epochs", "+1")
    with pytest.raises(Interruption) as told:
        resume(run, ResumeRequest("+1"), device=choose_device("cpu"), command=command)
    assert str(told.value) == (
        f"stopped by SIGINT before its training resumed; 2 epochs are saved in {run.path}; "
        "next: cnnlab resume last --epochs +1"
    )
    assert everything(run) == before
    assert run_folder.list_runs(run.path.parent)[-1].read_record().status == "finished"
