"""The picture of a learning-rate range test."""

import numpy as np
import pytest
from drawn_figures import is_whole, words

from cnnlab.plots.range_test import draw_range_test

RATES = np.geomspace(1e-6, 10, 200)
LOSSES = 2.3 - 2 / (1 + (0.001 / RATES) ** 2)
TITLE = "digits: learning-rate range test with adam"


def draw(losses=LOSSES, title=TITLE):
    return draw_range_test(RATES, losses, losses, title, (0.0003, 0.02), 0.0011)


def test_the_picture_has_a_title_labels_units_and_marks():
    figure = draw()
    [axes] = figure.axes
    assert figure.get_suptitle() == TITLE
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("learning rate, per step", "loss, nats")
    assert axes.get_xscale() == "log"
    assert {
        "loss of each batch",
        "smoothed loss",
        "the loss falls: 0.0003 to 0.02",
        "suggestion: 0.0011",
    } <= set(words(figure))


def test_without_a_suggestion_nothing_is_marked():
    figure = draw_range_test(RATES, LOSSES, LOSSES, TITLE)
    assert not any("suggestion" in word or "falls" in word for word in words(figure))


def test_an_explosion_does_not_hide_the_fall():
    losses = np.where(RATES > 1, 1e9, LOSSES)
    [axes] = draw(losses).axes
    low, high = axes.get_ylim()
    assert low < losses.min() < 2.3 < high < 4


@pytest.mark.parametrize("title", [TITLE, f"{'a-long-name-' * 5}x: learning-rate range test"])
def test_nothing_is_cut_off_by_the_edge(title):
    assert is_whole(draw(title=title))
