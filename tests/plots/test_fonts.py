"""Names in Korean are letters in every picture, where a font that has them is installed."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from cnnlab import plots
from cnnlab.plots.augmentation import draw_augmentation
from cnnlab.plots.calibration import draw_calibration
from cnnlab.plots.confusion import draw_confusion_matrix
from cnnlab.plots.curves import draw_curves
from cnnlab.plots.mistakes import draw_mistakes

BLACK = np.zeros((2, 8, 8, 1), np.uint8)
ROWS = [{"epoch": 1, "loss": 0.5}]
BIN = {"above": 0.0, "up_to": 1.0, "images": 9, "confidence": 0.9, "accuracy": 0.8}
DRAWN = {
    "curves": lambda name: draw_curves(ROWS, name),
    "confusion, names": lambda name: draw_confusion_matrix(
        np.eye(2, dtype=int), [name, "x"], "a-001"
    ),
    "confusion, title": lambda name: draw_confusion_matrix(np.eye(2, dtype=int), ["x", "y"], name),
    "mistakes": lambda name: draw_mistakes(BLACK, [f"true {name}"] * 2, "a-001"),
    "augmentation": lambda name: draw_augmentation(BLACK, BLACK, np.eye(2), [name] * 2, "a-001"),
    "calibration": lambda name: draw_calibration([BIN], name),
}


def fonts_for_korean() -> str:
    """The Korean fonts that fontconfig lists; matplotlib does not ask it."""
    if not shutil.which("fc-list"):
        return ""
    asked = ["fc-list", ":lang=ko", "family"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not fonts_for_korean(), reason="no font for Korean is installed (fonts-nanum)")
@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_korean_names_are_letters_and_not_boxes(draw):
    """Boxes are all equal: other syllables would give the same picture."""
    assert plots.to_png(draw("고양이")) != plots.to_png(draw("강아지"))


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_letters_that_no_font_has_are_boxes_without_a_warning(draw):
    """Warnings are errors here. The letters are Tangut."""
    assert plots.to_png(draw("\U00017000\U00017001")) == plots.to_png(draw("\U00017002\U00017003"))


def test_wide_letters_count_twice_where_room_is_short():
    assert plots.shorten_name("한" * 12) == "한" * 12
    assert plots.shorten_name("한" * 13) == "한" * 11 + "…"
    assert plots.fill_lines("고양이 강아지", 14) == "고양이 강아지"
    assert plots.fill_lines("고양이 강아지", 12) == "고양이\n강아지"
    assert plots.fill_lines("cat dog", 7) == "cat dog"


def test_a_long_korean_title_stays_on_its_picture(tmp_path):
    title = "아주 길고 긴 이름을 가진 실험의 결과를 보여 주는 그림 " * 3
    (tmp_path / "a.png").write_bytes(
        plots.to_png(draw_confusion_matrix(np.eye(2, dtype=int), ["x", "y"], title))
    )
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert all((edge == 255).all() for edge in (pixels[0], pixels[:, 0], pixels[:, -1]))
