"""The effects of the spec's callbacks on a run."""

from __future__ import annotations

import pytest

from cnnlab.run_folder import find_trained_checkpoint

pytestmark = pytest.mark.slow


def test_early_stopping_stops_and_reports_why(train):
    stopping = {"monitor": "val_loss", "patience": 2, "min_delta": 100.0}
    run, record = train(epochs=9, callbacks=[{"early_stopping": stopping}])
    assert record.status == "finished"
    assert record.epochs == len(run.read_history()) == 3  # no epoch is 100 better than the first
    assert record.ended == ("early stopping: val_loss has not improved on epoch 1 for 2 epochs")


def test_early_stopping_reports_that_the_baseline_was_not_reached(train):
    stopping = {"monitor": "val_accuracy", "patience": 3, "baseline": 2.0, "min_delta": 1.0}
    _, record = train(epochs=9, callbacks=[{"early_stopping": stopping}])
    assert record.ended == (
        "early stopping: val_accuracy has not passed the baseline 2 in 3 epochs"
    )
    assert record.epochs == 3


def test_early_stopping_waits_for_its_first_epoch(train):
    stopping = {"patience": 1, "min_delta": 100.0, "start_from_epoch": 3}
    _, record = train(epochs=9, callbacks=[{"early_stopping": stopping}])
    assert record.epochs == 5  # epoch 4 is the first that is watched, epoch 5 is no better
    assert record.ended == "early stopping: val_loss has not improved on epoch 4 for 1 epoch"


def test_training_that_continues_to_the_end_reports_it(train):
    assert train(epochs=3, callbacks=[{"early_stopping": 5}])[1].ended == "all 3 epochs done"
    assert train(epochs=1)[1].ended == "1 epoch done"


def test_restore_best_weights_keeps_the_best_epoch(train):
    run, record = train(callbacks=[{"early_stopping": {"restore_best_weights": True}}])
    assert record.best_monitor == "val_loss"
    assert find_trained_checkpoint(run) == run.checkpoint_path("best")
    assert run.checkpoint_path("best").exists()


def test_without_a_word_of_the_best_there_is_no_best(train):
    run, record = train(callbacks=["early_stopping"])
    assert (record.best_epoch, record.best_monitor, record.best_value) == (None, None, None)
    assert not run.checkpoint_path("best").exists()
    assert find_trained_checkpoint(run) == run.checkpoint_path("last")


@pytest.mark.parametrize(
    ("monitor", "mode", "choose"),
    [
        ("val_loss", "auto", min),
        ("val_accuracy", "auto", max),
        ("val_top_2_accuracy", "auto", max),
        ("val_cross_entropy", "min", min),
    ],
)
def test_the_mode_decides_which_epoch_is_best(train, monitor, mode, choose):
    run, record = train(
        epochs=4,
        optimizer={"sgd": {"learning_rate": 0.5}},
        metrics=["accuracy", {"top_k_accuracy": 2}, "cross_entropy"],
        callbacks=[{"model_checkpoint": {"monitor": monitor, "mode": mode}}],
    )
    figures = [row[monitor] for row in run.read_history()]
    assert record.best_value == choose(figures)
    assert record.best_epoch == 1 + figures.index(choose(figures))  # the first of equals


@pytest.mark.parametrize(
    ("monitor", "mode", "epochs"),
    [("loss", "auto", 6), ("loss", "min", 6), ("accuracy", "max", 2)],
)
def test_early_stopping_knows_the_mode(train, monitor, mode, epochs):
    stopping = {"monitor": monitor, "mode": mode, "patience": 1}
    stopping |= {"min_delta": 1.0} if monitor == "accuracy" else {}  # no accuracy rises by 100%
    optimizer = {"sgd": {"learning_rate": 0.05}}  # the training loss falls in every epoch
    _, record = train(epochs=6, optimizer=optimizer, callbacks=[{"early_stopping": stopping}])
    assert record.epochs == epochs


def test_reduce_lr_on_plateau_lowers_the_learning_rate_in_the_history(train):
    plateau = {"factor": 0.5, "patience": 1, "min_delta": 100.0, "min_lr": 0.0002}
    run, _ = train(epochs=5, callbacks=[{"reduce_lr_on_plateau": plateau}])
    rates = [row["learning_rate"] for row in run.read_history()]
    assert rates == [0.001, 0.001, 0.0005, 0.00025, 0.0002]


def test_tensorboard_writes_into_the_run_folder(train):
    pytest.importorskip("tensorboard", exc_type=ImportError)
    run, record = train(callbacks=["tensorboard"])
    assert record.status == "finished"
    assert list(run.tensorboard_folder.rglob("events.out.tfevents.*"))
