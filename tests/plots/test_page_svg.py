"""Figures for pages: their text stays text, their colours are the page's, their ids are single."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from drawn_figures import history, is_whole, rates

from cnnlab.plots.calibration import draw_calibration_panels
from cnnlab.plots.comparison import Curve, draw_comparison_panels
from cnnlab.plots.curves import LearningRateCurve, MarkedEpochs, draw_curve_panels, draw_curves
from cnnlab.plots.image_grids import ColourScale
from cnnlab.plots.kernels import draw_histogram_panels
from cnnlab.plots.page_svg import build_panel, draw_key, to_svg

BINS = [
    {"above": 0.0, "up_to": 0.5, "images": 0, "confidence": None, "accuracy": None},
    {"above": 0.5, "up_to": 0.9, "images": 3, "confidence": 0.8, "accuracy": 1 / 3},
    {"above": 0.9, "up_to": 1.0, "images": 9_000, "confidence": 0.95, "accuracy": 0.9},
]


def draw_panels():
    curves = draw_curve_panels(history(40, "loss", "accuracy"), MarkedEpochs(7, 9), rates(40))
    return [*curves, *draw_calibration_panels(BINS)]


@pytest.fixture(scope="module")
def svgs():
    return [to_svg(panel, f"panel {number}") for number, panel in enumerate(draw_panels())]


def test_the_same_numbers_give_the_same_svg(svgs):
    again = [to_svg(panel, f"panel {number}") for number, panel in enumerate(draw_panels())]
    assert again == svgs


def test_its_colours_are_those_of_the_page(svgs):
    for svg in svgs:
        fixed = set(re.findall("#[0-9a-f]{6}", svg))
        assert fixed <= {"#1f77b4", "#d95f02", "#2a7f3f"}, fixed  # of lines and bars
        assert "var(--ink)" in svg
        assert "var(--faint)" in svg


def test_an_id_occurs_once_in_a_page_and_each_reference_has_its_own(svgs):
    page = "".join(svgs)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'[("]#([^")]*)', page)) == set(ids)


def test_it_needs_nothing_but_the_page(svgs):
    for svg in svgs:
        assert svg.startswith('<svg class="chart" role="img" aria-label="panel ')
        assert not re.search("https?:|<style|xlink|<metadata|font-family", svg)
        assert "\n" not in svg
        ElementTree.fromstring(svg)


def test_numbers_of_its_text_are_whole():
    panel = build_panel()
    panel.set(yticks=[], title='id="x" #000000 1.23456')
    panel.set_xticks([0.5], ["0.123456"])
    svg = to_svg(panel, "a")
    assert ">0.123456</text>" in svg
    assert '>id="x" #000000 1.23456</text>' in svg


def test_names_are_escaped():
    panel = build_panel()
    panel.set_title("<script>&", parse_math=False)
    svg = to_svg(panel, '"><script>')
    assert "<script" not in svg
    assert ">&lt;script&gt;&amp;</text>" in svg
    assert 'aria-label="&quot;&gt;&lt;script&gt;"' in svg


def test_letters_of_every_script_are_left_to_the_browser():
    panel = build_panel()
    panel.set_title("옷 服")
    assert ">옷 服</text>" in to_svg(panel, "a")


def test_the_panels_of_curves_show_the_same_as_the_picture():
    arguments = (history(9, "loss", "accuracy"), MarkedEpochs(7, 9, 5), rates(9))
    panels = draw_curve_panels(*arguments)
    figure = draw_curves(arguments[0], "a-001", *arguments[1:])
    for one, other in zip(figure.axes, panels, strict=True):
        assert one.get_title() == other.get_title()
        assert (one.get_xlim(), one.get_ylim()) == (other.get_xlim(), other.get_ylim())
        assert [line.get_label() for line in one.lines] == [x.get_label() for x in other.lines]


@pytest.mark.slow
@pytest.mark.parametrize("largest", [1e-7, 0.9e-4, 1.1e-4, 0.001, 0.0099, 0.02, 1, 2e4, 1e7])
def test_no_number_pushes_a_label_out_of_a_panel(largest):
    rows = [{"epoch": epoch, "loss": largest / epoch} for epoch in (1, 2, 10)]
    learning_rates = LearningRateCurve(np.arange(1, 11), np.linspace(largest, 0, 10), 5)
    curve = Curve("a", 0, [row | {"loss": largest / 2 ** row["epoch"]} for row in rows], 1, (1, 1))
    bins = [BINS[0], BINS[1], BINS[2] | {"images": max(1, int(largest))}]
    reach = min(largest, 1000)
    weights = np.linspace(-reach, reach, 9_999)
    panels = [
        *draw_curve_panels(rows, rates=learning_rates),
        *draw_comparison_panels([curve, replace(curve, history=rows)]),
        *draw_calibration_panels(bins),
        *draw_histogram_panels([weights, weights / 100], ColourScale(-reach, reach)),
    ]
    assert [is_whole(panel.figure) for panel in panels] == [True] * len(panels)


def test_a_key_has_the_colour_and_the_dashes_of_its_line():
    assert "stroke: #1f77b4; stroke-width: 2; stroke-dasharray: none" in draw_key("#1f77b4")
    assert "stroke: var(--faint); stroke-width: 1; stroke-dasharray: 5 2.5" in draw_key(
        "#555555", "--", 1
    )
