"""Pages in a real browser: no errors, no requests, legible on a phone, on paper, light and dark.

The browser is that of `open_page`, in conftest.py.
"""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from run_builders import MODEL, make_run
from sweep_folder_builders import PARAMETERS, confirm, make_sweep

from cnnlab.html_page import build_page as whole_page
from cnnlab.html_page import choose_by_screen
from cnnlab.report.architecture_drawing import draw_architecture, draw_narrow_architecture
from cnnlab.spec.experiment import DatasetInfo, Experiment
from cnnlab.spec.layer_table import build_table
from cnnlab.study.comparison import compare
from cnnlab.study.comparison_page import format_html
from cnnlab.study.sweep_page import write_sweep_report
from cnnlab.study.sweep_results import read_sweep_results

pytestmark = pytest.mark.slow

SCHEMES = ["light", "dark"]


@pytest.fixture
def report(report_run):
    return report_run[0] / "report.html"


LONG = "a-name-of-an-experiment-that-goes-up-to-sixty-four-characters-x"


@pytest.fixture
def comparison(tmp_path):
    """The page of two groups with two seeds each, and long names."""
    runs = [
        make_run(tmp_path, f"{LONG}{name}", wrong=range(3 * seed + wrong), seed=seed, model=model)
        for name, wrong, model in (("1", 1, MODEL), ("2", 9, [{"conv": 8}, *MODEL[1:]]))
        for seed in (1, 2)
    ]
    path = tmp_path / "comparison.html"
    path.write_text(format_html(compare(runs)), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def sweep_page(tmp_path_factory):
    """The page of a sweep with all its sections and every kind of trial."""
    parameters = {
        **PARAMETERS,
        "model[1]": [["flatten"], [{"conv": {"filters": 8, "kernel_size": 5}}, {"max_pool": 2}]],
        f"blocks.{LONG}.activation": ["relu", "gelu"],
    }
    statuses = {3: "pruned", 4: "failed", 5: "waiting"}
    root = tmp_path_factory.mktemp("sweep")
    folder = make_sweep(root, LONG[:30], count=13, parameters=parameters, statuses=statuses)
    confirm(folder, 7, {7: [0.93, 0.94, 0.935], 12: [0.92, 0.93, 0.91]})
    return write_sweep_report(read_sweep_results(folder)).page


@pytest.fixture(params=["report", "comparison", "sweep_page"])
def either_page(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_opens_without_a_word_in_the_console_and_asks_for_nothing(open_page, report, scheme):
    page, asked, said = open_page(report, scheme=scheme)
    assert page.title() == "small-001"
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [report.resolve().as_uri()]
    drawn = "Array.from(document.images, image => image.complete && image.naturalWidth > 0)"
    assert page.evaluate(drawn) == [True] * (30 + 2 + 1 + 4)  # mistakes, kernels, an image, maps


def show_on_screens(page, widths, schemes=SCHEMES):
    """Show an open page on screens of these widths, in both schemes; yield the width of each."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            yield width


def test_it_never_scrolls_sideways(open_page, either_page):
    page, _, _ = open_page(either_page)
    for width in show_on_screens(page, [320, 380, 768, 1100]):
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width


SCROLLED = """Array.from(document.querySelectorAll('.wide'))
    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.ariaLabel)"""
CUT_OFF = """Array.from(document.querySelectorAll('main *'))
    .filter(one => { const box = one.getBoundingClientRect();
        return box.width && (box.left < 0 || box.right > innerWidth); })
    .map(one => one.outerHTML.slice(0, 99))"""


def test_nothing_is_cut_off_and_no_part_scrolls_sideways(open_page, either_page):
    page, _, _ = open_page(either_page)
    for _ in show_on_screens(page, [380, 1100]):
        assert page.evaluate(SCROLLED) == []
        assert page.evaluate(CUT_OFF) == []


LEAVING = """Array.from(document.querySelectorAll('.chart text')).filter(text => {
    const inner = text.getBoundingClientRect();
    const outer = text.ownerSVGElement.getBoundingClientRect();
    return inner.left < outer.left || inner.right > outer.right
        || inner.top < outer.top || inner.bottom > outer.bottom;
}).map(text => text.textContent)"""


def test_no_text_of_a_picture_leaves_it(open_page, either_page):
    page, _, _ = open_page(either_page)
    assert page.evaluate(LEAVING) == []


LETTERS = """Array.from(document.querySelectorAll('.chart text'), text => {
    const { a, b } = text.getScreenCTM();
    return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b); })"""


def test_on_a_phone_the_letters_of_pictures_have_six_pixels_and_more(open_page, either_page):
    page, _, _ = open_page(either_page, width=380)
    sizes = page.evaluate(LETTERS)
    assert len(sizes) > 50
    assert min(sizes) >= 6


# Each width and each scheme once: the width changes no colour, and the scheme no place.
SCREENS = pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (380, "dark")])


@SCREENS
def test_its_text_passes_wcag_aa(open_page, violations, either_page, scheme, width):
    page, _, _ = open_page(either_page, width=width, scheme=scheme)
    assert violations(page) == {}


PICTURES = """Array.from(document.querySelectorAll('img, main svg:not(.key)'))
    .map(one => one.getBoundingClientRect())
    .map(box => [box.left, box.top + scrollY, box.right, box.bottom + scrollY])"""


def crop_pictures(page):
    """The pixels of each picture of a page as they are on the screen, (height, width, 3)."""
    screen = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    return [np.asarray(screen.crop(tuple(map(round, box)))) for box in page.evaluate(PICTURES)]


def test_no_picture_is_white_on_a_dark_page(open_page, either_page):
    page, _, _ = open_page(either_page)
    for _ in show_on_screens(page, [380, 1100], ["dark"]):
        pictures = crop_pictures(page)
        assert len(pictures) >= 5
        assert [picture.mean() < 100 for picture in pictures] == [True] * len(pictures)


PAPER_AND_INK = {"light": (255, (27, 31, 36)), "dark": (22, (230, 237, 243))}


@SCREENS
def test_a_picture_has_the_paper_and_the_ink_of_the_page(open_page, either_page, width, scheme):
    paper, ink = PAPER_AND_INK[scheme]
    page, _, _ = open_page(either_page, width=width, scheme=scheme)
    page.add_style_tag(content="img { display: none }")
    for picture in crop_pictures(page):
        if picture.size:
            corners = picture[[1, -2, -2], [1, 1, -2], 0]  # a matrix fills the fourth
            assert corners.tolist() == [paper] * 3
    inks = "all => new Set(all.map(one => getComputedStyle(one).fill))"
    found = page.locator(".chart text").evaluate_all(f"all => Array.from(({inks})(all))")
    assert found == [f"rgb{ink}"]


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


@pytest.mark.parametrize("scheme", SCHEMES)
def test_on_paper_nothing_is_cut_off_and_the_ink_is_dark(open_page, either_page, scheme):
    # A4 without its margins is about 680 pixels wide.
    page, _, _ = open_page(either_page, width=700, scheme=scheme)
    page.emulate_media(media="print")
    too_wide = """Array.from(document.querySelectorAll("img, svg, pre, table"), one =>
        one.getBoundingClientRect()).filter(box => box.right > innerWidth || box.height > 900)"""
    assert page.evaluate(too_wide) == []
    text = page.locator(".chart text").first
    assert text.evaluate("one => getComputedStyle(one).fill") == "rgb(27, 31, 36)"


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


@pytest.fixture(params=[draw_architecture, draw_narrow_architecture])
def drawing(request, tmp_path):
    """A page with the drawing of a network that has every kind of layer."""
    info = DatasetInfo((28, 28, 1), tuple("0123456789"), 60_000, 10_000)
    made = Experiment.model_validate({"name": "made", "model": BRANCHED})
    path = tmp_path / "drawing.html"
    path.write_text(whole_page("made", request.param(build_table(made, info), "made").svg))
    return path


def test_no_text_of_the_drawing_leaves_its_box(open_page, drawing):
    page, _, said = open_page(drawing)
    assert page.locator(".architecture text").count() >= 60
    assert page.evaluate(OUTSIDE) == []
    assert said == []


OVERLAPS = """(() => {
    const boxes = Array.from(document.querySelectorAll('.architecture text'),
        text => [text.textContent, text.getBoundingClientRect()]);
    return boxes.flatMap(([a, one], i) => boxes.slice(i + 1).filter(([b, other]) =>
        one.left < other.right - 1 && other.left < one.right - 1 &&
        one.top < other.bottom - 2 && other.top < one.bottom - 2).map(([b]) => [a, b]));
})()"""


def test_no_texts_of_the_drawing_lie_on_each_other(open_page, drawing):
    page, _, _ = open_page(drawing)
    assert page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_phone_shows_the_whole_drawing_of_a_wide_network(open_page, tmp_path, scheme):
    info = DatasetInfo((28, 28, 1), tuple("0123456789"), 60_000, 10_000)
    table = build_table(Experiment.model_validate({"name": "made", "model": BRANCHED}), info)
    broad, narrow = draw_architecture(table, "made"), draw_narrow_architecture(table, "made")
    path = tmp_path / "drawing.html"
    path.write_text(whole_page("made", choose_by_screen(broad.svg, broad.width, narrow.svg)))
    page, _, _ = open_page(path, width=380, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert page.evaluate(CUT_OFF) == []
    letters = page.evaluate(LETTERS.replace(".chart", ".architecture"))
    assert min(size for size in letters if size) >= 6
