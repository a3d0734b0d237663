"""The pace of a training: its position, the time left, and the images per second."""

from __future__ import annotations

import pytest
from progress_builders import begin_training

from cnnlab.training.pace import Pace


def begin_pace(**changes):
    """The pace of 3 epochs of 10 batches with 10 images each, from the time 0 on."""
    plain = {"epochs": 3, "steps": 10, "validation_steps": 4}
    images = {"training_images": 100, "validation_images": 40}
    return Pace(begin_training(**(plain | images | changes)), now=0.0)


def train_epoch(pace, epoch, started, step_seconds=1.0):
    """Report each batch of an epoch; returns the time of the last."""
    for step in range(1, 11):
        pace.note_batch(epoch, step, started + step * step_seconds)
    return started + 10 * step_seconds


def test_the_time_left_is_unknown_until_a_time_is_measured():
    pace = begin_pace()
    assert pace.seconds_left is None
    pace.note_batch(1, 1, now=20.0)  # with the time to compile the network
    assert pace.seconds_left is None
    pace.note_batch(1, 2, now=21.0)
    assert pace.seconds_left is not None


def test_before_the_first_validation_its_time_is_estimated():
    pace = begin_pace()
    pace.note_batch(1, 1, now=20.0)
    pace.note_batch(1, 2, now=21.0)
    # 28 batches of 1 s; 3 times: half a batch for each of 4 batches of validation images, 1 to save
    assert pace.seconds_left == pytest.approx(28 + 3 * (4 / 2 + 1))


def test_the_measured_time_of_a_validation_replaces_the_estimate():
    pace = begin_pace()
    end = train_epoch(pace, 1, started=0.0)
    for step in range(5):
        pace.note_validation(step)
    pace.note_epoch(end + 7)
    assert pace.seconds_left == pytest.approx(20 + 2 * 7)
    end = train_epoch(pace, 2, started=end + 7)
    assert pace.seconds_left == pytest.approx(10 + 2 * 7)
    pace.note_validation(0)
    assert pace.seconds_left == pytest.approx(10 + 2 * 7)
    pace.note_validation(2)
    assert pace.seconds_left == pytest.approx(10 + (2 - 2 / 5) * 7)  # saving is the fifth part


def test_only_the_end_has_no_time_left():
    pace = begin_pace(epochs=1)
    end = train_epoch(pace, 1, started=0.0)
    for step in range(5):
        assert pace.seconds_left > 0
        pace.note_validation(step)
    assert pace.seconds_left > 0  # the epoch is not saved yet
    pace.note_epoch(end + 3)
    assert (pace.seconds_left, pace.share_done) == (0, 1)


def test_without_validation_there_is_time_left_until_the_epoch_is_saved():
    pace = begin_pace(epochs=1, validation_steps=0, validation_images=0)
    end = train_epoch(pace, 1, started=0.0)
    assert pace.seconds_left == pytest.approx(1)  # to save takes as long as a batch
    assert pace.share_done == 1
    pace.note_epoch(end + 3)
    assert pace.seconds_left == 0


def test_a_resumed_training_counts_only_its_own_time():
    pace = begin_pace(epochs=5, epochs_done=2)
    assert (pace.epoch, pace.step) == (3, 0)
    assert pace.share_done == pytest.approx(2 / 5)
    end = train_epoch(pace, 3, started=0.0)
    pace.note_epoch(end + 5)
    assert pace.seconds_left == pytest.approx(2 * 10 + 2 * 5)


def test_one_report_for_a_whole_epoch_is_enough():
    """With as many batches per execution as an epoch has, there are no others."""
    pace = begin_pace(validation_steps=0, validation_images=0)
    pace.note_batch(1, 10, now=20.0)
    assert pace.seconds_left == pytest.approx(20 * 2 + 3 * 2)
    pace.note_epoch(21.0)
    pace.note_batch(2, 10, now=31.0)
    assert pace.seconds_left == pytest.approx(10 + 2 * 1)  # the first compiled the network


def test_the_share_that_is_done_never_falls():
    pace = begin_pace()
    shares, now = [pace.share_done], 0.0
    for epoch in (1, 2, 3):
        now = train_epoch(pace, epoch, now)
        shares.append(pace.share_done)
        for step in range(5):
            pace.note_validation(step)
            shares.append(pace.share_done)
        pace.note_epoch(now)
        shares.append(pace.share_done)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)


def test_images_per_second_are_those_of_the_epoch_without_its_first_report():
    pace = begin_pace()
    assert pace.images_per_second is None
    pace.note_batch(1, 2, now=20.0)
    assert pace.images_per_second is None
    pace.note_batch(1, 6, now=22.0)
    assert pace.images_per_second == pytest.approx(4 * 10 / 2)
    pace.note_epoch(30.0)
    assert pace.images_per_second is None
