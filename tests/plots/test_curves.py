"""Curves: what they draw, what they mark, and on which scales."""

import numpy as np
import pytest
from drawn_figures import history, rates

from cnnlab import plots
from cnnlab.plots.curves import LearningRateCurve, MarkedEpochs, draw_curves


def test_curves_have_titles_labels_and_units():
    figure = draw_curves(history(3, "loss", "accuracy", "top_5_accuracy", "cross_entropy"), "a-001")
    assert figure.get_suptitle() == "a-001"
    assert [(a.get_title(), a.get_xlabel(), a.get_ylabel()) for a in figure.axes] == [
        ("loss", "epoch", "loss, nats"),
        ("accuracy", "epoch", "share of images"),
        ("top 5 accuracy", "epoch", "share of images"),
        ("cross entropy", "epoch", "cross-entropy, nats"),
    ]


def test_curves_draw_training_and_validation_on_the_same_axes():
    axes = draw_curves(history(3, "loss"), "a-001").axes[0]
    assert [line.get_label() for line in axes.get_lines()] == ["training", "validation"]
    for line in axes.get_lines():
        assert line.get_xdata().tolist() == [1, 2, 3]
        assert line.get_ydata().tolist() == [1, 1 / 2, 1 / 3]


def test_curves_without_validation_draw_training_alone():
    rows = [{"epoch": 1, "loss": 2.0, "seconds": 1.0}]
    assert [line.get_label() for line in draw_curves(rows, "a").axes[0].get_lines()] == ["training"]


def test_a_learning_rate_that_changes_has_its_own_axes():
    figure = draw_curves(history(3, "loss", "accuracy"), "a-001", MarkedEpochs(2, 3, 1), rates(3))
    axes = figure.axes[2]
    labels = (axes.get_title(), axes.get_xlabel(), axes.get_ylabel())
    assert labels == ("learning rate", "step, 10 in an epoch", "learning rate, per step")
    line, last_augmented, best, stopped = axes.get_lines()
    assert line.get_xdata().tolist() == list(range(1, 31))
    assert line.get_ydata().tolist() == rates(3).rates.tolist()
    assert [mark.get_xdata()[0] for mark in (last_augmented, best, stopped)] == [10, 20, 30]
    assert len(figure.axes) == 3


@pytest.mark.parametrize(
    ("found", "scale"),
    [
        (np.geomspace(1, 0.011, 100), "linear"),
        (np.geomspace(1, 1e-4, 100), "log"),
        # Half a cosine down to 0: over 2 decades in its last steps alone.
        (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, 100)), "linear"),
        # Two drops to a hundredth, and one more.
        (np.repeat([1, 0.1, 0.01, 0.001], 25), "log"),
    ],
)
def test_a_learning_rate_over_many_decades_is_on_a_log_scale(found, scale):
    drawn = draw_curves(
        history(1, "loss"), "a", rates=LearningRateCurve(np.arange(1, 101), found, 100)
    )
    assert drawn.axes[1].get_yscale() == scale


def test_all_axes_mark_the_ends_of_augmentation_and_training_and_the_best_epoch():
    marked = MarkedEpochs(best=7, stopped=9, last_augmented=6)
    figure = draw_curves(history(9, "loss", "accuracy"), "a-001", marked)
    expected = {"augmented until: 6": [6, 6], "best epoch: 7": [7, 7], "stopped early: 9": [9, 9]}
    for axes in figure.axes:
        assert {line.get_label(): line.get_xdata() for line in axes.get_lines()[2:]} == expected
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["training", "validation", *expected]


@pytest.mark.parametrize("epochs", [1, 2, 3, 30, 31, 100])
def test_the_epochs_are_whole_numbers_and_all_in_sight(epochs):
    axes = draw_curves(history(epochs, "loss"), "a-001").axes[0]
    low, high = axes.get_xlim()
    shown = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert shown
    assert all(tick == int(tick) >= 1 for tick in shown)
    assert low < 1 <= epochs < high


def test_numbers_that_are_not_finite_do_not_stop_the_drawing():
    rows = [{"epoch": e, "loss": float(v)} for e, v in ((1, 1), (2, "nan"), (3, "inf"))]
    assert plots.to_png(draw_curves(rows, "a-001"))
