"""The live bar of a real training, in pseudo-terminals of several widths."""

from __future__ import annotations

import re

import pytest
from terminals import list_lines, run_in_widths

pytestmark = pytest.mark.slow

WIDTHS = (40, 50, 60, 80, 120)  # columns
EDITS = ("training.epochs=2", "model=[flatten, dense: 10]", "data.validation=0.2")
BAR = re.compile("[━╸╺]+")


@pytest.fixture(scope="session")
def texts(small_data, build_once):
    """What a training of two epochs shows on stderr in a terminal of each width."""

    def build(folder):
        sets = [word for edit in EDITS for word in ("--set", edit)]
        arguments = ("train", small_data / "small.yaml", *sets)
        with (folder / "stdout.txt").open("wb") as file:
            return run_in_widths(WIDTHS, *arguments, cwd=folder, stdout=file)

    return build_once("terminals", build)


@pytest.fixture(params=WIDTHS)
def session(request, texts):
    """(columns, what the training shows in a terminal of so many columns)."""
    return request.param, texts[request.param]


@pytest.fixture
def columns(session):
    return session[0]


@pytest.fixture
def lines(session):
    return list_lines(session[1])


@pytest.fixture
def frames(lines):
    """The drawings of the bar."""
    found = [line for line in lines if BAR.search(line)]
    assert len(found) > 8
    return found


def test_no_line_is_wider_than_the_terminal(lines, columns):
    assert [line for line in lines if len(line) > columns] == []


def test_the_bar_is_one_line_that_is_drawn_over_itself(session):
    lines_up = session[1].count("\x1b[1A")  # a frame of two lines would need one for each drawing
    assert lines_up == 1  # the bar is removed at the end
    assert session[1].rindex("\x1b[?25h") > session[1].rindex("left")  # the cursor is back


def test_the_epoch_and_the_time_left_are_in_every_frame(frames, lines):
    pattern = re.compile(r"epoch [12]/2 [━╸╺]+ (\d+:\d\d|-:--) left\b.*")
    assert [frame for frame in frames if not pattern.fullmatch(frame)] == []
    assert [line for line in lines if " left" in line and line not in frames] == []


def test_the_bar_has_ten_characters_where_there_is_room(frames, columns):
    lengths = {len(BAR.search(frame)[0]) for frame in frames}
    assert min(lengths) >= (10 if columns >= 60 else 5)
    if columns == 80:
        assert lengths == {20}


def test_each_validation_is_shown(frames):
    validations = [frame for frame in frames if "validating" in frame]
    assert {frame[:9] for frame in validations} == {"epoch 1/2", "epoch 2/2"}


def test_validated_batches_are_counted_where_there_is_room(frames, columns):
    # 0.2 · 6,000 = 1,200 images in batches of 256: ⌈1,200/256⌉ = 5
    counts = {count for frame in frames for count in re.findall(r"validating (\d)/5", frame)}
    assert counts >= {"0", "5"} if columns >= 50 else counts == set()


def test_no_time_is_left_only_after_the_last_epoch(lines):
    first = next(place for place, line in enumerate(lines) if " 0:00 left" in line)
    last_row = next(place for place, line in enumerate(lines) if line.startswith("epoch 2/2  loss"))
    assert first > last_row


def test_the_loss_is_in_the_line_from_50_columns_and_a_metric_from_80(frames, columns):
    training = [frame for frame in frames if "validating" not in frame][1:]  # no batch yet
    assert all("loss 0." in f or "loss 1." in f or "loss 2." in f for f in training) or columns < 50
    assert all("accuracy 0." in frame for frame in training) or columns < 80


def test_each_epoch_leaves_a_line_with_its_loss(lines):
    rows = [line for line in lines if re.match(r"epoch [12]/2  loss \d\.\d{4} val \d\.\d{4}", line)]
    assert [row[:9] for row in rows] == ["epoch 1/2", "epoch 2/2"]
