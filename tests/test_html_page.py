"""Pages: no external resources, escaped text, colours with contrast, readable on a phone."""

from __future__ import annotations

import re

import pytest
from matplotlib.figure import Figure

from cnnlab import plots
from cnnlab.html_page import (
    DARK,
    LIGHT,
    build_code,
    build_page,
    build_paragraph,
    build_picture,
    build_section,
    build_table,
)

pytestmark = pytest.mark.slow

PNG = plots.to_png(Figure(figsize=(12, 2)))

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
        build_picture(PNG, SPITEFUL, SPITEFUL),
        build_page(SPITEFUL, ""),
    ]
    for part, count in zip(parts, (1, 1, 3, 3, 2), strict=True):
        assert part.count(ESCAPED) == count
        assert "<script" not in part


def test_words_are_left_aligned_and_numbers_right_aligned():
    found = build_table("t", ["run", "n"], [["a", "1"]])
    assert '<th scope="col" class="words">run</th><th scope="col">n</th>' in found
    assert '<th scope="row" class="words">a</th><td>1</td>' in found


def test_the_page_loads_nothing_external():
    whole = build_page("t", build_picture(PNG, "p") + build_table("t", ["a"], [["b"]]))
    assert re.findall(r"https?:|//|@import|url\(", whole) == []
    assert "default-src 'none'" in whole
    assert 'src="data:image/png;base64,iVBORw0KGgo' in whole


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_tables_and_wide_pictures_but_not_the_page(
    open_page, violations, tmp_path, scheme
):
    many = build_table("t", [f"heading {i}" for i in range(30)], [["a" * 20] * 30])
    body = (
        build_paragraph("x" * 200, "result")
        + many
        + build_picture(PNG, "p" * 99)
        + build_code("y" * 300, "c")
    )
    path = tmp_path / "page.html"
    path.write_text(
        build_page("long-name-of-a-run-" * 5, build_section("s", body)), encoding="utf-8"
    )
    shown, asked, said = open_page(path, width=380, scheme=scheme)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 380
    framed = shown.locator(".wide")
    widths = "all => all.map(one => one.scrollWidth > one.clientWidth)"
    assert framed.evaluate_all(widths) == [True, True, True]
    assert violations(shown) == {}
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
