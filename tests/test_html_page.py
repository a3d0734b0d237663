"""Pages: no external resources, escaped text, colours with contrast, readable on a phone."""

from __future__ import annotations

import re

import pytest

from cnnlab.html_page import (
    DARK,
    LIGHT,
    build_code,
    build_drawing,
    build_gallery,
    build_page,
    build_panels,
    build_paragraph,
    build_pixels,
    build_section,
    build_table,
    choose_by_screen,
)

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n"  # a page does not look into it

SPITEFUL = "<script>alert('x')</script> & \"q\""
ESCAPED = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;q&quot;"


def contrast(one, other):
    """The contrast of two colours; W3C, WCAG 2.2, "contrast ratio" and "relative luminance"."""

    def luminance(colour):
        shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return sum(weight * s for weight, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_counted_as_the_standard_has_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_has_the_contrast_of_aa(colours):
    for text in ("ink", "faint"):
        for below in ("paper", "ground"):
            assert contrast(colours[text], colours[below]) >= 4.5, (text, below)


def test_text_stays_text():
    parts = [
        build_paragraph(SPITEFUL),
        build_section(SPITEFUL, ""),
        build_table(SPITEFUL, [SPITEFUL], [[SPITEFUL]]),
        build_table("t", ["a", SPITEFUL], [["a", "b"]]),
        build_pixels(PNG, SPITEFUL),
        build_panels([], SPITEFUL, [("", SPITEFUL)]),
        build_gallery([("", SPITEFUL)], SPITEFUL),
        build_page(SPITEFUL, ""),
    ]
    for part, count in zip(parts, (1, 1, 3, 2, 1, 2, 2, 2), strict=True):
        assert part.count(ESCAPED) == count
        assert "<script" not in part


def test_words_are_left_aligned_and_numbers_right_aligned():
    found = build_table("t", ["run", "n"], [["a", "1"]])
    assert '<th scope="col" class="words">run</th><th scope="col">n</th>' in found
    assert '<th scope="row" class="words">a</th><td data-label="n">1</td>' in found


def test_the_page_loads_nothing_external():
    whole = build_page("t", build_pixels(PNG, "p") + build_table("t", ["a"], [["b"]]))
    assert re.findall(r"https?:|//|@import|url\(", whole) == []
    assert "default-src 'none'" in whole
    assert 'src="data:image/png;base64,iVBORw0KGgo' in whole


def write(path, *parts):
    whole = build_page("long-name-of-a-run-" * 5, build_section("s", *parts))
    path.write_text(whole, encoding="utf-8")
    return path


SVG = '<svg width="{0}" height="50" viewBox="0 0 {0} 50"><rect width="{0}" height="50"/></svg>'
WORDY = build_table("t", ["setting", *["g" * 60] * 2], [["s" * 60, *["v" * 60] * 2]], range(3))
WIDE = build_table("t", [f"heading {i}" for i in range(30)], [["a" * 20] * 30])
SMALL = build_table("t", ["class", *["precision"] * 4], [["c" * 30, *["99.99%"] * 4]])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_a_page_without_scrolling_sideways(
    open_page, violations, tmp_path, scheme
):
    pictures = (
        build_panels([SVG.format(900)] * 3, "c" * 99, [("", "k" * 99)]),
        build_gallery([("", "x" * 99)] * 9, "c" * 99),
        build_drawing(SVG.format(500)),
    )
    texts = (build_paragraph("x" * 200, "result"), build_code("y" * 300, "c"))
    path = write(tmp_path / "page.html", WIDE, WORDY, SMALL, *pictures, *texts)
    shown, asked, said = open_page(path, width=380, scheme=scheme)
    beyond = "Array.from(document.body.querySelectorAll('*'), one => one.getBoundingClientRect())"
    assert shown.evaluate(f"{beyond}.filter(box => box.right > innerWidth || box.left < 0)") == []
    framed = shown.locator(".wide")
    assert not any(framed.evaluate_all("all => all.map(one => one.scrollWidth > one.clientWidth)"))
    assert violations(shown) == {}
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]


def test_a_phone_shows_each_row_of_a_wide_table_as_a_list_of_names_and_values(open_page, tmp_path):
    table = build_table("t", ["run", *"abcdef"], [["one", *"123456"], ["two", "1", "", *"3456"]])
    path = write(tmp_path / "page.html", table)
    names = """all => all.filter(one => one.offsetHeight).map(one =>
        getComputedStyle(one, '::before').content.replaceAll('"', ""))"""
    narrow, _, _ = open_page(path, width=380)
    assert narrow.locator("td").evaluate_all(names) == [*"abcdef", *"acdef"]  # without empty ones
    assert not narrow.locator("thead").is_visible()
    wide, _, _ = open_page(path, width=1100)
    assert wide.locator("td").evaluate_all(names) == ["none"] * 12
    assert wide.locator("thead").is_visible()


@pytest.mark.parametrize(
    ("width", "screens"),
    [(500, []), (1000, [380, 640]), (1500, [380, 640, 960]), (1600, [380, 640, 960, 1100])],
)
def test_a_screen_on_which_a_drawing_would_be_illegible_shows_the_narrow_one(
    open_page, tmp_path, width, screens
):
    path = write(
        tmp_path / "page.html",
        build_drawing(choose_by_screen(SVG.format(width), width, SVG.format(450))),
    )
    shown, _, _ = open_page(path)
    for screen in (380, 640, 960, 1100):
        shown.set_viewport_size({"width": screen, "height": 800})
        drawn = "Array.from(document.querySelectorAll('svg')).filter(one => one.clientWidth)"
        native = shown.evaluate(f"{drawn}.map(one => one.viewBox.baseVal.width)")
        assert native == [450 if screen in screens else width]
        assert shown.evaluate("document.documentElement.scrollWidth") <= screen
