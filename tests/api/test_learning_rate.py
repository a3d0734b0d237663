"""The text, the plain data and the picture of a learning-rate range test."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnlab.api.learning_rate import RangeTestResult
from cnnlab.data.datasets import describe_dataset
from cnnlab.spec.config_reader import parse_config
from cnnlab.training.loss_curve import LossCurve, suggest_rate

CONFIG = """\
name: digits
data: {batch_size: 64}
model: [flatten, dense: {units: 10, activation: softmax}]
training: {optimizer: {sgd: {learning_rate: RATE}}}
"""
EDIT = "training.optimizer.sgd.learning_rate=0.0012"
COMMAND = ("cnnlab", "train", "my digits.yaml", "--set", EDIT)
POWERS = np.linspace(-6, 1, 200)
FALL = 0.3 + 2 / (1 + np.exp(4 * (POWERS + 3)))  # most of it from 0.0001 to 0.01


def build_result(losses, rate="0.1", epochs=1, edit=EDIT, command=COMMAND):
    """The result of a range test with these losses; the first ones, if there are fewer than 200."""
    text = CONFIG.replace("RATE", rate).encode()
    experiment = parse_config(Path("digits.yaml"), text, describe_dataset).experiment
    curve = LossCurve(10 ** POWERS[: len(losses)], np.array(losses), 200)
    return RangeTestResult(experiment, curve, suggest_rate(curve), edit, command, epochs, "CPU")


@pytest.fixture
def result():
    """A test that stopped 5 batches after the loss became 100."""
    return build_result([*FALL[:115], *[100.0] * 5])


def test_the_text_has_the_batches_the_range_the_suggestion_and_the_next_command(result):
    assert str(result) == (
        "digits: 120 of 200 batches of 64 images with sgd, in 1 epoch, at learning rates from "
        "1e-06 to 0.015\n"
        "the loss fell between 0.00043 and 0.0094; the test stopped when the loss exploded\n"
        "suggestion: 0.0017, where the loss fell most steeply\n"
        "next: cnnlab train 'my digits.yaml' --set "
        "training.optimizer.sgd.learning_rate=0.0012\n"
    )
    assert repr(result) == "<digits: suggestion: 0.0017, where the loss fell most steeply>"


def test_a_tenth_of_the_minimum_has_its_reason(result):
    late = 2 - 0.35 * np.clip(POWERS + 3, 0, 2.5)
    found = build_result([*(late * FALL / 2)[:160], *[100.0] * 5])
    assert found.answer.method == "a tenth of the rate with the lowest loss"
    assert str(found).splitlines()[2] == (
        f"suggestion: {found.suggestion:g}, a tenth of the rate with the lowest loss, because "
        f"{found.answer.reason}"
    )


def test_several_epochs_and_a_whole_test_are_counted(result):
    again = build_result(FALL + 5 * np.maximum(0, POWERS), epochs=4)
    assert str(again).splitlines()[0] == (
        "digits: 200 batches of 64 images with sgd, in 4 epochs, at learning rates from 1e-06 to 10"
    )
    assert "stopped" not in str(again)


def test_a_schedule_has_a_note():
    found = build_result([*FALL[:115], *[100.0] * 5], "{one_cycle: 0.1}")
    assert found.notes == [
        "the config has the schedule one_cycle; the suggestion is its highest rate, `peak`"
    ]
    assert f"\nnote: {found.notes[0]}\nnext: " in str(found)


def test_without_a_suggestion_the_text_has_the_reason():
    found = build_result(np.full(200, 2.3), "{cosine: 0.1}", edit=None, command=None)
    assert str(found).splitlines()[1:] == [
        "no suggestion: the loss fell at no learning rate: it was 2.3 in the first batches, and "
        "never significantly lower"
    ]
    assert (found.suggestion, found.fall_range, found.notes) == (None, None, [])


def test_plain_data_has_every_figure(result):
    plain = json.loads(json.dumps(result.to_dict()))
    assert {name: plain[name] for name in list(plain)[:15]} == {
        "name": "digits",
        "seed": 0,
        "optimizer": plain["optimizer"],
        "batch_size": 64,
        "device": "CPU",
        "steps": 120,
        "planned_steps": 200,
        "epochs": 1,
        "suggestion": 0.0017,
        "method": "steepest descent",
        "reason": "",
        "fall_range": [*result.fall_range],
        "edit": EDIT,
        "command": [*COMMAND],
        "notes": [],
    }
    assert plain["optimizer"]["sgd"]["learning_rate"] == 0.1
    assert plain["rates"] == result.rates
    assert plain["losses"] == result.losses
    assert plain["smoothed_losses"] == result.smoothed_losses


def test_a_notebook_shows_the_text_and_the_picture(result):
    shown = result._repr_html_()
    assert "suggestion: 0.0017" in shown
    assert '<img src="data:image/png;base64,' in shown


def test_the_picture_is_written(result, tmp_path):
    result.save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (960, 576)
    assert (tmp_path / "a.png").read_bytes() == result.draw()


@pytest.mark.parametrize("losses", [[np.nan], [2.3, np.inf, np.nan], [2.3] * 200])
def test_every_curve_can_be_drawn(losses):
    found = build_result(losses, edit=None, command=None)
    with Image.open(io.BytesIO(found.draw())) as picture:
        assert picture.size == (960, 576)
    assert replace(found, epochs=2).suggestion is None
