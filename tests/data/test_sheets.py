"""Sheets of paper on tables, printed lines, shadows, and several digits in a picture."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_digits import STYLES
from PIL import Image, ImageDraw
from scipy import ndimage

from cnnlab.data import sheet_finding
from cnnlab.data.mnist_preparation import prepare_digits
from cnnlab.data.ruled_paper import measure_darkness, remove_printed_lines
from cnnlab.data.sheet_finding import find_sheet, flatten_sheet
from cnnlab.errors import DataError

TILTED = [(120, 60), (420, 100), (390, 380), (90, 340)]
MARKER = STYLES[0]


def draw_sheet(corners, table=(70, 50, 40), size=(500, 430)):
    picture = Image.new("RGB", size, table)
    ImageDraw.Draw(picture).polygon(corners, fill=(236, 234, 228))
    return picture


def write(digits, height=200, gap=10):
    """Digits in a row, as with a marker on a board."""
    row = Image.new("RGB", (280 * len(digits), 280), "white")
    for place, digit in enumerate(digits):
        row.paste(MARKER.draw(int(digit)), (280 * place, 0))
    return row


@pytest.mark.parametrize("noise", [0, 6])
def test_the_corners_of_a_tilted_sheet_are_found(noise):
    picture = np.asarray(draw_sheet(TILTED)).astype(float)
    picture += np.random.default_rng(0).normal(0, noise, picture.shape)
    found = find_sheet(np.clip(picture, 0, 255).astype(np.uint8))
    assert np.abs(found - TILTED).max() < 8


def test_a_sheet_that_leaves_the_picture_is_found():
    corners = [(60, -50), (460, -50), (460, 380), (60, 380)]
    found = find_sheet(np.asarray(draw_sheet(corners)))
    assert found[:, 0] == pytest.approx([60, 460, 460, 60], abs=8)
    assert found[:, 1] == pytest.approx([0, 0, 380, 380], abs=8)


def test_half_a_sheet_in_shadow_is_one_sheet():
    picture = np.asarray(draw_sheet(TILTED)).copy()
    picture[:, 230:] = picture[:, 230:] * 0.55
    assert np.abs(find_sheet(picture) - TILTED).max() < 8


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@pytest.mark.parametrize("digit", [0, 1, 7])
def test_a_drawing_shows_no_sheet(style, digit):
    assert find_sheet(np.asarray(style.draw(digit))) is None


def test_paper_in_half_shadow_is_no_sheet():
    picture = np.full((400, 500, 3), 230, np.uint8)
    picture[:, 260:] = 130
    assert find_sheet(picture) is None


@pytest.mark.parametrize("shape", [(1, 1, 3), (100, 100, 3), (100, 3000, 3), (3000, 100, 3)])
@pytest.mark.parametrize("fill", ["even", "noise", "half"])
def test_a_picture_without_a_sheet_has_none(shape, fill):
    picture = np.full(shape, 200, np.uint8)
    if fill == "noise":
        picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    if fill == "half":
        picture[: shape[0] // 2] = 90
    assert find_sheet(picture) is None


def test_a_sheet_is_cut_out_upright():
    picture = draw_sheet(TILTED)
    ImageDraw.Draw(picture).polygon([(125, 65), (160, 70), (155, 110), (118, 105)], fill="black")
    flat = flatten_sheet(np.asarray(picture), np.array(TILTED, dtype=float))
    assert flat.shape == (282, 303, 3)
    dark = np.argwhere(flat.mean(axis=2) < 100).mean(axis=0)
    assert (dark < 60).all()
    assert flat[100:, 100:].min() > 220


@pytest.mark.parametrize("degrees", [0, 7, -12])
def test_printed_lines_are_removed_and_their_tilt_is_measured(degrees):
    paper = Image.new("RGB", (900, 900), "white")
    draw = ImageDraw.Draw(paper)
    for place in range(10, 900, 30):
        draw.line([(0, place), (900, place)], fill=(150, 170, 210), width=2)
        draw.line([(place, 0), (place, 900)], fill=(150, 170, 210), width=2)
    paper = paper.rotate(-degrees, Image.Resampling.BICUBIC).crop((200, 200, 700, 700))
    ImageDraw.Draw(paper).line([(100, 100), (300, 420)], fill="black", width=16)
    darkness = measure_darkness(np.asarray(paper))
    clean, tilt = remove_printed_lines(darkness)
    assert tilt == pytest.approx(degrees, abs=0.5)
    stroke = darkness > 0.6
    assert clean[stroke].mean() > 0.95 * darkness[stroke].mean()
    assert (clean[20:-20, 20:-20][~stroke[20:-20, 20:-20]] > 0.1).mean() < 0.02
    assert (darkness[~stroke] > 0.1).mean() > 0.1


def test_a_blank_page_keeps_its_darkness():
    darkness = np.zeros((50, 60), np.float32)
    clean, tilt = remove_printed_lines(darkness)
    assert clean is darkness
    assert tilt == 0


@pytest.mark.slow
def test_several_digits_come_from_left_to_right_and_line_by_line():
    page = Image.new("RGB", (900, 620), "white")
    page.paste(write("352"), (20, 10))
    page.paste(write("17"), (20, 320))
    alone = [prepare_digits(np.asarray(write(digit)))[0][0] for digit in "35217"]
    found, notes = prepare_digits(np.asarray(page))
    assert notes == []
    assert len(found) == 5
    for one, other in zip(found, alone, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 4


def test_the_parts_of_one_digit_stay_together():
    page = write("55")
    ImageDraw.Draw(page).rectangle([80, 60, 280, 66], fill="white")  # cuts the bar of the first
    ImageDraw.Draw(page).rectangle([100, 36, 220, 54], fill="black")
    found, _ = prepare_digits(np.asarray(page))
    assert len(found) == 2


def test_a_texture_has_no_digits():
    picture = np.full((600, 600, 3), 255, np.uint8)
    for row in range(5, 590, 40):
        for column in range(5, 590, 30):
            picture[row : row + 14, column : column + 4] = 0
    with pytest.raises(DataError) as told:
        prepare_digits(picture)
    message = "no digit found: 300 separate strokes stand out from the background"
    assert str(told.value) == message


def test_bright_lines_on_a_dark_table_are_no_sheet():
    """A comb of lines of 3 pixels, of which the search for straight sides keeps nothing."""
    comb = np.full((176, 176, 3), 30, np.uint8)
    comb[20:23, 20:156] = 220
    for left in range(20, 150, 18):
        comb[20:156, left : left + 3] = 220
    assert find_sheet(comb) is None


@pytest.mark.parametrize("shape", [(5, 5), (4, 9), (40, 31)])
def test_narrow_parts_are_those_that_an_opening_removes(shape):
    mask = ndimage.binary_dilation(np.random.default_rng(0).random(shape) < 0.1, np.ones((4, 4)))
    expected = ndimage.binary_opening(mask, np.ones((5, 5)))
    assert np.array_equal(sheet_finding._remove_narrow_parts(mask, 5), expected)
