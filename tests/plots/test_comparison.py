"""The picture of a comparison: one colour per group, the same axes for all, nothing cut off."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from cnnlab import plots
from cnnlab.plots.comparison import (
    COLOURS,
    Curve,
    draw_comparison,
    draw_comparison_panels,
    list_comparison_keys,
)

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
        ("epoch", "loss, nats"),
        ("epoch", "loss, nats"),
        ("epoch", "share of images"),
        ("epoch", "share of images"),
        ("share of images classified correctly", ""),
    ]
    assert axes["loss, training"].get_ylim() == axes["loss, validation"].get_ylim()
    assert {axes[name].get_xlim() for name in list(axes)[:4]} == {(0.5, 5.5)}
    assert figure.get_suptitle() == "a and b"


def losses(label, *values, name="loss"):
    """A run with these training losses, and a tenth more in validation."""
    history = [
        {"epoch": epoch, "loss": 1.0, "val_loss": 1.0, "accuracy": 0.1, "val_accuracy": 0.1}
        | {name: value, f"val_{name}": 1.1 * value}
        for epoch, value in enumerate(values, 1)
    ]
    return Curve(label, 0, history, 0.9, (0.8, 1.0))


def shown_ticks(axes):
    low, high = axes.get_ylim()
    ticks = axes.yaxis.get_major_ticks()
    return [one.label1.get_text() for one in ticks if low <= one.get_loc() <= high]


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (((1.0, 0.5), (0.2, 0.11)), "linear"),  # 1.1 / 0.11 = 10
        (((1.0, 0.5), (0.2, 0.10999)), "log"),
        (((1.0, 0.5), (0.2, 0.0)), "linear"),  # 0 has no logarithm
        (((1.0, float("nan")), (float("inf"), 0.2)), "linear"),
        (((1.0, float("nan")), (float("inf"), 0.02)), "log"),
        (((0.0, 0.0), (float("nan"), -1.0)), "linear"),
    ],
)
@pytest.mark.parametrize("name", ["loss", "cross_entropy"])
def test_a_loss_axis_is_logarithmic_where_the_values_differ_by_more_than_ten_times(
    values, scale, name
):
    curves = [losses("a", *values[0], name=name), losses("b", *values[1], name=name)]
    whole = index_axes(draw_comparison(curves, ["a", "b"], "t"))
    panels = {axes.get_title(): axes for axes in draw_comparison_panels(curves)}
    word = " (logarithmic)" if scale == "log" else ""
    for axes in (whole, panels):
        for side in ("training", "validation"):
            drawn = axes[f"{name.replace('_', ' ')}, {side}"]
            assert drawn.get_yscale() == scale
            assert drawn.get_ylabel() == f"{name.replace('_', '-')}, nats{word}"
        assert axes["accuracy, training"].get_yscale() == "linear"


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((1.0, 0.09), ["0.1", "0.2", "0.5", "1"]),
        ((2.3, 0.0061), ["0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]),
        ((2.3, 0.00003), ["0.0001", "0.001", "0.01", "0.1", "1"]),
        ((30_000.0, 0.3), ["1", "10", "100", "1000", "10000"]),
    ],
)
def test_the_ticks_of_a_logarithmic_axis_are_few_plain_numbers(values, ticks):
    figure = draw_comparison([losses("a", *values)], ["a"], "t")
    FigureCanvasAgg(figure).draw()
    axes = index_axes(figure)
    assert shown_ticks(axes["loss, training"]) == ticks
    assert shown_ticks(axes["loss, validation"]) == ticks
    assert axes["loss, training"].yaxis.get_ticklocs(minor=True).size == 0


def test_the_panels_of_a_page_show_the_same_as_the_picture():
    curves = [losses("a", 1.0, 0.01), losses("b", 2.0, 0.3)]
    whole = draw_comparison(curves, ["a", "b"], "t").axes
    panels = draw_comparison_panels(curves)
    for one, other in zip(whole, panels, strict=True):
        assert one.get_title().startswith(other.get_title())
        assert one.get_xlim() == other.get_xlim()
        assert one.get_ylim() == other.get_ylim()
        lines = [[line.get_xydata().tolist() for line in axes.lines] for axes in (one, other)]
        assert lines[0] == lines[1]
    assert [text.get_text() for text in panels[-1].texts] == ["a", "b"]


def test_the_legend_of_a_page_has_the_line_of_each_group():
    keys = list_comparison_keys([f"r{number}" for number in range(9)])
    assert [name for _, name in keys] == [f"r{number}" for number in range(9)]
    assert f"stroke: {COLOURS[0].lower()}" in keys[0][0]
    assert "stroke: var(--ink)" in keys[6][0]  # black is invisible on a dark page
    assert len({line for line, _ in keys}) == 9


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
