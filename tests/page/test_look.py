"""Look, in a real browser: the numbers of one step, moves through a map, kernels that are off."""

from __future__ import annotations

import re

import pytest
from lesson_pages import count_colours, draw_line, find_side_scroll, read_shares, wait_for_answer
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


@pytest.fixture
def look(page):
    """The page with a drawing, and the first convolution open in Look."""
    draw_line(page)
    page.get_by_role("button", name="Look into layer 1, conv, 28×28×4").click()
    page.wait_for_selector(".look")
    return page


def read_number(text: str) -> float:
    return float(text.replace("−", "-"))


def read_grids(page) -> list[list[float]]:
    grids = page.locator(".number-grid").all()
    return [[read_number(text) for text in grid.locator("td").all_inner_texts()] for grid in grids]


def read_sum(page) -> list[str]:
    return page.locator(".sum b").all_inner_texts()


def choose_layer(page, number: int) -> None:
    page.locator(".layers button").nth(number).click()
    wait_for_answer(page)


def test_the_window_times_the_kernel_gives_the_products_and_their_sum(look):
    window, kernel, products = read_grids(look)
    assert len(window) == len(kernel) == len(products) == 9
    for value, weight, product in zip(window, kernel, products, strict=True):
        assert product == pytest.approx(value * weight, abs=0.01)
    total, bias, before, activation, result = read_sum(look)
    assert read_number(total) == pytest.approx(sum(products), abs=0.02)
    assert read_number(before) == pytest.approx(read_number(total) + read_number(bias), abs=0.01)
    assert activation == "relu"
    assert read_number(result) == max(0, read_number(before))


def test_the_shape_of_a_layer_is_computed_with_its_own_numbers(look):
    assert look.locator(".formula p").all_inner_texts()[:2] == [
        "O = ⌊(N − F + 2P) / S⌋ + 1",
        "⌊(28 − 3 + 2·1) / 1⌋ + 1 = 28",
    ]
    choose_layer(look, 2)
    assert look.locator(".formula p").all_inner_texts()[1] == "⌊(28 − 2 + 2·0) / 2⌋ + 1 = 14"


def test_the_facts_of_a_layer_are_there(look):
    facts = look.inner_text(".facts").split("\n")
    assert facts[facts.index("Weights") + 1].startswith("40")  # 3 · 3 · 1 · 4 + 4
    assert "3 × 3 pixels of the image" in facts
    assert "line 7" in facts


def test_the_arrow_keys_move_through_the_map_and_the_padding_shows(look):
    after = look.locator(".big-map canvas").nth(1)
    after.focus()
    for _ in range(28):
        look.keyboard.press("ArrowUp")
        look.keyboard.press("ArrowLeft")
    assert ": row 1, column 1 is " in after.get_attribute("aria-label")
    assert look.locator(".number-grid").first.locator("td.padded").count() == 5
    look.keyboard.press("ArrowRight")
    assert look.locator(".number-grid").first.locator("td.padded").count() == 3


def test_a_touch_on_the_map_before_chooses_the_window_around_it(look):
    box = look.locator(".big-map canvas").first.bounding_box()
    look.mouse.click(box["x"] + box["width"] * 2.5 / 30, box["y"] + box["height"] * 4.5 / 30)
    label = look.locator(".big-map canvas").nth(1).get_attribute("aria-label")
    assert ": row 4, column 2 is " in label  # the padding is one pixel wide


def test_play_steps_through_the_map_pixel_by_pixel(look):
    after = look.locator(".big-map canvas").nth(1)
    look.get_by_role("button", name="Play").click()
    expect(after).to_have_attribute("aria-label", re.compile(r"row 1, column ([3-9]|\d\d) "))
    look.get_by_role("button", name="Pause").click()
    place = after.get_attribute("aria-label")
    look.get_by_role("button", name="Next pixel").click()
    assert after.get_attribute("aria-label") != place


def test_a_max_pool_marks_the_largest_number_of_its_window(look):
    choose_layer(look, 2)
    (window,) = read_grids(look)
    assert read_number(look.inner_text(".number-grid td.strong")) == max(window)
    assert read_number(read_sum(look)[-1]) == max(window)


def test_a_map_that_is_switched_off_changes_the_answer_until_it_is_on_again(look):
    before = read_shares(look)
    look.get_by_role("button", name=re.compile(r"Switch map \d off")).click()
    wait_for_answer(look)
    assert read_shares(look) != before
    assert look.locator(".bar-before").count() == 10  # where the bars were
    assert read_sum(look)[-1] == "0"
    look.get_by_role("button", name="Switch all on").click()
    wait_for_answer(look)
    assert read_shares(look) == before
    assert look.locator(".bar-before").count() == 0


def test_each_slice_of_a_kernel_adds_a_part_of_the_sum(look):
    choose_layer(look, 3)
    slices = look.locator(".slices button")
    assert slices.count() == 4
    parts = [read_number(text) for text in slices.all_inner_texts()]
    mine, others = (read_number(text) for text in read_sum(look)[:2])
    assert mine in parts
    assert mine + others == pytest.approx(sum(parts), abs=0.02)
    slices.nth(0).click()
    assert slices.nth(0).get_attribute("aria-checked") == "true"
    look.keyboard.press("ArrowRight")
    assert slices.nth(1).get_attribute("aria-checked") == "true"


def test_a_dense_layer_lists_its_strongest_terms(look):
    choose_layer(look, 9)
    rows = look.locator(".term-list tbody tr")
    assert look.inner_text(".term-list caption") == "The strongest terms of the sum"
    assert rows.count() == 13
    assert rows.last.inner_text().startswith("1,360 more")  # 14 · 14 · 7 − 12
    assert re.match(r"concatenate, map \d+, row \d+, column \d+", rows.first.inner_text())
    assert look.locator(".big-map").count() == 1  # the map before, but a row of numbers is no map


def test_a_sum_of_branches_lists_all_its_terms_by_the_names_of_the_picture(look):
    choose_layer(look, 4)
    assert look.inner_text(".term-list caption") == "What the number is computed from"
    names = look.locator(".term-list tbody th").all_inner_texts()
    assert [name.split(",")[0] for name in names] == ["conv", "max pool"]
    assert look.locator(".sum small").first.inner_text() == "sum of the products"
    choose_layer(look, 8)  # flatten: a number stays as it is
    assert look.locator(".sum small").first.inner_text() == "product"


def test_every_layer_can_be_opened(look):
    for number in range(look.locator(".layers button").count()):
        choose_layer(look, number)
        assert look.locator(".sum .result b").inner_text() != ""
        assert count_colours(look, ".tiles") > 1


def test_the_tiles_choose_a_map_by_touch_and_by_arrow_keys(look):
    tiles = look.locator(".tiles")
    tiles.focus()
    look.keyboard.press("Home")
    look.keyboard.press("ArrowRight")
    assert look.inner_text(".look h3") == "conv: map 2 of 4"
    assert tiles.get_attribute("aria-valuetext") == "2 of 4"
    look.keyboard.press("End")
    assert look.inner_text(".look h3") == "conv: map 4 of 4"


def test_the_keyboard_alone_reaches_a_layer_and_moves_through_the_layers(page):
    page.locator("#tab-draw").focus()
    for _ in range(40):  # canvas, buttons, classes, checkpoints, picture, layers
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "layer-name":
            break
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".look h3")).to_contain_text("conv: map ")
    page.locator("#tab-look").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.layers') !== null"):
            break
    page.keyboard.press("ArrowRight")
    expect(page.locator(".look h3")).to_contain_text("max pool: map ")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"  # one sees where the focus is


@pytest.mark.parametrize("layer", [1, 9], ids=["conv", "dense"])
@pytest.mark.parametrize(("width", "scheme"), [(380, "dark"), (1280, "light")])
def test_it_fits_each_screen_and_axe_finds_nothing(
    open_page, lesson, violations, width, scheme, layer
):
    page, _, said = open_page(lesson, width=width, scheme=scheme)
    page.wait_for_selector(".bars")
    draw_line(page)
    page.locator("#tab-look").click()
    choose_layer(page, layer)
    assert find_side_scroll(page) == 0
    assert violations(page) == {}
    assert said == []
