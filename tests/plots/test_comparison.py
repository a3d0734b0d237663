"""The picture of a comparison: one colour per group, the same axes for all, nothing cut off."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from cnnlab import plots
from cnnlab.plots.comparison import COLOURS, Curve, draw_comparison

pytestmark = pytest.mark.slow

LONG = "a-very-long-name-of-an-experiment-that-goes-up-to-64-characters-x-001"


def curve(label, group, epochs=3, sides=("", "val_"), names=("loss", "accuracy")):
    history = [
        {"epoch": epoch, "learning_rate": 0.1, "seconds": 1.0}
        | {f"{side}{name}": 1 / epoch for side in sides for name in names}
        for epoch in range(1, epochs + 1)
    ]
    return Curve(label, group, history, 0.9 + group / 1000, (0.88, 0.93))


def index_axes(figure):
    return {axes.get_title(): axes for axes in figure.axes}


def test_each_figure_of_training_and_validation_has_its_axes_with_units():
    figure = draw_comparison([curve("a", 0, 2), curve("b", 1, 5)], ["a", "b"], "a and b")
    axes = index_axes(figure)
    assert list(axes) == [
        "loss, training",
        "loss, validation",
        "accuracy, training",
        "accuracy, validation",
        "accuracy on the test images, with its 95% interval",
    ]
    labels = [(one.get_xlabel(), one.get_ylabel()) for one in axes.values()]
    assert labels == [
        ("epoch", "cross-entropy, nats"),
        ("epoch", "cross-entropy, nats"),
        ("epoch", "share of images"),
        ("epoch", "share of images"),
        ("share of images right", ""),
    ]
    assert axes["loss, training"].get_ylim() == axes["loss, validation"].get_ylim()
    assert {axes[name].get_xlim() for name in list(axes)[:4]} == {(0.5, 5.5)}
    assert figure.get_suptitle() == "a and b"


def test_runs_of_one_group_share_its_colour_and_the_legend_names_each_once():
    curves = [curve("a-1", 0), curve("a-2", 0), curve("b-1", 1)]
    figure = draw_comparison(curves, ["a", "b"], "t")
    lines = index_axes(figure)["loss, training"].lines
    assert [to_hex(line.get_color()).upper() for line in lines] == [
        COLOURS[0],
        COLOURS[0],
        COLOURS[1].upper(),
    ]
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    below = index_axes(figure)["accuracy on the test images, with its 95% interval"]
    assert [tick.get_text() for tick in below.get_yticklabels()] == ["a-1", "a-2", "b-1"]


def test_more_runs_than_colours_differ_by_their_lines():
    curves = [curve(f"r{i}", i) for i in range(9)]
    figure = draw_comparison(curves, [one.label for one in curves], "t")
    lines = index_axes(figure)["loss, training"].lines
    looks = [(line.get_color(), line.get_linestyle()) for line in lines]
    assert len(set(looks)) == 9


def test_a_run_without_validation_is_drawn_where_it_has_figures():
    figure = draw_comparison([curve("a", 0), curve("b", 1, sides=("",))], ["a", "b"], "t")
    axes = index_axes(figure)
    assert [len(axes[name].lines) for name in ("loss, training", "loss, validation")] == [2, 1]


def test_long_names_keep_their_end():
    names = [f"{LONG[:-1]}{i}" for i in (1, 2)]
    figure = draw_comparison([curve(name, i) for i, name in enumerate(names)], names, "t")
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == [f"a-very-long-name-of-an-experim…ers-x-00{i}" for i in (1, 2)]


def test_an_ensemble_has_its_accuracy_alone():
    figure = draw_comparison([Curve("a", 0, [], 0.9, (0.8, 1.0))], ["a"], "t")
    assert list(index_axes(figure)) == ["accuracy on the test images, with its 95% interval"]
    assert plots.to_png(figure)


@pytest.mark.parametrize(
    ("curves", "groups"),
    [
        ([curve("a", 0, 1), curve("b", 1, 1)], ["a", "b"]),
        ([curve("a", 0, 1, ("",)), curve("b", 1, 40, ("",))], ["a", "b"]),
        ([curve(f"{i}{LONG}", i, 12) for i in range(15)], [f"{i}{LONG}" for i in range(15)]),
        ([curve(r"$\broken$", 0), curve("b$", 1)], [r"$\broken$", "b$"]),
        ([Curve("a", 0, [], 0.9, (0.8, 1.0))], ["a"]),
        (
            [curve("a", 0, names=("loss", "accuracy", "top_5_accuracy", "cross_entropy"))],
            ["a"],
        ),
    ],
    ids=["1 epoch", "no validation", "15 long names", "dollars", "no history", "4 figures"],
)
def test_nothing_is_cut_off(curves, groups):
    figure = draw_comparison(curves, groups, LONG)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge == 255).all()
