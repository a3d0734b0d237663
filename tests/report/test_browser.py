"""The page in a real browser: no errors, no requests, legible on a phone, on paper, light and dark.

The browser is that of `opened`, in conftest.py.
"""

from __future__ import annotations

import pytest

from cnnlab.html_page import build_page as whole_page
from cnnlab.html_page import build_scrollable
from cnnlab.report.architecture_drawing import draw_architecture
from cnnlab.spec.experiment import DatasetInfo, Experiment
from cnnlab.spec.layer_table import build_table

pytestmark = pytest.mark.slow

SCHEMES = ["light", "dark"]


@pytest.fixture
def report(report_run):
    return report_run[0] / "report.html"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_opens_without_a_word_in_the_console_and_asks_for_nothing(open_page, report, scheme):
    page, asked, said = open_page(report, scheme=scheme)
    assert page.title() == "small-001"
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [report.resolve().as_uri()]
    drawn = "Array.from(document.images, image => image.complete && image.naturalWidth > 0)"
    assert page.evaluate(drawn) == [True] * 6


@pytest.mark.parametrize("width", [320, 380, 768, 1280])
def test_it_never_scrolls_sideways(open_page, report, width):
    page, _, _ = open_page(report, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [380, 1280])
def test_its_text_passes_wcag_aa(open_page, violations, report, scheme, width):
    page, _, _ = open_page(report, width=width, scheme=scheme)
    assert violations(page) == {}


def test_text_that_is_too_faint_would_be_found(open_page, violations, tmp_path):
    path = tmp_path / "faint.html"
    path.write_text(whole_page("faint", '<p style="color: #999">too faint</p>'))
    assert list(violations(open_page(path)[0])) == ["color-contrast"]


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_it_is_dark_in_the_dark_scheme_and_white_on_paper(open_page, report):
    light, dark = (open_page(report, scheme=scheme)[0] for scheme in SCHEMES)
    assert background(light) == "rgb(255, 255, 255)"
    assert background(dark) == "rgb(22, 27, 34)"
    dark.emulate_media(media="print")
    assert background(dark) == "rgb(255, 255, 255)"
    paper = dark.locator(".architecture .paper")
    assert paper.evaluate("one => getComputedStyle(one).fill") == "rgb(255, 255, 255)"


def test_on_paper_nothing_is_cut_off(open_page, report):
    page, _, _ = open_page(report, width=700)  # A4 without its margins is about 680 pixels wide
    page.emulate_media(media="print")
    too_wide = """Array.from(document.querySelectorAll("img, svg, pre, table"), one =>
        one.getBoundingClientRect()).filter(box => box.right > innerWidth || box.height > 900)"""
    assert page.evaluate(too_wide) == []


BLOCK = "a_very_long_name_of_a_block_that_somebody_has_chosen_for_it"
CONV = {"conv": {"filters": 16, "kernel_size": 3, "padding": "same"}}
BIG = {"separable_conv": {"filters": 512, "kernel_size": [11, 11], "padding": "same"}}
BRANCHED = [
    {"block": {"name": BLOCK, "layers": [BIG, BIG, "batch_norm"]}},
    {"parallel": [[CONV], [BIG, CONV], [{"spatial_dropout": 0.1}], []]},
    {
        "repeat": {
            "times": 40,
            "layers": [{"residual": [{"depthwise_conv": {"kernel_size": 3, "padding": "same"}}]}],
        }
    },
    {"residual": [CONV, {"parallel": [[CONV], [CONV]]}]},
    *("global_avg_pool", {"dense": {"units": 10, "activation": "softmax"}}),
]
OUTSIDE = """
Array.from(document.querySelectorAll('.architecture text')).filter(text => {
    const box = text.parentNode.querySelector(':scope > rect');
    const inner = text.getBoundingClientRect();
    const outer = (box || text.ownerSVGElement).getBoundingClientRect();
    return inner.left < outer.left || inner.right > outer.right
        || inner.top < outer.top || inner.bottom > outer.bottom;
}).map(text => text.textContent)
"""


@pytest.fixture
def drawing(tmp_path):
    """A page with the drawing of a network that has every kind of layer."""
    info = DatasetInfo((28, 28, 1), tuple("0123456789"), 60_000, 10_000)
    made = Experiment.model_validate({"name": "made", "model": BRANCHED})
    path = tmp_path / "drawing.html"
    svg = draw_architecture(build_table(made, info), "made")
    path.write_text(whole_page("made", build_scrollable(svg, "the drawing")))
    return path


def test_no_text_of_the_drawing_leaves_its_box(open_page, drawing):
    page, _, said = open_page(drawing)
    assert page.locator(".architecture text").count() == 60
    assert page.evaluate(OUTSIDE) == []
    assert said == []


def test_no_texts_of_the_drawing_lie_on_each_other(open_page, drawing):
    page, _, _ = open_page(drawing)
    overlaps = """(() => {
        const boxes = Array.from(document.querySelectorAll('.architecture text'),
            text => [text.textContent, text.getBoundingClientRect()]);
        return boxes.flatMap(([a, one], i) => boxes.slice(i + 1).filter(([b, other]) =>
            one.left < other.right - 1 && other.left < one.right - 1 &&
            one.top < other.bottom - 2 && other.top < one.bottom - 2).map(([b]) => [a, b]));
    })()"""
    assert page.evaluate(overlaps) == []


def test_a_wide_drawing_moves_in_its_frame_and_not_the_page(open_page, drawing):
    page, _, _ = open_page(drawing, width=380)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    frame = page.locator(".wide")
    assert frame.evaluate("one => one.scrollWidth > one.clientWidth")
