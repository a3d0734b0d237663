"""A run that was stopped and resumed ends with the same bytes as one that was not stopped."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
from run_equality import equal_runs, history, members
from tiny_training import StopAfter

from cnnlab import run_folder
from cnnlab.errors import DataError, Interruption, InUseError, RunError
from cnnlab.run_folder import RunFolder
from cnnlab.run_folder.lock import hold_lock
from cnnlab.run_folder.overview import read_overview
from cnnlab.run_folder.runs_table import read_row
from cnnlab.training.device import choose_device
from cnnlab.training.progress import SilentProgress
from cnnlab.training.saved_state import ResumeRequest
from cnnlab.training.single_run import resume

pytestmark = pytest.mark.slow

EPOCHS = 5
STACK = [
    {"conv": {"filters": 4, "kernel_size": 3, "use_bias": False}},
    "batch_norm",
    {"activation": "relu"},
    "flatten",
    {"dropout": 0.3},
    {"dense": {"units": 3, "activation": "softmax"}},
]
AUGMENT = {
    "augment": [{"random_translation": 0.1}, {"mixup": 0.2}],
    "class_weight": {"1": 3.0},
}
# Each feature once, with others that do not touch it: most of the time goes into tracing.
CASES = {
    "augmentation, class weights, plateau, adam": {
        "data": AUGMENT,
        "unaugmented_epochs": 1,
        "optimizer": "adam",
        "callbacks": [
            {"reduce_lr_on_plateau": {"patience": 1, "min_delta": 10, "cooldown": 1}},
            {"model_checkpoint": "val_loss"},
        ],
    },
    "early stopping, sgd with momentum": {
        "optimizer": {"sgd": {"momentum": 0.9, "nesterov": True}},
        "callbacks": [
            {"early_stopping": {"patience": 2, "min_delta": 10, "restore_best_weights": True}}
        ],
    },
    "ema, adamw, one_cycle, several steps": {
        "optimizer": {"adamw": {"weight_decay": 0.01, "learning_rate": {"one_cycle": 0.01}}},
        "weight_average": {"ema": 0.9},
        "steps_per_execution": 3,
        "callbacks": [{"model_checkpoint": "val_loss"}],
    },
    "cosine, swa": {
        "optimizer": {"sgd": {"cosine": {"initial": 0.1, "warmup_epochs": 1}}},
        "weight_average": {"swa": 4},
    },
}


@pytest.fixture
def stopped_run(copy_run, tiny):
    """A run of three epochs that was stopped after the first one, beside tiny.npz."""
    return copy_run(stopped_after=1, epochs=3)[0]


@pytest.mark.parametrize("case", CASES)
def test_every_feature_resumes_to_the_same_bytes(case, finished_runs, copy_run):
    experiment = {"model": STACK, "epochs": EPOCHS} | CASES[case]
    whole = finished_runs(**experiment)
    broken, _ = copy_run(stopped_after=2, **experiment)
    assert broken.read_record().status == "stopped"
    resume(broken, ResumeRequest(), device=choose_device("cpu"))
    equal_runs(whole, broken)


def test_stopped_after_each_epoch_it_resumes_to_the_same_bytes(finished_runs, copy_run):
    experiment = {"model": STACK, "epochs": 3, "precision": "mixed_float16"}
    whole = finished_runs(**experiment, weight_average={"swa": 2})
    broken, _ = copy_run(stopped_after=1, **experiment, weight_average={"swa": 2})
    with pytest.raises(Interruption):
        resume(broken, ResumeRequest(), StopAfter(2), choose_device("cpu"))
    record = resume(broken, ResumeRequest(), device=choose_device("cpu"))
    equal_runs(whole, broken)
    assert [one.epochs for one in record.resumed] == [1, 2]


def test_a_run_without_a_finished_epoch_begins_again_in_its_folder(train, tiny):
    whole, _ = train(model=STACK)

    class InterruptAtOnce(SilentProgress):
        def start(self, start):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interruption, match="no epoch was finished; next: cnnlab resume "):
        train(progress=InterruptAtOnce(), model=STACK)
    broken = run_folder.list_runs(tiny / "runs")[-1]
    resume(broken, ResumeRequest(), device=choose_device("cpu"))
    equal_runs(whole, broken)


def test_time_and_the_command_are_kept(stopped_run):
    before = stopped_run.read_record()
    record = resume(
        stopped_run,
        ResumeRequest(),
        device=choose_device("cpu"),
        command=("cnnlab", "resume", "last"),
    )
    assert record.seconds > before.seconds
    assert (record.started, record.command) == (before.started, before.command)
    [again] = record.resumed
    assert (again.epochs, again.edits, again.command) == (1, [], ["cnnlab", "resume", "last"])
    assert stopped_run.read_record() == record


@pytest.mark.draws_curves
@pytest.mark.parametrize(
    "case", ["early stopping, sgd with momentum", "ema, adamw, one_cycle, several steps"]
)
def test_killed_after_its_last_epoch_it_is_only_finished(case, copy_run):
    experiment = {"model": STACK, "epochs": 3} | CASES[case]
    whole, _ = copy_run(**experiment)
    run, record = copy_run(**experiment)
    (run.path / "curves.png").unlink()
    state = run.recover()
    run.write_record(state.record)  # as it was when its last epoch was done: running
    assert run.read_record().status == "killed"
    resume(run, ResumeRequest(), device=choose_device("cpu"))
    equal_runs(whole, run)
    assert run.read_record().epochs == record.epochs
    assert (run.path / "curves.png").exists()


def test_killed_after_a_baseline_was_missed_it_says_so(copy_run):
    stopping = {"early_stopping": {"monitor": "accuracy", "patience": 1, "baseline": 2.0}}
    run, record = copy_run(epochs=3, callbacks=[stopping])
    assert record.ended.startswith("early stopping: accuracy has not passed the baseline 2 in ")
    run.write_record(run.recover().record)  # as it was when its last epoch was done: running
    assert resume(run, ResumeRequest(), device=choose_device("cpu")).ended == record.ended


@pytest.mark.parametrize("epochs", ["5", "+3"])
def test_a_finished_run_trains_further(epochs, finished_runs, copy_run):
    whole = finished_runs(model=STACK, epochs=5)
    run, _ = copy_run(model=STACK, epochs=2)
    record = resume(run, ResumeRequest(epochs), device=choose_device("cpu"))
    assert (record.status, record.ended) == ("finished", "all 5 epochs done")
    assert run.read_spec().experiment.training.epochs == 5
    assert record.resumed[0].edits == ["training.epochs=5"]
    assert history(run) == history(whole)
    weights = [members(one.checkpoint_path("last"))["model.weights.h5"] for one in (run, whole)]
    assert weights[0] == weights[1]


def test_old_evaluations_are_not_shown_after_further_training(train):
    run, _ = train(epochs=1)
    run.write_metrics("test", {"accuracy": 0.5})
    assert (run.read_metrics(), run.list_evaluated_splits()) == ({"accuracy": 0.5}, ["test"])
    resume(run, ResumeRequest("2"), device=choose_device("cpu"))
    assert (run.read_metrics(), run.list_evaluated_splits()) == (None, [])
    assert read_row(run).accuracy is None
    assert read_overview(run).following == (f"cnnlab evaluate {run.path}",)
    run.write_metrics("test", {"accuracy": 0.6})
    assert read_row(run).accuracy == 0.6


def test_patience_may_change_and_what_was_counted_stays(train):
    watching = {"early_stopping": {"monitor": "loss", "patience": 1, "min_delta": 10}}
    run, record = train(epochs=20, callbacks=[watching])
    assert (record.epochs, record.ended) == (
        2,
        "early stopping: loss has not improved on epoch 1 for 1 epoch",
    )
    longer = ResumeRequest(edits=("training.callbacks[0].early_stopping.patience=3",))
    record = resume(run, longer, device=choose_device("cpu"))
    assert (record.epochs, record.ended) == (
        4,
        "early stopping: loss has not improved on epoch 1 for 3 epochs",
    )


def test_another_figure_is_watched_from_now_on(train):
    run, record = train(epochs=2, callbacks=[{"model_checkpoint": "val_loss"}])
    assert record.best_monitor == "val_loss"
    wish = ResumeRequest("3", ("training.callbacks[0].model_checkpoint.monitor=loss",))
    record = resume(run, wish, device=choose_device("cpu"))
    assert (record.best_monitor, record.best_epoch) == ("loss", 3)


def test_a_checkpoint_that_was_changed_is_not_trained_on(stopped_run):
    path = stopped_run.checkpoint_path("last")
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(RunError) as error:
        resume(stopped_run, ResumeRequest())
    assert str(error.value) == (
        f"{stopped_run.path}: checkpoints/last.keras has changed: its size or SHA-256 hash "
        "differs from state.json"
    )


def test_other_training_images_are_refused(train, tiny):
    with pytest.raises(Interruption):
        train(StopAfter(1), epochs=3)
    [run] = run_folder.list_runs(tiny / "runs")
    with np.load(tiny / "tiny.npz") as file:
        arrays = dict(file)
    arrays["x_train"][0] += 1
    np.savez(tiny / "tiny.npz", **arrays)
    with pytest.raises(DataError) as error:
        resume(run, ResumeRequest())
    assert str(error.value) == (
        f"{run.path}: the training images have changed since this run started; restore "
        "the old images, or train a new run on the new images"
    )
    assert run.read_record().epochs == 1


def test_a_run_in_training_is_not_resumed_by_another_process(stopped_run):
    record = stopped_run.read_record()
    with hold_lock(stopped_run.path), pytest.raises(InUseError) as error:
        resume(stopped_run, ResumeRequest())
    assert error.value.exit_code == 7
    assert str(error.value) == (
        f"{stopped_run.path}: in use by process {record.pid} on {record.host}, "
        f"since {record.started}; wait until that process ends, or stop it"
    )


def test_a_run_that_is_recorded_as_running_without_a_process_was_killed(stopped_run):
    record = stopped_run.read_record()
    record.status = "running"
    stopped_run.write_record(record)
    assert RunFolder(stopped_run.path).read_record().status == "killed"
    with hold_lock(stopped_run.path):
        assert RunFolder(stopped_run.path).read_record().status == "running"
