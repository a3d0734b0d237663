"""Figures say what they show: titles, axes with units, marks; and they fit on their page."""

import numpy as np
import pytest
from drawn_figures import captions_of, history, is_whole, overlaps, rates, words
from matplotlib.colors import to_hex

from cnnlab import plots
from cnnlab.plots.augmentation import draw_augmentation
from cnnlab.plots.calibration import draw_calibration
from cnnlab.plots.confusion import draw_confusion_matrix
from cnnlab.plots.curves import MarkedEpochs, draw_curves
from cnnlab.plots.mistakes import draw_mistakes

pytestmark = pytest.mark.slow

LONG = "a-very-long-name-of-an-experiment-that-goes-up-to-64-characters-x-001"
CLOTHES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker"]
CLOTHES += ["Bag", "Ankle boot"]


def matrix(classes):
    """9 right answers per class, and one that names the next class."""
    return 9 * np.eye(classes, dtype=int) + np.roll(np.eye(classes, dtype=int), 1, axis=1)


def images(count, channels):
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8, channels), dtype=np.uint8)


def captions(count):
    return [f"#{i}\ntrue Ankle boot\nanswer T-shirt/top, 99.9%" for i in range(count)]


def bins(*images):
    """Bins of the same width with so many answers, all right in the upper half."""
    size = 1 / len(images)
    return [
        {"above": i * size, "up_to": (i + 1) * size, "images": count}
        | {"confidence": (i + 0.5) * size, "accuracy": float(i >= len(images) // 2)}
        for i, count in enumerate(images)
    ]


def draw_change(count, channels=1, classes=("a", "b"), title="a-001", shape=(8, 8)):
    """A picture of `count` noisy images, all of the first class, before and after."""
    before, after = np.random.default_rng(0).integers(
        0, 256, (2, count, *shape, channels), dtype=np.uint8
    )
    labels = np.eye(len(classes))[np.zeros(count, int)]
    return draw_augmentation(before, after, labels, classes, title)


ALL_MARKS = MarkedEpochs(best=10, stopped=12, last_augmented=11)
DRAWN = {
    "curves, 1 epoch": lambda: draw_curves(
        history(1, "loss", "accuracy"), "a-001", MarkedEpochs(1)
    ),
    "curves, 12 epochs": lambda: draw_curves(history(12, "loss", "accuracy"), "a-001", ALL_MARKS),
    "curves, loss alone": lambda: draw_curves(history(12, "loss"), LONG, ALL_MARKS),
    "curves, 4 figures": lambda: draw_curves(
        history(100, "loss", "accuracy", "top_5_accuracy", "cross_entropy"),
        LONG,
        MarkedEpochs(80, 100, 90),
    ),
    "curves, learning rate": lambda: draw_curves(
        history(12, "loss", "accuracy"), LONG, ALL_MARKS, rates(12)
    ),
    "curves, learning rate over decades": lambda: draw_curves(
        history(1, "loss", "accuracy", "top_5_accuracy"), "a-001", MarkedEpochs(1), rates(1, 1e-9)
    ),
    "confusion, 2": lambda: draw_confusion_matrix(
        matrix(2), ["x" * 80, "y"], f"{LONG}, test: 90% right"
    ),
    "confusion, 10": lambda: draw_confusion_matrix(matrix(10), CLOTHES, "a-001, test: 90% right"),
    "confusion, 40": lambda: draw_confusion_matrix(matrix(40), ["a long class name"] * 40, LONG),
    "mistakes, 0": lambda: draw_mistakes(images(0, 1), [], f"{LONG}, validation: mistakes"),
    "mistakes, 1": lambda: draw_mistakes(
        images(1, 3), captions(1), f"{LONG}, validation: 1 mistake"
    ),
    "mistakes, 30": lambda: draw_mistakes(images(30, 1), captions(30), "a-001"),
    "augmentation, 1": lambda: draw_change(1, 3),
    "augmentation, 20": lambda: draw_change(64, title=LONG),
    "augmentation, long": lambda: draw_change(13, 3, ["x" * 80, "y"], ", ".join([LONG] * 12)),
    "augmentation, wide": lambda: draw_change(20, shape=(8, 32)),
    "augmentation, high": lambda: draw_change(20, shape=(32, 8)),
    "calibration, 15 bins": lambda: draw_calibration(
        bins(*[0] * 5, *[10**i for i in range(10)]), LONG
    ),
    "calibration, 1 answer": lambda: draw_calibration(bins(0, 1), "a-001"),
    "mistakes, long names": lambda: draw_mistakes(images(7, 3), [f"true {'x' * 60}"] * 7, "a-001"),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_nothing_is_cut_off_by_the_edge(draw):
    assert is_whole(draw())


@pytest.mark.parametrize("kind", [kind for kind in DRAWN if kind.startswith(("mis", "aug"))])
def test_no_caption_lies_on_an_image_or_on_another(kind):
    assert overlaps(DRAWN[kind]()) == []


ONE_OF_EACH = ("curves, learning rate", "confusion, 10", "mistakes, 30", "augmentation, 20")


@pytest.mark.parametrize("name", [*ONE_OF_EACH, "calibration, 15 bins"])
def test_the_same_numbers_give_the_same_png(name):
    png = plots.to_png(DRAWN[name]())
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert b"cnnlab" in png
    assert plots.to_png(DRAWN[name]()) == png


def test_other_numbers_give_another_png():
    pngs = {plots.to_png(draw_curves(history(n, "loss"), "a-001")) for n in (2, 3)}
    assert len(pngs) == 2


@pytest.mark.parametrize("classes", [2, 10, 40])
def test_a_confusion_matrix_has_labels_units_and_all_class_names(classes):
    names = [f"class {index}" for index in range(classes)]
    figure = draw_confusion_matrix(matrix(classes), names, "a-001, test: 90% right")
    axes, bar = figure.axes
    assert figure.get_suptitle() == "a-001, test: 90% right"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert bar.get_ylabel() == "errors: share of the true class, %"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == names
    assert [tick.get_text() for tick in axes.get_yticklabels()] == names


def test_a_confusion_matrix_counts_rows_as_true_classes():
    counts = np.array([[1500, 500], [0, 10]])
    axes = draw_confusion_matrix(counts, ["cat", "dog"], "a").axes[0]
    found = {text.get_position(): text.get_text() for text in axes.texts}
    # (column, row); 500 of 2,000 cats are 25%, and nothing stands where nothing was counted
    expected = {(0, 0): "1,500\n75.0%", (1, 0): "500\n25.0%", (1, 1): "10\n100.0%"}
    assert found == expected


def test_colours_end_at_the_largest_error_and_right_answers_are_grey():
    image = (
        draw_confusion_matrix(np.array([[75, 25], [1, 99]]), ["cat", "dog"], "a").axes[0].images[0]
    )
    assert image.get_clim() == (0, 25)
    colours = image.to_rgba(image.get_array())
    assert [to_hex(colours[i, i]) for i in (0, 1)] == ["#d9d9d9"] * 2
    assert to_hex(colours[0, 1]) == to_hex(image.get_cmap()(1.0))


@pytest.mark.parametrize("counts", [np.eye(3, dtype=int), np.zeros((3, 3), int)])
def test_no_errors_and_no_images_are_drawn_too(counts):
    assert plots.to_png(draw_confusion_matrix(counts, ["a", "b", "c"], "a-001"))


def test_with_many_classes_the_numbers_are_left_out():
    assert draw_confusion_matrix(matrix(20), ["x"] * 20, "a").axes[0].texts
    assert not draw_confusion_matrix(matrix(21), ["x"] * 21, "a").axes[0].texts


def test_long_class_names_are_shortened():
    names = ["n" * 24, "m" * 25]
    shown = draw_confusion_matrix(matrix(2), names, "a").axes[0].get_xticklabels()
    assert [label.get_text() for label in shown] == ["n" * 24, "m" * 23 + "…"]


def test_a_reliability_diagram_has_a_bar_and_a_count_for_each_bin_in_use():
    upper, lower = draw_calibration(bins(0, 5, 2000, 3), "a-001").axes
    assert (upper.get_ylabel(), lower.get_ylabel()) == ("share of correct predictions", "images")
    assert lower.get_xlabel() == "probability of the predicted class"
    assert [bar.get_height() for bar in upper.patches] == [0.0, 1.0, 1.0]
    assert [bar.get_height() for bar in lower.patches] == [5, 2000, 3]
    centres = [bar.get_x() + bar.get_width() / 2 for bar in upper.patches]
    assert centres == pytest.approx([0.375, 0.625, 0.875])
    assert [text.get_text() for text in lower.texts] == ["5", "2,000", "3"]
    [distances] = [c for c in upper.collections if c.get_label() == "distance to the probability"]
    ends = [[y for _, y in segment] for segment in distances.get_segments()]
    assert np.array(ends) == pytest.approx(np.array([[0, 0.375], [1, 0.625], [1, 0.875]]))


def test_no_mistakes_are_reported():
    figure = draw_mistakes(images(0, 1), [], "a-001, test: mistakes")
    assert (figure.get_suptitle(), captions_of(figure)) == (
        "a-001, test: mistakes",
        ["no mistakes"],
    )


@pytest.mark.parametrize(("count", "channels"), [(1, 1), (1, 3), (7, 1), (30, 1), (30, 3)])
def test_each_mistake_has_its_caption(count, channels):
    pixels = images(count, channels)
    figure = draw_mistakes(pixels, captions(count), "a-001")
    [axes] = figure.axes
    assert captions_of(figure) == captions(count)
    assert_shown(axes.images, pixels)
    for image, text in zip(axes.images, axes.texts, strict=True):
        left, right, _, top = image.get_extent()
        x, y = text.get_position()
        assert x == pytest.approx((left + right) / 2)
        assert 0 < top - y < 0.1  # inches


def assert_shown(drawn, images):
    assert len(drawn) == len(images)
    for one, image in zip(drawn, images, strict=True):
        expected = image[..., 0] if image.shape[-1] == 1 else image
        assert np.array_equal(one.get_array(), expected)
        assert one.get_clim() == (0, 255)  # a dark image stays dark


def test_long_captions_are_wrapped_above_their_image():
    caption = "#1\ntrue a rather long class name here\nanswer another one, 100.0%"
    figure = draw_mistakes(images(1, 1), [caption], "a")
    expected = "#1\ntrue a rather long class\nname here\nanswer another one, 100.0%"
    assert captions_of(figure) == [expected]


def test_dollar_signs_in_names_are_no_formulas():
    for figure in (
        draw_curves(history(2, "loss"), r"runs $\broken$"),
        draw_confusion_matrix(matrix(2), [r"$\broken$", "b$"], r"$\broken$"),
        draw_mistakes(images(1, 1), [r"true $\broken$"], r"$\broken$"),
    ):
        assert plots.to_png(figure)
        assert any(r"$\broken$" in word for word in words(figure))


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (7, 7), (12, 10), (64, 10)])
@pytest.mark.parametrize("channels", [1, 3])
def test_augmented_images_are_drawn_below_the_originals(count, columns, channels):
    before, after = images(count, channels), images(count, channels) // 2
    labels = np.eye(3)[np.arange(count) % 3]
    figure = draw_augmentation(before, after, labels, CLOTHES[:3], "a-001, digits")
    assert figure.get_suptitle() == "a-001, digits"
    [axes] = figure.axes
    shown = min(count, 20)
    befores, afters = axes.images[0::2], axes.images[1::2]
    assert_shown(befores, before[:shown])
    assert_shown(afters, after[:shown])
    for above, below in zip(befores, afters, strict=True):
        assert above.get_extent()[:2] == below.get_extent()[:2]
        assert above.get_extent()[2] < below.get_extent()[3]
    assert len({image.get_extent()[0] for image in befores}) == columns
    assert captions_of(figure) == [CLOTHES[i % 3] for i in range(shown)]
    sides = [text.get_text() for text in axes.texts if text.get_rotation() == 90]
    assert sides == ["before", "after"] * -(-shown // columns)


def test_a_mixed_image_has_the_shares_of_its_classes():
    labels = np.array([[0.0, 0.25, 0.75], [0.004, 0.996, 0.0]])
    names = ["a", "$b$ but long", "c"]
    figure = draw_augmentation(images(2, 1), images(2, 1), labels, names, "a")
    assert captions_of(figure) == ["75% c\n25% $b$ but …", "$b$ but long"]
    assert plots.to_png(figure)
