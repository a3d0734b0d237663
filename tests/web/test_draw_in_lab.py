"""Draw on the runs of a real server: test images, picture files, and networks that are slow."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from lab_pages import open_lab_page
from lab_server import open_lab
from lesson_pages import draw_line, read_shares
from PIL import Image, ImageDraw
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

# 128 · 28 · 28 · 9 · 128 = 116 million multiply-adds: more than a frame's time in a browser.
SLOW = """\
name: slow
seed: 1
data: {dataset: few.npz, validation: 0.1, batch_size: 64}
model:
  - conv: {filters: 128, kernel_size: 3, padding: same, activation: relu}
  - conv: {filters: 128, kernel_size: 3, padding: same, activation: relu}
  - global_avg_pool
  - dense: {units: 10, activation: softmax}
training: {epochs: 1}
"""


@pytest.fixture(scope="module")
def lab(small_data, trained_run, cnnlab, build_once):
    """A server on the run small-001, and on a network that takes long."""

    def build(folder):
        shutil.copytree(trained_run.path, folder / "runs/small-001")
        with np.load(small_data / "small.npz") as small:
            np.savez(folder / "few.npz", **{name: array[:128] for name, array in small.items()})
        (folder / "slow.yaml").write_text(SLOW, encoding="utf-8")
        done = cnnlab("train", "slow.yaml", "--quiet", cwd=folder)
        assert done.returncode == 0, done.stderr
        return folder

    with open_lab(build_once("lab_with_slow_run", build)) as process:
        yield process


@pytest.fixture
def open_run(tabs, lab):
    """Open a run in Draw; the test fails if the browser reports an error or a request elsewhere."""
    said, asked = [], []
    listeners = {
        "console": lambda message: said.append(message.text),
        "pageerror": lambda error: said.append(str(error)),
        "request": lambda request: asked.append(request.url),
    }
    with tabs.open_tab(1280, 800, listeners=listeners) as page:

        def open_page(run, prepare=lambda page: None):
            prepare(page)
            page.goto(f"{lab.address}#draw/{run}")
            page.wait_for_selector(".bars")
            return page

        yield open_page
    refused = "422 (Unprocessable Entity)"  # the browser reports the answer to a broken picture
    assert [text for text in said if refused not in text] == []
    assert {url for url in asked if lab.host not in url and not url.startswith("data:")} == set()


def test_a_test_image_of_the_server_takes_the_place_of_a_drawing(open_run):
    page = open_run("small-001")
    page.get_by_role("button", name="Show test images").click()
    page.wait_for_selector(".thumbnails button")  # the server loads TensorFlow
    page.locator(".thumbnails button").first.click()
    truth = page.locator(".thumbnails button").first.get_attribute("aria-label").split(": ")[1]
    expect(page.locator(".answer-name")).to_contain_text(f"truth: {truth}")


def test_a_picture_file_is_prepared_by_the_server(open_run, tmp_path):
    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).line([(100, 40), (100, 160)], fill=0, width=16)
    picture.save(tmp_path / "one.png")
    page = open_run("small-001")
    page.set_input_files("input[type=file]", tmp_path / "one.png")
    expect(page.locator(".answer-name b")).not_to_have_text("–")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    page.set_input_files("input[type=file]", tmp_path / "broken.png")
    expect(page.locator(".picker .fault")).to_be_visible()


def test_a_stroke_shows_at_once_while_the_weights_are_on_their_way(open_run):
    waiting = []

    def hold_weights(page):
        page.route("**/weights/**", lambda request: waiting.append(request))

    page = open_run("small-001", hold_weights)
    assert page.inner_text(".answer-name").splitlines() == ["–", "Loading …"]
    draw_line(page)
    assert page.locator(".hint").count() == 0
    assert page.get_by_role("button", name="Undo").is_enabled()
    for request in waiting:
        request.continue_()
    expect(page.locator(".answer-name b")).not_to_have_text("–")


def test_a_slow_network_runs_in_a_worker_and_drawing_goes_on(open_run):
    page = open_run("slow-001")
    draw_line(page)
    draw_line(page, [(60, 140), (220, 140)])
    expect(page.locator(".answer-name b")).not_to_have_text("–")
    assert len(page.workers) == 1
    before = read_shares(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".bars button").first).not_to_have_attribute("aria-label", before[0])


def test_an_ensemble_says_whose_maps_it_shows(tabs, lesson_lab):
    with open_lab_page(tabs, lesson_lab, "draw/team-001") as page:
        sentence = page.get_by_text("The maps, the numbers and the heat map are those of member 1.")
        sentence.wait_for()
        page.get_by_role("tab", name="Look").click()
        sentence.wait_for()
        page.locator("[role=radio][aria-label$='2']").click()
        sentence.wait_for(state="detached")
