"""Twelve questions of a learner, each answered in the page within three touches.

A touch is a click, a choice, or a stroke on the canvas. Each question starts at the canvas of Draw.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lab_pages import open_lab_page
from lesson_pages import read_shares, wait_for_answer

pytestmark = pytest.mark.slow

MOST_TOUCHES = 3
SEVEN = [(80, 70), (200, 70), (120, 225)]  # a digit as points of the canvas, which has 280 pixels
# A run that learns 200 images by heart.
GREEDY = {
    "name": "greedy",
    "data.validation": 0.9,
    "model[2].conv.filters": 32,
    "training.epochs": 15,
    "training.optimizer.adam.learning_rate": 0.02,
}


class Learner:
    """Somebody before the page, who may touch it three times."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.touches = 0

    def _count_touch(self) -> None:
        self.touches += 1
        assert self.touches <= MOST_TOUCHES

    def touch(self, selector: str, place: tuple[float, float] | None = None) -> None:
        """Touch an element in its middle, or at a place given as shares of its width and height."""
        self._count_touch()
        element = self.page.locator(selector)
        if place is None:
            element.click()
        else:
            box = element.bounding_box()
            where = {"x": place[0] * box["width"], "y": place[1] * box["height"]}
            element.click(position=where)
        wait_for_answer(self.page)

    def touch_layer(self, number: int) -> None:
        """Touch the name of a layer in the picture of the network, which opens Look."""
        self.touch(f"[data-node='{number}'] .layer-name")
        self.page.wait_for_selector(".look")

    def open_tab(self, name: str) -> None:
        self.touch(f"#tab-{name}")

    def draw(self) -> None:
        """Draw a seven with one stroke."""
        self._count_touch()
        box = self.page.locator(".paper canvas").bounding_box()
        scale = box["width"] / 280
        places = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in SEVEN]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=5)
        self.page.mouse.up()
        wait_for_answer(self.page)

    def choose_run(self, name: str) -> None:
        """Open the list of runs and choose one, which are two touches."""
        self._count_touch()
        self._count_touch()
        self.page.locator(".run-chooser select").select_option(name)
        self.page.wait_for_selector(".bars, .run-result")
        wait_for_answer(self.page)

    def read(self, selector: str) -> list[str]:
        """Read the texts of all elements, of which the first may still be on its way."""
        self.page.wait_for_selector(selector)
        return self.page.locator(selector).all_inner_texts()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the page shows something else, for some thousand frames at most."""
        for _ in range(1000):
            if condition():
                return
            wait_for_answer(self.page)
        raise AssertionError("the page does not change")

    def read_numbers(self, selector: str) -> list[float]:
        return [float(text.replace("−", "-")) for text in self.read(selector)]

    def read_fact(self, name: str) -> str:
        """Read a fact about the layer that Look shows."""
        facts = dict(zip(self.read(".facts dt"), self.read(".facts dd"), strict=True))
        return facts[name]


@pytest.fixture(scope="module")
def lab(lesson_lab: Any) -> Any:
    """The lab of the lesson, with a run that overfits."""
    import cnnlab

    folder = lesson_lab.folder
    cnnlab.train(folder / "few.yaml", GREEDY, runs=folder / "runs", quiet=True)
    return lesson_lab


@pytest.fixture
def learner(tabs: Any, lab: Any) -> Iterator[Learner]:
    with open_lab_page(tabs, lab, "draw/few-001") as page:
        page.wait_for_selector(".bars")
        yield Learner(page)


def test_why_do_the_maps_have_this_shape(learner):
    learner.touch_layer(3)  # a convolution with strides of 2
    assert learner.read(".formula p")[:2] == [
        "O = ⌊(N − F + 2P) / S⌋ + 1",
        "⌊(14 − 3 + 2·0) / 2⌋ + 1 = 6",
    ]
    assert learner.read_fact("Output") == "6×6×8"


def test_what_does_padding_do(learner):
    learner.touch("[data-node='1'] canvas", (0.001, 0.001))  # the first corner of the first map
    learner.page.wait_for_selector(".look")
    assert learner.read(".formula p")[1] == "⌊(28 − 3 + 2·1) / 1⌋ + 1 = 28"  # as large as before
    window = learner.page.locator(".number-grid").first
    assert window.locator("td.padded").count() == 5  # of 3 × 3, the first row and the first column


def test_what_does_a_stride_do(learner):
    learner.touch_layer(3)
    learner.touch("button[aria-label='Pixel before']")
    before = learner.read_numbers(".number-grid:first-child >> nth=0 >> td")
    learner.touch("button[aria-label='Next pixel']")
    after = learner.read_numbers(".number-grid:first-child >> nth=0 >> td")
    # The window of 3 × 3 moves by two columns: its last column becomes its first one.
    assert [after[place] for place in (0, 3, 6)] == [before[place] for place in (2, 5, 8)]


def test_what_is_the_difference_between_max_and_average(learner):
    learner.draw()
    learner.touch_layer(2)
    window = learner.read_numbers(".number-grid td")
    assert learner.read_numbers(".sum .result b") == [max(window)]
    assert "keeps the largest number" in learner.page.inner_text(".kind")
    learner.touch(".layers button:nth-child(5)")
    window = learner.read_numbers(".number-grid >> nth=0 >> td")
    assert learner.read_numbers(".sum .result b") == pytest.approx([sum(window) / 4], abs=0.02)
    assert "keeps the mean" in learner.page.inner_text(".kind")


def test_what_are_the_weights_and_how_many_are_there(learner):
    learner.touch_layer(1)
    assert learner.read_fact("Weights") == "60 = 3·3·1·6 + 6"
    kernel = learner.read(".number-grid >> nth=1 >> td")
    assert len(set(kernel)) > 1
    learner.touch("text=untrained")
    learner.wait_until(lambda: learner.read(".number-grid >> nth=1 >> td") != kernel)


def test_what_does_a_kernel_do(learner):
    learner.draw()
    answer = read_shares(learner.page)
    learner.touch_layer(1)
    assert len(learner.read(".number-grid >> nth=1 >> td")) == 9  # its values, and its map beside
    assert learner.page.locator(".big-map").count() == 2
    learner.touch("button:text-matches('Switch map \\\\d off')")
    assert learner.page.locator("button:text-matches('Switch map \\\\d on')").is_visible()
    learner.wait_until(lambda: read_shares(learner.page) != answer)


def test_how_much_of_the_image_does_one_number_see(learner):
    learner.touch_layer(3)
    # 3 of the first kernel, 1 more of the pool, and 2 steps of the second kernel by 2 pixels
    assert learner.read_fact("One number sees") == "8 × 8 pixels of the image"


def test_does_it_learn_or_learn_by_heart(learner):
    learner.choose_run("greedy-001")
    learner.open_tab("train")
    learner.page.wait_for_selector(".finding")
    assert any(title.startswith("Overfitting since") for title in learner.read(".finding h4"))
    assert learner.read(".line-key li")[:2] == ["validation", "training"]
    assert learner.page.locator(".charts canvas").count() >= 2


def test_which_digits_fail(learner):
    learner.open_tab("train")
    learner.page.wait_for_selector(".matrix")
    cells = learner.page.locator(".matrix .wrong-cell:not([aria-disabled='true'])")
    label = max(cells.evaluate_all("all => all.map(one => one.ariaLabel)"), key=count_images)
    count, truth, answer = re.match(r"(\d+): (.+), answered (.+)", label).groups()
    learner.touch(f".matrix [aria-label='{label}']")
    learner.page.wait_for_selector(".cell-images .thumbnails button")
    assert learner.page.locator(".cell-images .thumbnails button").count() == int(count)
    learner.touch(".cell-images .thumbnails li:first-child button")  # to the canvas
    learner.page.wait_for_selector(".answer-name .wrong")
    assert learner.read(".answer-name b") == [answer]
    assert learner.read(".answer-name .wrong") == [f"truth: {truth}"]


def count_images(label: str) -> int:
    return int(label.partition(":")[0])


def test_are_more_kernels_better(learner):
    learner.open_tab("compare")
    learner.page.wait_for_selector(".chooser")
    if not learner.page.get_by_role("checkbox", name="many-001").is_checked():
        learner.touch("label:has-text('many-001')")
    learner.page.wait_for_selector(".sentence")
    [sentence] = learner.read(".sentence")
    assert "many-001" in sentence
    assert "few-001" in sentence
    settings = learner.read(".settings tbody tr")
    assert [line.split() for line in settings[:2]] == [
        ["model[0].conv.filters", "6", "24"],
        ["model[2].conv.filters", "8", "32"],
    ]


def test_what_is_an_ensemble(learner):
    learner.draw()
    learner.choose_run("team-001")
    learner.page.locator(".answer-name b").filter(has_text=re.compile(r"\d")).wait_for()
    members = learner.page.locator("[role=radiogroup][aria-label='Members of the ensemble'] button")
    assert members.all_inner_texts() == ["together", "1", "2"]
    together = read_percentages(learner.page)
    alone = []
    for member in (1, 2):  # further touches; the answer is there without them
        members.nth(member).click()
        wait_for_answer(learner.page)
        alone.append(read_percentages(learner.page))
    means = [(one + other) / 2 for one, other in zip(*alone, strict=True)]
    assert together == pytest.approx(means, abs=0.11)


def read_percentages(page: Any) -> list[float]:
    return [float(text.split(": ")[1].rstrip("%")) for text in read_shares(page)]


def test_does_it_know_my_own_digit(learner):
    learner.draw()
    [answer] = learner.read(".answer-name b")
    assert answer in "0123456789"
    assert sum(read_percentages(learner.page)) == pytest.approx(100, abs=0.6)
    assert learner.page.locator(".seen canvas").is_visible()
