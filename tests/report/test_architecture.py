"""The drawing shows every layer and every connection once."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from project_files import CONFIGS

from cnnlab.report import svg_shapes
from cnnlab.report.architecture_drawing import (
    build_tree,
    draw_architecture,
    draw_narrow_architecture,
)
from cnnlab.spec.experiment import DatasetInfo, Experiment
from cnnlab.spec.layer_table import build_table

INFO = DatasetInfo((28, 28, 1), tuple("0123456789"), 60_000, 10_000)
SAME = {"conv": {"filters": 4, "kernel_size": 3, "padding": "same"}}
END = ["global_avg_pool", {"dense": {"units": 10, "activation": "softmax"}}]


def rows(*layers):
    plain = {"name": "made", "model": [*layers, *END]}
    return build_table(Experiment.model_validate(plain), INFO)


def texts(svg):
    """The visible text of the drawing, without tooltips."""
    name = "{http://www.w3.org/2000/svg}text"
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(name)]


def draw_texts(*layers):
    return texts(draw_architecture(rows(*layers), "made").svg)


def test_a_stack_is_drawn_from_the_image_to_the_classes():
    assert draw_texts({"conv": {"filters": 4, "kernel_size": 3}}, {"max_pool": 2}) == [
        "image 28 × 28 × 1",
        *("1  conv", "40 parameters", "3 × 3, stride 1, padding valid", "26 × 26 × 4"),
        *("2  max_pool", "2 × 2, stride 2, padding valid", "13 × 13 × 4"),
        *("3  global_avg_pool", "4"),
        *("4  dense", "50 parameters", "10"),
        "10 classes",
    ]


def test_it_has_a_title_and_a_description():
    root = ElementTree.fromstring(draw_architecture(rows(SAME), "made").svg)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "made: 3 layers, 90 parameters"


def test_fifty_layers_are_drawn_below_each_other():
    table_of_50 = rows(*[SAME] * 48)
    svg = draw_architecture(table_of_50, "made").svg
    names = [text for text in texts(svg) if re.match(r"\d+  ", text)]
    assert names[:2] + names[-1:] == ["1  conv", "2  conv", "50  dense"]
    assert len(names) == 50
    width, height = (
        float(ElementTree.fromstring(svg).attrib[side]) for side in ("width", "height")
    )
    assert width < 320
    assert height > 50 * 30


def test_a_residual_shows_what_goes_around_its_layers():
    assert "the input" in draw_texts(SAME, {"residual": [SAME]})
    wider = {"conv": {"filters": 8, "kernel_size": 3, "padding": "same"}}
    shown = draw_texts({"residual": [wider]})
    assert "the input" not in shown
    assert [text for text in shown if "conv" in text] == [
        "residualoutput of the layers + a convolution of the input",
        "1  conv",
        "2  conv",
    ]
    assert "+" in shown


@pytest.mark.parametrize("merge", ["concatenate", "add", "average"])
def test_branches_are_drawn_side_by_side_and_meet_in_the_merge(merge):
    branches = [[SAME, SAME], [SAME], []]
    shown = draw_texts(SAME, {"parallel": {"branches": branches, "merge": merge}})
    assert merge in shown
    assert [text for text in shown if "  conv" in text] == [f"{n}  conv" for n in (1, 2, 3, 4)]
    assert "the input" in shown


def test_the_narrow_drawing_has_the_branches_below_each_other():
    table = rows(SAME, {"residual": [SAME]}, {"parallel": [[SAME, SAME], [SAME], []]})
    drawing = draw_narrow_architecture(table, "made")
    shown = texts(drawing.svg)
    assert [text for text in shown if "branch" in text] == [
        *("branch 1", "branch 2", "branch 3: the input")
    ]
    assert [text for text in shown if "the layers" in text or "shortcut" in text][1:] == [
        *("the layers", "the shortcut: the input")
    ]
    assert drawing.width < draw_architecture(table, "made").width / 1.5


def test_what_is_repeated_alike_is_drawn_once():
    shown = draw_texts(SAME, {"repeat": {"times": 30, "layers": [SAME, "batch_norm"]}})
    assert "repeat × 30layers 2 to 61: the drawn layers, 30 times" in shown
    assert [text for text in shown if re.match(r"\d+  ", text)] == [
        *("1  conv", "2  conv", "3  batch_norm", "62  global_avg_pool", "63  dense"),
    ]


def test_what_is_repeated_on_other_shapes_is_drawn_each_time():
    valid = {"conv": {"filters": 4, "kernel_size": 3}}
    shown = draw_texts({"repeat": {"times": 2, "layers": [valid]}})
    assert ("1  conv" in shown, "2  conv" in shown) == (True, True)
    assert "repeat × 2" in shown


def test_blocks_with_the_names_of_other_things_are_blocks():
    for name in ("residual", "parallel, add", "repeat × 2", "shortcut", "a <b> & c"):
        shown = draw_texts({"block": {"name": name, "layers": [SAME, SAME]}})
        assert ("1  conv" in shown, "2  conv" in shown) == (True, True)
        assert any(text.startswith(name) for text in shown)


def test_a_long_name_is_shortened_and_the_tooltip_has_it_whole():
    svg = draw_architecture(rows({"block": {"name": "W" * 64, "layers": [SAME]}}), "made").svg
    assert any(re.fullmatch("W+…", text) for text in texts(svg))
    assert f"<title>{'W' * 64}</title>" in svg


def test_the_tree_has_each_row_once():
    found = rows({"repeat": {"times": 2, "layers": [{"residual": [SAME]}]}}).rows

    def count(nodes):
        return sum(1 + count(node.inner) for node in nodes)

    assert count(build_tree(found)) == len(found)


def luminance(colour):
    """WCAG 2.1, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [svg_shapes.LIGHT, svg_shapes.DARK], ids=["light", "dark"])
def test_text_is_in_contrast_with_boxes_and_frames(palette):
    paper, ink, faint, lines, frame, *families = palette
    for front, back, least in (
        *((text, ground, 4.5) for text in (ink, faint) for ground in (paper, frame)),
        *((colour, paper, 3) for colour in (lines, *families)),  # WCAG 1.4.11: what is no text
    ):
        darker, lighter = sorted(map(luminance, (front, back)))
        assert (lighter + 0.05) / (darker + 0.05) >= least, (front, back)


def test_every_config_can_be_drawn():
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.config_reader import read_config

    for path in CONFIGS:
        config = read_config(path, describe_dataset)
        found = build_table(config.experiment, config.info)
        svg = draw_architecture(found, path.stem).svg
        shown = [text for text in texts(svg) if re.match(r"\d+  ", text)]
        assert shown[-1].split()[0] == str(max(row.number or 0 for row in found.rows))
