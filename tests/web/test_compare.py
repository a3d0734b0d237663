"""Compare: runs, two networks on one drawing, and sweeps, in a real browser on a real lab."""

from __future__ import annotations

import shutil

import pytest
from lab_pages import SCREENS, find_ugly_parts, open_lab_page
from lesson_pages import draw_line, wait_for_answer
from sweep_folder_builders import make_sweep

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab(lesson_lab):
    """The lab of the lesson, with a sweep of six trials."""
    make_sweep(lesson_lab.folder / "runs", "kernels", count=6, statuses={3: "pruned", 4: "failed"})
    return lesson_lab


@pytest.fixture
def page(tabs, lab):
    """The view with the comparison of few-001 and many-001."""
    with open_lab_page(tabs, lab, "compare/few-001") as page:
        page.locator(".sentence").wait_for()
        yield page


def test_the_sentence_the_settings_and_the_results_are_those_of_compare(page, lab):
    answer = lab.get("/api/compare?runs=few-001,many-001")
    assert page.locator(".sentence").inner_text() == answer["sentence"] + "."
    rows = page.locator(".settings tbody tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        [one["path"], *one["values"].values()] for one in answer["settings"]
    ]
    names = page.get_by_role("region", name="Results").locator("tbody th").all_inner_texts()
    assert names == ["few-001", "many-001"]
    page.locator(".chart-place[aria-label*='many-001, validation']").first.wait_for()


def test_both_networks_answer_the_same_drawing_which_draw_shows_too(page):
    page.locator(".pair-side .bars").nth(1).wait_for()
    assert page.locator(".faint[role=status]").inner_text().startswith("Draw something")
    draw_line(page)
    page.locator(".agreement").wait_for()
    answers = page.locator(".pair-side .answer-name b").all_inner_texts()
    first, second = answers
    told = page.locator(".agreement").inner_text()
    assert told == (
        f"Both networks see {first}."
        if first == second
        else f"They disagree: {first} and {second}."
    )
    page.get_by_role("tab", name="Draw").click()
    wait_for_answer(page)
    assert page.locator(".answer-name b").inner_text() == first
    page.get_by_role("tab", name="Compare").click()
    page.locator(".agreement").wait_for()  # the drawing is still there
    page.get_by_role("button", name="Look into many-001").click()
    page.wait_for_url("**#look/many-001")


def test_runs_are_chosen_by_boxes_and_an_open_evaluation_is_asked_for(page):
    page.get_by_label("many-001", exact=True).uncheck()
    page.get_by_text("Choose two runs or more.").wait_for()
    page.get_by_label("team-001", exact=True).check()
    page.get_by_text("This evaluates team-001 on the test images first.").wait_for()
    assert page.locator(".sentence").count() == 0
    page.get_by_label("team-001", exact=True).uncheck()
    page.get_by_label("many-001", exact=True).check()
    page.locator(".sentence").wait_for()


def test_each_point_of_a_sweep_is_a_trial_and_leads_to_its_run(page, lab):
    page.get_by_role("button", name="kernels-001").click()
    page.locator(".trials-picture").first.wait_for()
    assert page.locator(".chooser input:checked").count() == 0  # the sweep is open in their place
    sweep = lab.get("/api/sweeps/kernels-001")
    sentence = sweep["sentence"]
    assert page.locator(".sentence").inner_text() == f"{sentence[0].upper()}{sentence[1:]}."
    assert page.locator("svg.parallel a.trial").count() == 6
    assert page.locator(".scatters svg").count() == len(sweep["parameters"])
    rows = page.get_by_role("region", name="Trials, the best first").locator("tbody th")
    assert [int(text) for text in rows.all_inner_texts()][:4] == sweep["ranking"]
    best, name = sweep["best"], f"kernels-001/trials/{sweep['best']:03}"
    trial = lab.folder / "runs" / name
    shutil.rmtree(trial)
    shutil.copytree(lab.folder / "runs/few-001", trial)  # a run that has a network
    point = page.locator(f".scatters svg a[aria-label='Trial {best}']").first
    point.hover()
    assert page.locator("tr.marked th").inner_text() == str(best)
    assert page.locator("a.trial.marked").count() == 1 + len(sweep["parameters"])
    page.get_by_text("Which settings matter", exact=True).wait_for()
    point.click()
    page.wait_for_url(f"**#train/{name}")
    page.locator(".run-result h3", has_text=name).wait_for()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_it_is_legible_on_every_screen(tabs, lab, violations, width, scheme):
    with open_lab_page(tabs, lab, "compare/few-001", width, scheme) as page:
        page.locator(".sentence").wait_for()
        page.locator(".pair-side .bars").nth(1).wait_for()
        assert find_ugly_parts(page, violations) == []
        page.get_by_role("button", name="kernels-001").click()
        page.locator(".trials-picture").first.wait_for()
        assert find_ugly_parts(page, violations) == []
