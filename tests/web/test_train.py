"""Train: live curves, stop and resume, and the result of a run, in a real browser on a real lab."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from lab_pages import SCREENS, find_ugly_parts, open_lab_page
from lesson_runs import LESSON

pytestmark = pytest.mark.slow


@pytest.fixture
def page(tabs, lesson_lab):
    """The view with the curves and the confusion matrix of few-001."""
    with open_lab_page(tabs, lesson_lab, "train/few-001") as page:
        page.locator(".matrix").wait_for()
        yield page


def choose_mistake(page, lab):
    """Touch the count of the most frequent mistake: (truth, prediction, count)."""
    counts = lab.get("/api/runs/few-001/matrix")["counts"]
    mistakes = [
        (count, truth, prediction)
        for truth, row in enumerate(counts)
        for prediction, count in enumerate(row)
        if truth != prediction
    ]
    count, truth, prediction = max(mistakes)
    label = f"{count}: {truth}, answered {prediction}"
    page.locator(f".matrix button[aria-label='{label}']").click()
    return truth, prediction, count


def test_a_cell_of_the_matrix_leads_to_its_images_and_an_image_to_the_canvas(page, lesson_lab):
    truth, prediction, count = choose_mistake(page, lesson_lab)
    images = page.locator(".cell-images .thumbnails button")
    images.first.wait_for()
    assert images.count() == count
    heading = page.locator(".cell-images h4").inner_text()
    assert heading == f"True class {truth}, answered {prediction}"
    images.first.click()
    page.locator(".answer-name", has_text=f"truth: {truth}").wait_for()
    page.locator(".answer-name b", has_text=str(prediction)).wait_for()


def test_the_arrow_keys_move_in_the_matrix_and_one_tab_leads_into_it(page):
    assert page.locator(".matrix button[tabindex='0']").count() == 1
    page.locator(".matrix button[tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    label = page.evaluate("document.activeElement.ariaLabel")
    assert label.endswith(": 0, answered 1")


def test_the_result_is_told_in_words_and_the_curves_also_stand_in_a_table(page, lesson_lab):
    details = lesson_lab.get("/api/runs/few-001")
    titles = page.locator(".finding h4").all_inner_texts()
    assert titles == [finding["title"] for finding in details["findings"]]
    accuracy = lesson_lab.get("/api/runs/few-001/matrix")["accuracy"]
    assert f"{accuracy:.2%} of 500 test images are right" in page.locator(".accuracy").inner_text()
    label = page.locator(".chart-place").first.get_attribute("aria-label")
    assert label.startswith("loss over the epochs. few-001, training: ")
    page.get_by_text("These figures as a table").click()
    rows = page.locator("details tbody tr")
    assert rows.count() == 3
    assert rows.first.inner_text().split()[:2] == ["few-001", "1"]


def test_several_runs_share_the_axes_and_a_box_takes_a_run_out(page):
    loss = page.locator(".chart-place").first
    page.get_by_label("Show many-001 in the charts").check()
    page.get_by_label("Show team-001 in the charts").check()
    page.locator(".chart-place[aria-label*='team-001/members/2, validation']").first.wait_for()
    page.locator(".chart-place[aria-label*='many-001, validation']").first.wait_for()
    page.get_by_label("Show many-001 in the charts").uncheck()
    page.locator(".chart-place:not([aria-label*='many-001'])").first.wait_for()
    box = loss.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60)
    tip = page.locator(".chart-tip:visible").inner_text().splitlines()
    assert tip[0] == "epoch 2"
    assert any(line.startswith("few-001, validation: ") for line in tip)


def test_a_training_is_started_watched_stopped_and_resumed(tabs, lesson_lab):
    config = LESSON.replace("name: few", "name: long").replace("epochs: 3", "epochs: 400")
    (lesson_lab.folder / "long.yaml").write_text(config, encoding="utf-8")
    with open_lab_page(tabs, lesson_lab, "change/few-001") as page:
        page.get_by_text("No faults").wait_for()
        page.get_by_label("Open …").select_option("long.yaml")
        page.locator(".config-name", has_text="long.yaml").wait_for()
        page.get_by_text("No faults").wait_for()
        page.get_by_role("button", name="Train", exact=True).click()
        page.set_default_timeout(60_000)  # the process loads TensorFlow first
        page.locator(".run-progress span", has_text="images/s").wait_for()
        assert page.locator(".run-title[aria-current]").inner_text() == "long-001"
        assert "of 400" in page.locator(".run-progress span").inner_text()
        page.locator(".chart-place[aria-label*='long-001, batches']").first.wait_for()
        page.get_by_label("Stop long-001").click()
        page.locator(".run-list :is(.fault, [aria-label='Resume long-001'])").wait_for()
        assert page.locator(".fault").all_inner_texts() == []
        assert page.locator(".run-list .chosen .run-state").inner_text() == "stopped"
        page.locator(".run-result", has_text="stopped").wait_for()
        epochs = lesson_lab.get("/api/runs/long-001")["epochs"]
        page.get_by_label("Resume long-001").click()
        page.get_by_label("Stop long-001").wait_for()
        page.locator(".run-progress span", has_text="images/s").wait_for()
        record = lesson_lab.get("/api/runs/long-001")
        assert record["epochs"] >= epochs
        os.kill(record["pid"], signal.SIGINT)  # Ctrl-C in a terminal: the page sees it
        page.get_by_label("Resume long-001").wait_for()


def test_a_damaged_run_says_what_is_wrong_and_promises_no_curves(tabs, lesson_lab):
    runs = lesson_lab.folder / "runs"
    shutil.copytree(runs / "few-001", runs / "broken-001")
    (runs / "broken-001/run.json").write_text("{ broken", encoding="utf-8")
    with open_lab_page(tabs, lesson_lab, "train/broken-001", refused=404) as page:
        fault = page.locator(".curves .fault").inner_text()
        assert fault == "runs/broken-001/run.json: damaged: not JSON at line 1 column 3"
        assert page.locator(".curves .faint").count() == 0
        page.get_by_label("Show few-001 in the charts").check()
        page.locator(".chart-place").first.wait_for()
    shutil.rmtree(runs / "broken-001")


def test_without_a_chosen_run_the_page_asks_for_one(page):
    page.get_by_label("Show few-001 in the charts").uncheck()
    page.get_by_text("Choose runs in the list to see their curves.").wait_for()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_it_is_legible_on_every_screen(tabs, lesson_lab, violations, width, scheme):
    with open_lab_page(tabs, lesson_lab, "train/few-001", width, scheme) as page:
        page.locator(".matrix").wait_for()
        choose_mistake(page, lesson_lab)
        page.locator(".cell-images .thumbnails button").first.wait_for()
        assert find_ugly_parts(page, violations) == []
