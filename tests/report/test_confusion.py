"""The confusion matrix as SVG: its numbers, its colours, and names of every length."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from cnnlab.report.confusion_drawing import draw_confusion

COUNTS = [[1500, 500, 0], [0, 10, 0], [2, 0, 98]]
NAMES = ["cat", "dog", "<b>&"]


def read_texts(svg):
    """The texts of the matrix; if a narrow screen has its own matrix, of the one for all others."""
    svg = svg.partition("</svg>")[0].removeprefix('<div class="from-40-rem">') + "</svg>"
    return [(one.text, one.attrib) for one in ElementTree.fromstring(svg) if one.text]


def read_pixels(svg):
    data = re.search(r"base64,([^\"]*)", svg)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_rows_are_true_classes_and_each_count_has_its_share():
    texts = [text for text, _ in read_texts(draw_confusion(COUNTS, NAMES))]
    numbers = [text for text in texts if text[0].isdigit()]
    assert numbers == ["1,500", "75.0%", "500", "25.0%", "10", "100.0%", "2", "2.0%", "98", "98.0%"]
    assert texts[:6] == ["cat", "cat", "dog", "dog", "<b>&", "<b>&"]
    assert texts[6:8] == ["predicted class", "true class"]


def test_errors_are_blue_by_their_share_and_right_answers_are_grey():
    pixels = read_pixels(draw_confusion(COUNTS, NAMES))
    assert pixels.shape == (3, 3, 4)
    assert pixels[0, 1].tolist() == [33, 113, 181, 140]  # the largest share of a class, 25 %
    assert pixels[2, 0].tolist() == [33, 113, 181, 11]  # 140 * 2 / 25 = 11.2
    assert [pixels[i, i].tolist() for i in range(3)] == [[128, 128, 128, 64]] * 3
    assert pixels[1, 0, 3] == 0


def test_without_an_error_or_an_answer_there_is_a_drawing_too():
    for counts in ([[2, 0], [0, 3]], [[0, 0], [0, 0]]):
        pixels = read_pixels(draw_confusion(counts, NAMES[:2]))
        assert (pixels[0, 1, 3], pixels[1, 0, 3]) == (0, 0)


@pytest.mark.parametrize(("classes", "numbers"), [(2, 2 * 4), (20, 2 * 400), (21, 0), (300, 0)])
def test_more_than_20_classes_have_colours_alone(classes, numbers):
    svg = draw_confusion(np.ones((classes, classes), int).tolist(), ["c"] * classes)
    texts = read_texts(svg)
    assert len(texts) == 2 * classes + 2 + numbers
    assert len(svg) < 100_000


@pytest.mark.slow
@pytest.mark.parametrize(("classes", "count"), [(10, 20 + 2 + 200), (13, 26 + 2), (20, 40 + 2)])
def test_a_phone_shows_the_numbers_of_few_classes_and_the_names_of_all(
    open_page, tmp_path, classes, count
):
    from cnnlab.html_page import build_figure, build_page

    path = tmp_path / "matrix.html"
    counts = np.full((classes, classes), 12_345).tolist()
    drawing = draw_confusion(counts, [f"class {place}" for place in range(classes)])
    path.write_text(build_page("matrix", build_figure(drawing)), encoding="utf-8")
    page, _, _ = open_page(path, width=380)
    sizes = page.evaluate("""Array.from(document.querySelectorAll('.chart text'))
        .filter(text => text.getBoundingClientRect().width)
        .map(text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a
            || parseFloat(getComputedStyle(text).fontSize) * Math.abs(text.getScreenCTM().b))""")
    assert len(sizes) == count
    assert min(sizes) >= 5.5


@pytest.mark.slow
@pytest.mark.parametrize(
    "names", [["0", "1"], ["T-shirt/top", "Ankle boot"], ["옷" * 30, "x" * 64]]
)
def test_no_name_is_cut_off(open_page, tmp_path, names):
    from cnnlab.html_page import build_figure, build_page

    classes = [names[place % 2] for place in range(10)]
    path = tmp_path / "matrix.html"
    drawing = draw_confusion(np.full((10, 10), 12_345).tolist(), classes)
    path.write_text(build_page("matrix", build_figure(drawing)), encoding="utf-8")
    page, _, _ = open_page(path, width=380)
    outside = """Array.from(document.querySelectorAll('.chart text')).filter(text => {
        const inner = text.getBoundingClientRect();
        const outer = text.ownerSVGElement.getBoundingClientRect();
        return inner.left < outer.left || inner.right > outer.right + 0.5
            || inner.top < outer.top || inner.bottom > outer.bottom + 0.5;
    }).map(text => text.textContent)"""
    assert page.evaluate(outside) == []
