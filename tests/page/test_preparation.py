"""Drawings that the page prepares: the same images and the same answers as from `predict`."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_digits import STYLES, Style, invert
from page_preparation import PreparedDrawing, prepare_in_page
from PIL import Image, ImageOps

from cnnlab.data.image_preparation import PreparedImage, prepare_files
from cnnlab.data.sheet_finding import find_sheet
from cnnlab.export.run_network import describe_input
from cnnlab.spec.inputs import PlainGround

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed (apt: nodejs)"),
]
COUNT = 100
MARGIN = 20  # pixels of paper that the page puts around its canvas; see views/strokes.js


@dataclass(frozen=True)
class Case:
    """A drawing, uint8 (height, width, 3), and the spec of the network that reads it."""

    drawing: np.ndarray
    spec: Any


def draw_digit(random: np.random.Generator, margin: int = MARGIN) -> np.ndarray:
    """Draw a digit of any width, position and size, in any colour on a light or a dark ground.

    The digit may reach the border of the canvas, which has a margin around it.
    """
    side = int(random.choice([200, 280, 280, 280, 420]))
    height = int(side * random.uniform(0.2, 0.95))
    room = 0.3 * height / side  # less than half: some digits reach the border or leave the canvas
    ground, ink = [(255, 255, 255), (0, 0, 0)][:: random.choice([-1, 1])]
    style = Style(
        "random",
        size=(side, side),
        height=height,
        pen=float(random.uniform(0.02, 0.25) * height + 2),
        ink=ink if random.random() < 0.7 else tuple(random.integers(60, 200, 3).tolist()),
        ground=ground,
        place=tuple(random.uniform(room, 1 - room, 2).tolist()),
        degrees=float(random.uniform(-15, 15)),
        hand=str(random.choice(["round", "angular"])),
    )
    canvas = style.draw(int(random.integers(10)))
    return np.asarray(ImageOps.expand(canvas, margin, ground))


def read_digits(spec: Any) -> Any:
    """The same network, as if its training images were MNIST's."""
    data = spec.experiment.data.model_copy(update={"dataset": "mnist"})
    experiment = spec.experiment.model_copy(update={"data": data})
    return spec.model_copy(update={"experiment": experiment})


def set_images(spec: Any, shape: tuple[int, int, int], ground: PlainGround | None) -> Any:
    """The same network for images of another shape, with or without a plain ground."""
    look = spec.inputs.look.model_copy(update={"ground": ground})
    channels = (0.0,) * shape[2], (1.0,) * shape[2]
    changes = {"image_shape": shape, "look": look, "mean": channels[0], "deviation": channels[1]}
    return spec.model_copy(update={"inputs": spec.inputs.model_copy(update=changes)})


def predict_preparation(case: Case, path: Path) -> PreparedDrawing:
    """What `predict` makes of the drawing in a PNG file."""
    Image.fromarray(case.drawing).save(path)
    is_separable = case.spec.experiment.data.dataset == "mnist"
    images, faults = prepare_files([str(path)], case.spec, each=is_separable)
    if faults:
        return PreparedDrawing([], [], faults[0].removeprefix(f"{path}: "))
    return PreparedDrawing([image.pixels for image in images], list(images[0].notes))


def prepare_both(cases: list[Case], folder: Path) -> list[tuple[PreparedDrawing, PreparedDrawing]]:
    """What the page and `predict` make of each drawing."""
    inputs = [describe_input(case.spec) for case in cases]
    from_page = prepare_in_page([case.drawing for case in cases], inputs)
    from_predict = [predict_preparation(case, folder / "drawing.png") for case in cases]
    return list(zip(from_page, from_predict, strict=True))


def largest_difference(page: PreparedDrawing, predict: PreparedDrawing) -> int:
    """The largest difference of a pixel, in levels of 255."""
    assert (page.notes, page.fault) == (predict.notes, predict.fault)
    pairs = zip(page.images, predict.images, strict=True)
    return max((np.abs(a.astype(int) - b.astype(int)).max() for a, b in pairs), default=0)


@pytest.fixture(scope="session")
def spec(trained_run):
    from cnnlab.run_folder import RunFolder

    return RunFolder(trained_run.path).read_spec()


@pytest.fixture(scope="session")
def prepared_digits(spec, tmp_path_factory):
    """100 drawings of digits, each prepared by the page and by `predict`."""
    random = np.random.default_rng(17)
    styles = [
        np.asarray(change(style.draw(n)))
        for n, style in enumerate(STYLES)
        for change in ((lambda drawing: drawing), invert)
    ]
    drawings = styles + [draw_digit(random) for _ in range(COUNT - len(styles))]
    cases = [Case(drawing, read_digits(spec)) for drawing in drawings]
    return drawings, prepare_both(cases, tmp_path_factory.mktemp("drawings"))


def test_the_page_prepares_100_drawings_of_digits_as_predict(prepared_digits):
    _, pairs = prepared_digits
    assert len(pairs) == COUNT
    assert max(largest_difference(*pair) for pair in pairs) <= 1
    assert sum(len(page.images) for page, _ in pairs) >= COUNT - 2  # nearly all show a digit


def test_the_network_gives_the_same_class_for_both_images(prepared_digits, spec, trained_run):
    from cnnlab.prediction import answer_images

    checkpoint = trained_run.path / "checkpoints/best.keras"
    classes = []
    for place in (0, 1):
        images = [image for pair in prepared_digits[1] for image in pair[place].images]
        named = [PreparedImage(str(number), image) for number, image in enumerate(images)]
        answers = answer_images([(spec, checkpoint)], named)
        classes.append([answer["predicted"] for answer in answers])
    assert classes[0] == classes[1]
    assert len(set(classes[0])) >= 8  # of ten digits


def test_strokes_that_leave_a_light_picture_are_ink_on_paper_as_in_predict(spec, tmp_path):
    """A stroke at the border may be the table or a shadow, which `predict` finds in photos."""
    styles = [
        Style("tall", height=290),
        Style("aside", place=(0.2, 0.5), hand="angular"),
        Style("low", place=(0.5, 0.9), ink=(30, 60, 160)),
        Style(
            "large", size=(900, 900), height=700, pen=70, place=(0.3, 0.4), ground=(240, 240, 250)
        ),
    ]
    drawings = [np.asarray(style.draw(digit)) for style in styles for digit in (2, 7)]
    pairs = prepare_both([Case(drawing, read_digits(spec)) for drawing in drawings], tmp_path)
    assert max(largest_difference(*pair) for pair in pairs) <= 1


def test_a_drawing_is_no_sheet_of_paper(prepared_digits):
    drawings, _ = prepared_digits
    assert [find_sheet(drawing) for drawing in drawings[::4]] == [None] * (COUNT // 4)


def test_several_digits_come_in_reading_order(spec, tmp_path):
    two = np.full((280, 560, 3), 255, np.uint8)
    two[:, :280] = Style("left", pen=18).draw(4)
    two[:, 280:] = Style("right", pen=18, hand="angular").draw(5)
    [(page, predict)] = prepare_both([Case(two, read_digits(spec))], tmp_path)
    assert len(page.images) == 2
    assert largest_difference(page, predict) <= 1


def test_an_empty_drawing_gives_the_message_of_predict(spec, tmp_path):
    blank = np.full((280, 280, 3), 255, np.uint8)
    [(page, predict)] = prepare_both([Case(blank, read_digits(spec))], tmp_path)
    assert page.fault == "no digit found: nothing stands out from the background"
    assert predict.fault == page.fault


def test_the_page_gives_a_drawing_the_ground_of_the_training_images_as_predict(spec, tmp_path):
    random = np.random.default_rng(3)
    garment = PlainGround(
        level=(230, 235, 240),
        polarity="dark",
        covered=(0.1, 0.9),
        size=(0.6, 0.9),
        typical_size=0.8,
        shift=0.05,
        centring="box",
    )
    specs = [spec, set_images(spec, (32, 24, 3), garment)]
    cases = [Case(draw_digit(random), specs[number % 2]) for number in range(30)]
    cases += [Case(np.asarray(STYLES[0].draw(3)), one) for one in specs]
    pairs = prepare_both(cases, tmp_path)
    assert max(largest_difference(*pair) for pair in pairs) <= 1
    found = {note for page, _ in pairs for note in page.notes}
    assert found == {
        "cut the object out, and gave it the usual size and position",
        "gave the background the brightness of the training images",
        "turned the dark background into a light one",
        "turned the light background into a dark one",
    }


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (40, 24, 3), (300, 400, 1)])
def test_the_page_fits_a_whole_drawing_into_the_image_as_predict(spec, tmp_path, shape):
    random = np.random.default_rng(5)
    other = set_images(spec, shape, None)
    drawings = [draw_digit(random), random.integers(0, 256, (90, 131, 3), dtype=np.uint8)]
    pairs = prepare_both([Case(drawing, other) for drawing in drawings], tmp_path)
    assert [largest_difference(*pair) for pair in pairs] == [0, 0]


def test_a_canvas_has_the_same_image_with_and_without_its_alpha_channel(tmp_path):
    """A canvas gives four bytes a pixel; the page may pass them as they are."""
    import subprocess

    code = """
        import { prepareDrawing } from "./preparation.js";
        const input = { shape: [28, 28, 1], preparation: "digits", ground: null };
        const isInk = (place) => Math.abs((place % 100) - 50) < 8;
        const pixels = Array.from({ length: 10000 }, (_, place) => (isInk(place) ? 0 : 255));
        const rgb = Uint8Array.from(pixels.flatMap((level) => [level, level, level]));
        const rgba = Uint8Array.from(pixels.flatMap((level) => [level, level, level, 255]));
        const [one, other] = [rgb, rgba].map((bytes) => prepareDrawing(bytes, 100, 100, input));
        console.log(JSON.stringify(one) === JSON.stringify(other), one.images.length);
    """
    folder = Path(__file__).parents[2] / "cnnlab/page/preparation"
    command = ["node", "--input-type=module", "--eval", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "true 1\n"
