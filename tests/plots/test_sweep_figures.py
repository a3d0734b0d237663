"""The pictures of a sweep: what they draw, from 3 to 100 trials and from 1 to 8 parameters."""

from __future__ import annotations

import random

import pytest
from matplotlib.colors import to_hex

from cnnlab.plots import to_png
from cnnlab.plots.confirmation import SeedValues, draw_confirmation, draw_confirmation_panel
from cnnlab.plots.importance import ShareBar, draw_importance_panel, draw_importances
from cnnlab.plots.page_svg import to_svg
from cnnlab.plots.parallel_coordinates import draw_parallel_coordinates, draw_parallel_panel
from cnnlab.plots.parameter_panels import draw_parameter_panels, draw_parameters
from cnnlab.plots.pareto_front import FRONT, draw_pareto, draw_pareto_panel
from cnnlab.plots.trial_points import (
    TrialPoint,
    TrialPoints,
    ValueAxis,
    choose_colour,
    rank_shares,
)

AXES = (
    ValueAxis("learning_rate", 1e-4, 1e-1, is_log=True),
    ValueAxis("filters", 0, 2, categories=("8", "16", "32")),
    ValueAxis("dropout", 0, 0.6),
    ValueAxis("$name_of_a_setting$ that is far too long for a picture", 16, 512, is_log=True),
    ValueAxis("layers", 0, 8, categories=tuple(f"[conv: {i}, max_pool: 2]" for i in range(9))),
    ValueAxis("only", 0, 0, categories=("relu",)),
    ValueAxis("constant", 5, 5),
    ValueAxis("batch_size", 16, 128),
)


def make_points(count=12, parameters=8, **others):
    generator = random.Random(0)
    axes = AXES[:parameters]
    trials = []
    for number in range(1, count + 1):
        values = tuple(
            float(generator.randrange(len(axis.categories)))
            if axis.categories
            else generator.uniform(axis.low, axis.high)
            for axis in axes
        )
        metric = 0.9 + 0.001 * number
        trials.append(TrialPoint(number, values, metric, 1000 * number, number % 5 != 0))
    options = {"best": count, "front": (1, 2, count), **others}
    return TrialPoints("val_accuracy", True, axes, tuple(trials), **options)


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 99])
@pytest.mark.parametrize("parameters", [1, 8])
def test_every_picture_draws_few_and_many_trials(count, parameters):
    points = make_points(count, parameters)
    for draw in (draw_parallel_coordinates, draw_parameters, draw_pareto):
        assert to_png(draw(points, "a title")).startswith(b"\x89PNG")
    for axes in (
        draw_parallel_panel(points),
        draw_pareto_panel(points),
        *draw_parameter_panels(points),
    ):
        assert to_svg(axes, "a description").startswith('<svg class="chart"')


def list_texts(axes):
    return [text.get_text() for text in axes.texts]


def test_parallel_axes_have_the_names_in_order_and_the_metric_last():
    names = [*(axis.name for axis in AXES[:3]), "val_accuracy"]
    axes = draw_parallel_coordinates(make_points(parameters=3), "title").axes[0]
    texts = [text for text in list_texts(axes) if text in names]
    assert texts == names
    assert {"8", "16", "32", "0.001"} <= {*list_texts(axes)}


def test_the_best_trial_is_a_bold_line_and_pruned_trials_have_none():
    axes = draw_parallel_coordinates(make_points(12, 2), "title").axes[0]
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) == 3]
    assert len(lines) == 10  # 12 trials without numbers 5 and 10
    assert [line.get_linewidth() for line in lines] == [1] * 9 + [2.5]


def test_better_trials_are_drawn_in_the_colour_of_their_rank():
    shares = rank_shares(make_points(4))
    assert shares == {1: 0.0, 2: pytest.approx(1 / 3), 3: pytest.approx(2 / 3), 4: 1.0}
    assert [choose_colour(share) for share in (0.0, 1.0)] == ["#e69f00", "#0072b2"]


def test_pruned_trials_are_hollow_and_the_best_is_a_star():
    axes = draw_parameters(make_points(12, 1), "title").axes[0]
    marks = axes.get_lines()
    hollow = [mark.get_markerfacecolor() == "none" for mark in marks]
    assert [at for at, one in enumerate(hollow, 1) if one] == [5, 10]
    assert [mark.get_marker() for mark in marks] == ["o"] * 11 + ["*"]


def test_the_diagrams_of_all_parameters_share_the_axis_of_the_metric():
    figure = draw_parameters(make_points(12, 8), "title")
    assert len({axes.get_ylim() for axes in figure.axes}) == 1


def test_a_trial_far_below_all_others_is_a_triangle_at_the_end_of_the_axis():
    points = make_points(12, 1)
    bad = TrialPoint(13, (0.05,), 0.1, 1000)
    points = TrialPoints("val_accuracy", True, AXES[:1], (*points.trials, bad), 12)
    low, _ = points.find_limits()
    assert 0.8 < low < 0.9
    last = draw_parameters(points, "title").axes[0].get_lines()[-1]
    assert (last.get_marker(), last.get_ydata()[0]) == ("v", low)


def test_small_values_can_be_the_good_ones():
    trials = tuple(TrialPoint(n, (0.01,), 0.1 * n, 1000) for n in (1, 2, 3))
    points = TrialPoints("val_loss", False, AXES[:1], trials, best=1)
    assert rank_shares(points) == {3: 0.0, 2: 0.5, 1: 1.0}
    assert points.find_limits() == (pytest.approx(0.088), pytest.approx(0.312))


def test_the_front_is_a_line_with_the_numbers_of_its_trials():
    axes = draw_pareto(make_points(), "title").axes[0]
    assert axes.get_xscale() == "log"
    [line] = [line for line in axes.get_lines() if to_hex(line.get_color()) == FRONT.lower()]
    assert list(line.get_xdata()) == [1000, 2000, 12_000]
    assert sorted(list_texts(axes), key=int) == ["1", "2", "12"]


def test_long_categories_are_cut_and_turned():
    axes = draw_parameters(make_points(12, 5), "title").axes[4]
    labels = axes.get_xticklabels()
    assert [label.get_text() for label in labels][:2] == ["…0, max_pool: 2]", "…1, max_pool: 2]"]
    assert {label.get_rotation() for label in labels} == {90}


def test_the_bars_of_certain_settings_have_another_colour():
    bars = [ShareBar("rate", 0.6, (0.4, 0.8), True), ShareBar("units", 0.1, (0, 0.3), False)]
    axes = draw_importances(bars, "title").axes[0]
    assert [round(bar.get_width(), 2) for bar in axes.patches] == [0.6, 0.1]
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == ["#0072b2", "#9aa5b1"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["rate", "units"]
    assert list_texts(draw_importance_panel(bars)) == ["rate", "units"]


def test_a_confirmation_has_a_row_for_each_config():
    rows = [
        SeedValues("base config", (0.9, 0.91), 0.905, (0.84, 0.97), is_base=True),
        SeedValues("trial 7", (0.93, 0.94), 0.935, (0.87, 1.0)),
    ]
    axes = draw_confirmation(rows, "val_accuracy", "title").axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["base config", "trial 7"]
    assert list_texts(draw_confirmation_panel(rows, "val_accuracy")) == ["base config", "trial 7"]


@pytest.mark.parametrize(
    ("axis", "value", "place"),
    [
        (AXES[0], 0.01, pytest.approx(2 / 3)),
        (AXES[1], 1, 0.5),
        (AXES[2], 0.6, 1.0),
        (AXES[5], 0, 0.5),
        (AXES[6], 5, 0.5),
    ],
)
def test_a_value_has_its_place_on_the_axis(axis, value, place):
    assert axis.place(value) == place


@pytest.mark.parametrize(
    ("axis", "texts"),
    [
        (AXES[0], ["1e-4", "0.001", "0.01", "0.1"]),
        (AXES[1], ["8", "16", "32"]),
        (AXES[2], ["0", "0.2", "0.4", "0.6"]),
        (AXES[3], ["20", "50", "100", "200", "500"]),
        (AXES[6], ["5"]),
    ],
)
def test_the_ticks_are_round_numbers_inside_the_axis(axis, texts):
    assert [text for _, text in axis.list_ticks(40)] == texts
