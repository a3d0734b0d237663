"""Draw, in a real browser: strokes, images, bars, the picture of the network, and the switches."""

from __future__ import annotations

import re

import pytest
from lesson_pages import (
    count_colours,
    draw_line,
    find_side_scroll,
    read_shares,
    wait_for_answer,
)
from playwright.sync_api import expect
from project_files import PACKAGE

pytestmark = pytest.mark.slow


def test_a_stroke_of_the_mouse_gets_an_answer_at_once(page):
    assert page.inner_text(".answer-name").splitlines()[0] == "–"
    draw_line(page)
    shares = [float(text.split(": ")[1].rstrip("%")) for text in read_shares(page)]
    assert len(shares) == 10
    assert sum(shares) == pytest.approx(100, abs=0.6)
    best = page.inner_text(".answer-name b")
    assert f"{best}: {max(shares):.1f}%" in read_shares(page)
    assert count_colours(page, ".seen canvas") > 2  # what the network sees


def test_every_layer_shows_its_maps_and_branches_lie_side_by_side(page):
    draw_line(page)
    kinds = page.eval_on_selector_all(".layer b", "names => names.map(name => name.textContent)")
    assert kinds == [
        *("input", "conv", "max pool", "conv", "add"),
        *("conv", "avg pool", "concatenate", "flatten", "dense"),
    ]
    for number in range(len(kinds)):
        assert count_colours(page, f"[data-node='{number}'] canvas") > 1, kinds[number]
    boxes = [page.locator(f"[data-node='{number}'] canvas").bounding_box() for number in (5, 6)]
    assert abs(boxes[0]["x"] - boxes[1]["x"]) < boxes[0]["width"] + boxes[1]["width"]
    assert boxes[0]["y"] + boxes[0]["height"] < boxes[1]["y"]  # the second branch is below
    assert page.locator(".lines path").count() == 11  # one for each input of each layer


def test_undo_removes_a_stroke_and_clear_removes_all(page):
    draw_line(page)
    one = read_shares(page)
    draw_line(page, [(60, 140), (220, 140)])
    assert read_shares(page) != one
    page.get_by_role("button", name="Undo").click()
    wait_for_answer(page)
    assert read_shares(page) == one
    page.get_by_role("button", name="Clear").click()
    wait_for_answer(page)
    assert {text.split(": ")[1] for text in read_shares(page)} == {"0.0%"}


def test_the_keyboard_alone_draws(page):
    page.locator(".paper canvas").focus()
    for key in ["ArrowUp"] * 6 + [" "] + ["ArrowDown"] * 12 + [" "]:
        page.keyboard.press(key)
    wait_for_answer(page)
    assert page.inner_text(".answer-name b") in "0123456789"
    page.keyboard.press("Control+z")
    wait_for_answer(page)
    assert page.inner_text(".answer-name b") == "–"


def test_a_screen_reader_hears_the_answer_when_the_pen_rests(page):
    draw_line(page)
    best = page.inner_text(".answer-name b")
    expect(page.locator("p[role=status]")).to_contain_text(f"The network sees {best}, ")


def test_a_test_image_takes_the_place_of_the_drawing_and_shows_its_class(page):
    draw_line(page)
    page.locator(".thumbnails button").nth(3).click()
    wait_for_answer(page)
    name = page.locator(".thumbnails button").nth(3).get_attribute("aria-label")
    assert name.startswith("Test image ")
    assert page.inner_text(".answer-name").splitlines()[-1] == f"truth: {name.split(': ')[1]}"
    draw_line(page)  # a new stroke begins a new drawing
    assert "truth" not in page.inner_text(".answer-name")


def test_a_picture_file_is_read_in_the_browser(page, tmp_path):
    from PIL import Image, ImageDraw

    picture = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(picture).line([(140, 40), (150, 160)], fill=0, width=16)
    picture.save(tmp_path / "one.png")
    page.set_input_files("input[type=file]", tmp_path / "one.png")
    expect(page.locator(".answer-name b")).not_to_have_text("–")
    assert page.locator(".fault").count() == 0
    expect(page.locator(".notes li").last).to_contain_text("reads a picture as a drawing")
    notes, bars = (page.locator(one).bounding_box() for one in (".notes", ".bars"))
    assert notes["y"] < bars["y"]
    draw_line(page)  # `predict` prepares the pixels of a drawing in the same way
    assert "as a drawing" not in page.inner_text(".answer")


def test_the_notes_of_the_preparation_speak_the_language_of_the_page_and_move_nothing(page):
    before = page.locator(".bars").bounding_box()
    draw_line(page)
    assert page.locator(".bars").bounding_box() == before
    changed = "cnnlab turned the light background into a dark one."
    assert page.locator(".notes li").first.inner_text() == changed
    page.get_by_role("button", name="한국어").click()
    assert page.locator(".notes li").first.inner_text() == "밝은 배경을 어둡게 바꾸었습니다."


def test_the_page_has_a_sentence_for_each_note_of_the_preparation():
    def read(*names: str) -> str:
        return "".join((PACKAGE / name).read_text("utf-8") for name in names)

    files = ("data/ground_matching.py", "data/ink.py", "page/preparation/ground_matching.js")
    known = re.findall(r'^  "(.+)": "note_', read("page/views/preparation_notes.js"), re.MULTILINE)
    starts = "turned the |gave the |found no |cut the |removed the "
    written = set(re.findall(rf'"((?:{starts})[^"{{]+)"', read(*files)))
    assert len(written) == 5
    assert written - set(known) == set()


def test_the_untrained_network_gives_another_answer(page):
    draw_line(page)
    trained = read_shares(page)
    page.get_by_role("radio", name="untrained").click()
    first = page.locator(".bars button").first
    expect(first).not_to_have_attribute("aria-label", trained[0])
    page.keyboard.press("ArrowRight")
    expect(first).to_have_attribute("aria-label", trained[0])
    assert read_shares(page) == trained


def test_a_class_shows_where_the_network_looks_for_it(page):
    draw_line(page)
    before = count_colours(page, ".seen canvas")
    page.locator(".bars button").nth(7).click()
    wait_for_answer(page)
    assert page.inner_text(".seen figcaption") == "Where it looks: Grad-CAM"
    assert count_colours(page, ".seen canvas") > before
    assert page.locator(".bars button").nth(7).get_attribute("aria-pressed") == "true"


def test_a_touch_on_a_map_opens_the_touched_number_in_look(page):
    draw_line(page)
    box = page.locator("[data-node='1'] canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 8)
    page.wait_for_selector(".look")
    assert page.get_attribute("#tab-look", "aria-selected") == "true"
    assert page.inner_text(".look h3") == "conv: map 1 of 4"
    assert page.url.endswith("#look/branched-001")


def test_the_page_speaks_korean_and_remembers_it(page):
    page.get_by_role("button", name="한국어").click()
    assert page.inner_text("#tab-draw") == "그리기"
    assert page.get_attribute("html", "lang") == "ko"
    page.reload()
    page.wait_for_selector(".bars")
    assert page.inner_text("#tab-draw") == "그리기"


def test_large_type_makes_everything_larger(page):
    before = page.locator(".paper canvas").bounding_box()["width"]
    maps = page.locator("[data-node='1'] canvas").bounding_box()["width"]
    page.get_by_role("button", name="Large type").click()
    assert page.locator(".paper canvas").bounding_box()["width"] == 1.5 * before
    wait_for_answer(page)
    assert page.locator("[data-node='1'] canvas").bounding_box()["width"] >= maps
    assert find_side_scroll(page) == 0


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (380, "dark")])
def test_it_fits_each_screen_and_axe_finds_nothing(open_page, lesson, violations, width, scheme):
    page, _, said = open_page(lesson, width=width, scheme=scheme)
    page.wait_for_selector(".bars")
    draw_line(page)
    assert find_side_scroll(page) == 0
    assert violations(page) == {}
    assert said == []
