"""Answers for single images, and the picture of them."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from cnnlab import prediction
from cnnlab.data.chosen_images import choose_test_images
from cnnlab.data.image_preparation import PreparedImage
from cnnlab.data.run_splits import read_split
from cnnlab.errors import UsageError
from cnnlab.evaluation import evaluate_images as evaluated_answers
from cnnlab.plots.predictions import BARS, SHOWN_IMAGES, Answer
from cnnlab.plots.predictions import draw_predictions as drawn
from cnnlab.run_folder import RunFolder, find_trained_checkpoint

pytestmark = pytest.mark.slow


@pytest.fixture
def spec(trained_run, monkeypatch):
    monkeypatch.chdir(trained_run.folder)
    return RunFolder(trained_run.path).read_spec()


def test_single_images_get_the_answers_of_an_evaluation(trained_run, spec):
    images = read_split(spec, "test")
    path = find_trained_checkpoint(RunFolder(trained_run.path))
    expected = evaluated_answers(spec, path, images, "test").probabilities
    # More than a batch of 256, and one alone.
    found = prediction.compute_probabilities([(spec, path)], images.images[:300])
    np.testing.assert_allclose(found, expected[:300], atol=1e-6)
    alone = prediction.compute_probabilities([(spec, path)], images.images[7:8])
    np.testing.assert_allclose(alone, expected[7:8], atol=1e-6)


def test_several_networks_answer_by_their_mean(trained_run, spec):
    run = RunFolder(trained_run.path)
    paths = [find_trained_checkpoint(run), run.path / "checkpoints/initial.keras"]
    images = read_split(spec, "test").images[:5]
    alone = [prediction.compute_probabilities([(spec, path)], images) for path in paths]
    both = prediction.compute_probabilities([(spec, path) for path in paths], images)
    assert np.abs(alone[0] - alone[1]).max() > 0.1
    np.testing.assert_allclose(both, np.mean(alone, axis=0), atol=1e-7)


def test_images_are_drawn_by_the_seed(spec):
    nine = choose_test_images(spec, 9, 0)
    assert [one.name for one in nine] == [one.name for one in choose_test_images(spec, 9, 0)]
    assert [one.name for one in nine] != [one.name for one in choose_test_images(spec, 9, 1)]
    images = read_split(spec, "test")
    for one in nine:
        place = int(one.name.removeprefix("test #"))
        assert np.array_equal(one.pixels, images.images[place])
        assert one.truth == str(images.labels[place])
    assert len({one.name for one in choose_test_images(spec, 2000, 0)}) == 2000


def test_more_images_than_there_are_cannot_be_drawn(spec):
    with pytest.raises(UsageError) as told:
        choose_test_images(spec, 2001, 0)
    message = "--random 2001: the test set has 2,000 images; choose a number up to 2,000"
    assert str(told.value) == message


def answer(place=0, shape=(28, 28, 1), original=(40, 60, 3), classes=10, truth=None):
    random = np.random.default_rng(place)
    shares = np.sort(random.dirichlet(np.full(classes, 0.3)))[::-1]
    names = [f"a class with a long name {number} $x$" for number in range(classes)]
    return Answer(
        f"some/folder/{'very_long_' * 6}{place}.png",
        random.integers(0, 256, original, dtype=np.uint8) if original else None,
        random.integers(0, 256, shape, dtype=np.uint8),
        truth and names[0],
        dict(zip(names, shares, strict=True)),
    )


@pytest.mark.parametrize("count", [1, 2, 5, 6, 7, SHOWN_IMAGES])
@pytest.mark.parametrize("original", [None, (40, 60, 3), (500, 3, 3)])
def test_any_number_of_images_is_drawn(count, original):
    figure = drawn([answer(place, original=original) for place in range(count)], "title")
    panels = 2 + (original is not None)
    used = [axes for axes in figure.axes if axes.images or axes.patches]
    assert len(used) == panels * count


def test_the_picture_shows_what_the_network_saw_and_the_ranked_classes():
    one = answer(truth=True)
    left, middle, bars = drawn([one], "title").axes
    assert np.array_equal(left.images[0].get_array(), one.original)
    assert np.array_equal(middle.images[0].get_array(), one.pixels[..., 0])
    assert middle.get_title() == "input, 28 × 28"
    assert bars.get_title() == "true a class with …: right"
    widths = [patch.get_width() for patch in bars.patches]
    assert widths == [100 * share for share in list(one.probabilities.values())[:BARS]]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.png", "a.png"),
        ("clothes/test/bag/00001.png", "clothes/test/bag/\n00001.png"),
        ("one/very/long/path/to/the/folder/a.png", "…ong/path/to/the/folder/\na.png"),
        ("x" * 30 + ".png", "x" * 10 + "\n" + "x" * 20 + ".png"),
        ("a/" + "x" * 60, "…" + "x" * 23 + "\n" + "x" * 24),
    ],
)
def test_a_long_name_breaks_before_its_file(name, shown):
    original = drawn([replace(answer(), name=name)], "title").axes[0]
    assert original.get_title() == shown


def test_colours_and_two_classes_are_drawn_too():
    figure = drawn([answer(shape=(32, 32, 3), classes=2)], "title")
    assert figure.axes[1].images[0].get_array().shape == (32, 32, 3)
    assert len(figure.axes[2].patches) == 2


def test_of_many_images_the_first_are_drawn_and_the_title_says_so():
    asked = [
        PreparedImage(f"{place}.png", np.zeros((5, 5, 1), np.uint8))
        for place in range(SHOWN_IMAGES + 1)
    ]
    answers = [{"probabilities": {"a": 0.75, "b": 0.25}, "likeness": None}] * len(asked)
    with Image.open(io.BytesIO(prediction.draw_answers(asked, answers, "run"))) as picture:
        assert picture.info["Software"] == "cnnlab"
        all_shown = picture.size
    with Image.open(io.BytesIO(prediction.draw_answers(asked[:-1], answers, "run"))) as picture:
        assert picture.size == all_shown
