"""Pages: nothing from elsewhere, text that stays text, colours with contrast, room on a phone."""

from __future__ import annotations

import html
import re
import shutil
import subprocess

import pytest

from cnnlab.page import DARK, LIGHT, framed, page, paragraph, picture, section, table

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
    for text in ("text", "quiet"):
        for below in ("ground", "panel"):
            assert contrast(colours[text], colours[below]) >= 4.5, (text, below)


def test_text_stays_text():
    parts = [
        paragraph(SPITEFUL),
        section(SPITEFUL, ""),
        table(SPITEFUL, [SPITEFUL], [[SPITEFUL]]),
        picture(b"x", SPITEFUL, SPITEFUL),
        page(SPITEFUL, ""),
    ]
    for part, count in zip(parts, (1, 1, 3, 2, 2), strict=True):
        assert part.count(ESCAPED) == count
        assert "<script" not in part


def test_a_sign_stays_with_its_number():
    assert paragraph("99 % of 5 %") == "<p>99\N{NO-BREAK SPACE}% of 5\N{NO-BREAK SPACE}%</p>\n"


def test_words_stand_to_the_left_and_numbers_to_the_right():
    found = table("t", ["run", "n"], [["a", "1"]])
    assert '<th scope="col" class="words">run</th><th scope="col">n</th>' in found
    assert '<td class="words">a</td><td>1</td>' in found


def test_nothing_comes_from_elsewhere():
    whole = page("t", picture(b"\x89PNG", "p") + table("t", ["a"], [["b"]]))
    assert re.findall(r"https?:|//|@import|url\(", whole) == []
    assert "default-src 'none'" in whole
    assert 'src="data:image/png;base64,iVBORw=="' in whole


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no chromium")
@pytest.mark.parametrize("scheme", [0, 1], ids=["dark", "light"])
def test_a_phone_scrolls_tables_and_wide_pictures_but_not_the_page(tmp_path, scheme):
    wide = table("t", [f"heading {i}" for i in range(30)], [["a" * 20] * 30])
    body = paragraph("x" * 200, "answer") + wide + framed("f", picture(b"x", "p" * 99))
    whole = page("long-name-of-a-run-" * 5, body + "<pre>" + "y" * 300 + "</pre>")
    # In a frame as wide as a phone: a window of chromium is 500 pixels wide at least.
    frame = f'<iframe width="380" height="800" srcdoc="{html.escape(whole)}"></iframe>'
    measure = (
        "<script>onload = () => { const page = frames[0].document, root = page.documentElement; "
        "const frame = page.querySelector('.scroll'); document.title = [frames[0].innerWidth, "
        "root.scrollWidth <= root.clientWidth, frame.scrollWidth > frame.clientWidth, "
        "frames[0].getComputedStyle(page.body).backgroundColor].join(' ') }</script>"
    )
    path = tmp_path / "page.html"
    path.write_text(f"<!DOCTYPE html><body>{frame}{measure}</body>", encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    settings = f"--blink-settings=preferredColorScheme={scheme}"
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run([*command, settings, profile, path.as_uri()], capture_output=True)
    title = re.search(r"<title>(.*?)</title>", done.stdout.decode())
    assert title, done.stderr.decode()
    ground = (DARK, LIGHT)[scheme]["ground"]
    colour = ", ".join(str(int(ground[place : place + 2], 16)) for place in (1, 3, 5))
    assert title[1] == f"380 true true rgb({colour})"
