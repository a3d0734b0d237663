"""The texts of a progress display fit every width, and keep what matters most."""

from __future__ import annotations

import re

import pytest
from progress_builders import begin_training

from cnnlab.progress_display.text import (
    format_epoch,
    format_headline,
    lay_out_range_test,
    lay_out_reading,
    lay_out_training,
)
from cnnlab.training.pace import Pace

LOGS = {"accuracy": 0.94371, "loss": 0.21347, "top_2_accuracy": 0.99}
WIDTHS = range(40, 141)
LARGE = {
    "epochs": 8,
    "epochs_done": 2,
    "steps": 1688,
    "validation_steps": 24,
    "training_images": 54_000,
    "validation_images": 6_000,
    "parameters": 34_826,
}


def begin_large(**changes):
    return begin_training(**(LARGE | changes))


def reach_batch(step=900, seconds=14.0, **changes):
    """The pace in epoch 3, `seconds` after its second batch."""
    start = begin_large(**changes)
    pace = Pace(start, now=0.0)
    for report, now in ((1, 0.5), (2, 0.502), (step, 0.502 + seconds)):
        pace.note_batch(start.epochs_done + 1, report, now)
    return pace


def reach_validation(step=7, **changes):
    pace = reach_batch(1688, **changes)
    pace.note_validation(step)
    return pace


def format_line(line):
    return " ".join(filter(None, [line.start, "━" * line.bar_width, line.end]))


# 2:33 are 14.002 s / 899 batches times 5 · 1688 + 788 batches and 6 validations. None is measured;
# each is estimated as 0.5 · 6,000/54,000 · 1688 batches, and one to save.
BATCH_LINES = {
    40: "epoch 3/8 ━━━━━━━━━━ 2:33 left",
    50: "epoch 3/8 ━━━━━━━━━━━━ 2:33 left  loss 0.2135",
    60: "epoch 3/8 ━━━━━━━━━━━━━━━ 2:33 left  loss 0.2135",
    80: "epoch 3/8 ━━━━━━━━━━━━━━━━━━━━ 2:33 left  loss 0.2135  accuracy 0.9437",
    100: "epoch 3/8 ━━━━━━━━━━━━━━━━━━━━━━━━ 2:33 left  loss 0.2135  accuracy 0.9437   900/1688  "
    "2,054 img/s",
    120: "epoch 3/8 ━━━━━━━━━━━━━━━━━━━━━━━━ 2:33 left  loss 0.2135  accuracy 0.9437  "
    "batch  900/1688  2,054 images/s",
}
VALIDATION_LINES = {
    40: "epoch 3/8 ━━━━━━━━ 1:15 left  validating",
    50: "epoch 3/8 ━━━━━━━━━━━━ 1:15 left  validating  7/24",
    60: "epoch 3/8 ━━━━━━━━━━━━━━━ 1:15 left  validating  7/24",
    80: "epoch 3/8 ━━━━━━━━━━━━━━━━━━━━ 1:15 left  validating  7/24  loss 0.2135",
    100: "epoch 3/8 ━━━━━━━━━━━━━━━━━━━━━━━━ 1:15 left  validating  7/24  loss 0.2135  "
    "accuracy 0.9437",
}


@pytest.mark.parametrize("columns", BATCH_LINES)
def test_a_narrower_line_keeps_what_matters_most(columns):
    assert format_line(lay_out_training(reach_batch(), LOGS, columns)) == BATCH_LINES[columns]


@pytest.mark.parametrize("columns", VALIDATION_LINES)
def test_a_validation_is_in_the_line_of_every_width(columns):
    line = format_line(lay_out_training(reach_validation(), LOGS, columns))
    assert line == VALIDATION_LINES[columns]


LONG = {"epochs": 1000, "epochs_done": 99, "steps": 12_345, "training_images": 9_999_999}


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize(
    ("pace", "logs"),
    [
        (Pace(begin_large(), now=0.0), {}),
        (reach_batch(), LOGS),
        (reach_batch(seconds=3000.0, **LONG), {"loss": 2e30, "accuracy": float("nan")}),
        (reach_validation(), LOGS),
        (reach_validation(validation_steps=12_345, **LONG), LOGS),
    ],
    ids=["start", "batch", "long batch", "validation", "long validation"],
)
def test_every_line_fits_with_its_epoch_and_the_time_left(pace, logs, columns):
    line = lay_out_training(pace, logs, columns)
    assert len(format_line(line)) <= columns
    assert line.start == f"epoch {pace.epoch}/{pace.start.epochs}"
    assert " left" in line.end
    assert line.bar_width >= (10 if columns >= 60 else 0)


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_line_fits_while_files_are_read(columns):
    line = lay_out_reading(123_456, 1_234_567, columns)
    assert len(format_line(line)) <= columns
    assert line.end == "123,456/1,234,567"


def test_a_counter_is_as_wide_at_its_start_as_at_its_end():
    """So that the parts behind it do not move."""
    ends = [lay_out_training(reach_batch(step), LOGS, 120).end for step in (9, 99, 999)]
    counters = [re.search(r"batch +\d+/1688", end)[0] for end in ends]
    assert counters == ["batch    9/1688", "batch   99/1688", "batch  999/1688"]


ROW = {"epoch": 3, "loss": 0.0812, "accuracy": 0.9733, "val_loss": 0.0711, "val_accuracy": 0.9744}
ROW |= {"top_2_accuracy": 0.99, "val_top_2_accuracy": 0.98, "seconds": 21.34}
EPOCH_LINES = {
    40: "epoch  3/10  loss 0.0812 val 0.0711",
    50: "epoch  3/10  loss 0.0812 val 0.0711  21.3 s",
    80: "epoch  3/10  loss 0.0812 val 0.0711  accuracy 0.9733 val 0.9744  21.3 s",
    None: "epoch  3/10  loss 0.0812 val 0.0711  accuracy 0.9733 val 0.9744  "
    "top_2_accuracy 0.9900 val 0.9800  21.3 s",
}


@pytest.mark.parametrize("columns", EPOCH_LINES)
def test_the_line_of_an_epoch_keeps_its_loss(columns):
    assert format_epoch(ROW, 10, columns) == EPOCH_LINES[columns]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize(
    "row",
    [ROW, {"epoch": 1, "loss": 0.5, "seconds": 1.0}, ROW | {"loss": 2e30, "val_loss": 3e30}],
)
def test_the_line_of_an_epoch_fits(row, columns):
    line = format_epoch(row, 1000, columns)
    assert len(line) <= columns
    assert line.startswith(f"epoch {row['epoch']:>4}/1000  loss ")


def test_the_headline_counts_one_of_each():
    start = begin_large(
        epochs=1, steps=1, training_images=1, validation_images=1, parameters=1, validation_steps=1
    )
    assert format_headline(start) == (
        "runs/mnist-001: 1 parameter, 1 epoch of 1 batch\n"
        "1 training image, 1 validation image\n"
        "device: CPU"
    )
    assert format_headline(begin_large()) == (
        "runs/mnist-001: 34,826 parameters, 8 epochs of 1,688 batches\n"
        "54,000 training images, 6,000 validation images\n"
        "device: CPU"
    )


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_line_of_a_range_test_fits(columns):
    line = lay_out_range_test(57, 200, 0.00083, 2.3012, columns)
    assert len(format_line(line)) <= columns
    assert line.start == "batch  57/200"
    assert line.end.startswith("learning rate 8.3e-04")
