"""Change: the editor of configs in a real browser, on a real lab."""

from __future__ import annotations

import pytest
from lab_pages import SCREENS, find_ugly_parts, open_lab_page
from lab_server import open_lab

pytestmark = pytest.mark.slow


@pytest.fixture
def page(tabs, lesson_lab):
    """The view with the config of few-001, as soon as it is checked."""
    with open_lab_page(tabs, lesson_lab, "change/few-001") as page:
        page.get_by_text("No faults").wait_for()
        yield page


FIND = """(editor, words) => {
    const walker = document.createTreeWalker(editor, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    const node = nodes.find(one => one.data.includes(words));
    node.parentElement.scrollIntoView({ block: "center" });
    const range = document.createRange();
    range.setStart(node, node.data.indexOf(words));
    range.setEnd(node, node.data.indexOf(words) + 1);
    const { left, top, height } = range.getBoundingClientRect();
    return [left, top + height / 2];
}"""


def put_cursor(page, words):
    """Put the cursor before the first place with these words in the editor, by a click."""
    x, y = page.locator(".cm-content").evaluate(FIND, words)
    page.mouse.click(x, y)
    page.mouse.move(5, 5)  # nothing is explained below the pointer


def read_text(page):
    lines = page.locator(".cm-line").all_inner_texts()
    return "\n".join(line.removesuffix("\n") for line in lines)  # an empty line holds one


def read_shapes(page):
    cells = ".layer-table tbody tr:not(.details) td:nth-child(3)"
    return page.locator(cells).all_inner_texts()


def test_the_table_and_the_drawing_change_with_each_key(page):
    assert read_shapes(page)[0] == "28 × 28 × 6"
    assert page.locator(".architecture .name").first.inner_html() == "1  conv"
    put_cursor(page, "6")
    page.keyboard.type("1")  # 6 becomes 16
    page.get_by_text("28 × 28 × 16").first.wait_for()
    assert "3·3·1·16 + 16" in page.locator(".layer-table").inner_html()
    assert page.locator(".config-name").inner_text() == "few-001 changed"


def test_every_fault_is_at_its_place_with_the_text_of_check(page, lesson_lab, cnnlab, tmp_path):
    put_cursor(page, "6")
    page.keyboard.type("x")
    page.get_by_text("One fault").wait_for()
    fault = page.locator(".faults li")
    (lesson_lab.folder / "faulty.yaml").write_text(read_text(page), encoding="utf-8")
    check = cnnlab("check", "faulty.yaml", cwd=lesson_lab.folder).stderr
    path, message = "model[0].conv.filters", "the text `x6` does not fit"
    assert f"faulty.yaml:7:21: {path}: {message}" in check
    line, button = fault.locator("button span").all_inner_texts()
    assert (line, button) == ("line 7", f"{path} {message.replace('`', '')}")
    assert fault.locator("button code").all_inner_texts() == [path, "x6"]  # shown as code
    assert fault.locator("p").first.inner_text() in check
    assert page.locator(".cm-lintRange-error").inner_text() == "x6"
    assert page.locator(".cm-lint-marker-error").count() == 1
    assert page.get_by_role("button", name="Train", exact=True).is_disabled()
    assert page.get_by_text("From the last text without faults").is_visible()
    page.keyboard.press("Control+Home")
    fault.get_by_role("button").click()  # leads back to the place
    page.keyboard.press("Delete")
    page.get_by_text("No faults").wait_for()
    (lesson_lab.folder / "faulty.yaml").unlink()


def test_words_are_completed_and_explained_from_the_schema(page):
    put_cursor(page, "max_pool")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("- max")
    page.locator(".cm-completionInfo").wait_for()
    assert page.locator(".cm-tooltip-autocomplete [aria-selected]").inner_text() == "max_pool"
    assert "largest number" in page.locator(".cm-completionInfo").inner_text()
    page.wait_for_timeout(100)  # CodeMirror ignores Enter for 75 ms after a list opens
    page.keyboard.press("Enter")
    page.get_by_text("7 × 7 × 6", exact=True).first.wait_for()
    assert read_shapes(page)[:3] == ["28 × 28 × 6", "14 × 14 × 6", "7 × 7 × 6"]
    page.get_by_text("strides", exact=True).first.hover()
    page.locator(".explanation").wait_for()
    assert page.locator(".explanation").inner_text().splitlines() == [
        *("strides", "step of the kernel: one number, or [height, width]"),
        "1 … 1,024 | [height, width] · default: [1, 1]",
    ]


def test_escape_and_tab_leave_the_editor_and_tab_alone_indents(page):
    put_cursor(page, "6")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "editor"
    assert page.locator(".cm-line").nth(6).inner_text().startswith("    - conv")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") != "editor"
    assert "Escape, then Tab" in page.locator(".change-text").inner_text()
    label = page.locator(".cm-content").get_attribute("aria-description")
    assert label == "Press Escape, then Tab, to leave the editor."


def test_a_config_is_saved_by_name_and_opened_again_by_the_keyboard_alone(page, lesson_lab):
    put_cursor(page, "6")
    page.keyboard.type("1")
    page.get_by_text("28 × 28 × 16").first.wait_for()
    page.keyboard.press("Escape")  # closes what a completion may offer
    page.keyboard.press("Escape")
    for _ in range(3):  # over Train and Save
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.value") == "few-changed.yaml"
    page.keyboard.press("Control+a")
    page.keyboard.type("sixteen.yaml")
    page.keyboard.press("Enter")
    page.locator(".config-name", has_text="sixteen.yaml").wait_for()
    saved = (lesson_lab.folder / "sixteen.yaml").read_text("utf-8")
    assert "filters: 16" in saved
    page.get_by_label("Open …").select_option("few.yaml")
    page.get_by_text("28 × 28 × 6").first.wait_for()
    assert page.locator(".config-name").inner_text() == "few.yaml"
    page.get_by_label("Open …").select_option("sixteen.yaml")
    page.get_by_text("28 × 28 × 16").first.wait_for()


def test_the_draft_survives_another_view(page):
    put_cursor(page, "6")
    page.keyboard.type("3")
    page.get_by_text("28 × 28 × 36").first.wait_for()
    page.get_by_role("tab", name="Train").click()
    page.locator(".run-list").wait_for()
    page.get_by_role("tab", name="Change").click()
    page.get_by_text("28 × 28 × 36").first.wait_for()
    assert "filters: 36" in read_text(page)


def test_typing_replaces_selected_lines_without_a_word_in_the_console(page):
    put_cursor(page, "6")
    page.keyboard.press("Control+a")
    page.keyboard.type("name: new")
    page.get_by_text("fault").first.wait_for()
    assert read_text(page) == "name: new"
    page.keyboard.press("Control+z")
    page.get_by_text("No faults").wait_for()


@pytest.mark.parametrize(
    ("typed", "replaced"),
    [("(", "({lines})"), ('"', '"{lines}"'), ("]", "]"), ("a: [1]", "a: [1]")],
)
def test_a_bracket_or_a_quote_goes_around_selected_lines(page, typed, replaced):
    lines = read_text(page)
    put_cursor(page, "6")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(typed)
    page.get_by_text("fault").first.wait_for()
    assert read_text(page) == replaced.format(lines=lines)


def test_without_a_text_the_page_says_how_to_begin(tabs, tmp_path):
    with open_lab(tmp_path) as lab, open_lab_page(tabs, lab, "change") as page:
        page.get_by_text("Open a config above, or write one here.").wait_for()
        page.get_by_text("Checking …").wait_for(state="detached")
        assert page.get_by_label("Save as").input_value() == "experiment.yaml"


def test_a_view_says_in_the_language_of_the_page_that_the_server_is_gone(tabs, tmp_path):
    with open_lab(tmp_path) as lab, open_lab_page(tabs, lab, "draw", is_gone=True) as page:
        page.get_by_text("This folder has no run yet.").wait_for()
        lab.process.terminate()
        lab.process.wait()
        page.get_by_role("tab", name="Train").click()
        page.get_by_text("The server does not answer.").first.wait_for()
        page.get_by_role("button", name="한국어").click()
        page.get_by_role("tab", name="비교").click()
        page.get_by_text("서버가 응답하지 않습니다.").first.wait_for()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_it_is_legible_on_every_screen(tabs, lesson_lab, violations, width, scheme):
    with open_lab_page(tabs, lesson_lab, "change/few-001", width, scheme) as page:
        page.get_by_text("No faults").wait_for()
        put_cursor(page, "6")
        page.keyboard.type("x")
        page.get_by_text("One fault").wait_for()
        assert find_ugly_parts(page, violations) == []
        editor, table = (page.locator(one).bounding_box() for one in (".editor", ".layer-table"))
        assert (table["y"] > editor["y"] + editor["height"]) == (width == 380)
        names = page.locator(".layer-table tbody th")
        heights = [name.bounding_box()["height"] for name in names.all()]
        assert max(heights) < 1.5 * min(heights)  # the name of a layer is never broken


def test_the_drawing_of_the_network_grows_with_large_type(page):
    drawing = page.locator(".network-drawing .name").first
    before = drawing.bounding_box()["height"]
    page.get_by_role("button", name="Large type").click()
    assert drawing.bounding_box()["height"] == pytest.approx(1.5 * before, rel=0.1)
