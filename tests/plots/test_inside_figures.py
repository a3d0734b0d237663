"""Pictures of the inside of a network have titles and scales, and fit their page."""

import numpy as np
import pytest
from drawn_figures import is_whole
from matplotlib.text import Text

from cnnlab import plots
from cnnlab.plots import class_evidence
from cnnlab.plots.class_evidence import Evidence, OcclusionFigures
from cnnlab.plots.feature_maps import LayerMaps, draw_layer_maps, draw_overview
from cnnlab.plots.image_grids import DIVERGING, SEQUENTIAL, ColourScale, build_mosaic, choose_scale
from cnnlab.plots.kernels import draw_histogram_panels, draw_kernels

pytestmark = pytest.mark.slow

LONG = "a-very-long-name-of-an-experiment-that-goes-up-to-64-characters-x-001, conv_1: 32 kernels"
COUNTED = "the first 1,000 test images"


def numbers(*shape, low=-1.0):
    return np.random.default_rng(0).uniform(low, 1, shape).astype(np.float32)


def image(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def layer(shape, low=0.0, silent=(), sides=("trained",), title="conv_1"):
    return LayerMaps(
        title, {s: numbers(*shape, low=low) for s in sides}, dict.fromkeys(sides, silent)
    )


def text(figure):
    """All text of a figure, its lines joined."""
    return " ".join(" ".join(one.get_text() for one in figure.findobj(Text)).split())


BOTH = ("trained", "untrained")
PICTURE = image(28, 28, 1)
HEAT = Evidence("T-shirt/top (predicted and true)", numbers(28, 28, low=0))
COVER = OcclusionFigures(
    "7 (true)", numbers(28, 28), numbers(28, 28, low=0), 7, (24.0,), 0.987, (3, 20)
)
ROWS = [
    layer((28, 28, 32)),
    layer((28, 28, 5), low=-1, silent=None, title="conv_2, after activation_14"),
    layer((1, 1, 64), silent=range(1, 60)),
    layer((30, 4, 3)),
]
DRAWN = {
    "kernels, one channel": lambda: draw_kernels(*numbers(2, 3, 3, 1, 32), LONG),
    "kernels, one": lambda: draw_kernels(*numbers(2, 3, 3, 1, 1), "a-001"),
    "kernels, 500": lambda: draw_kernels(*numbers(2, 5, 5, 1, 500), "a-001"),
    "kernels, colour": lambda: draw_kernels(*numbers(2, 3, 3, 3, 32), "a-001"),
    "kernels, many channels": lambda: draw_kernels(*numbers(2, 3, 3, 64, 64), "a-001"),
    "kernels, 1 × 1": lambda: draw_kernels(*numbers(2, 1, 1, 32, 64), "a-001"),
    "kernels, 1 × 1 and many": lambda: draw_kernels(*numbers(2, 1, 1, 512, 2), "a-001"),
    "kernels, 1 × 9": lambda: draw_kernels(*numbers(2, 1, 9, 1, 8), "a-001"),
    "kernels, 9 × 1": lambda: draw_kernels(*numbers(2, 9, 1, 1, 8), "a-001"),
    "kernels, depthwise": lambda: draw_kernels(*numbers(2, 3, 3, 32, 1), "a-001"),
    "kernels, all 0": lambda: draw_kernels(*np.zeros((2, 3, 3, 1, 4), np.float32), "a-001"),
    "maps, 32": lambda: draw_layer_maps(layer((28, 28, 32), silent=(1, 32)), LONG, COUNTED),
    "maps, 1": lambda: draw_layer_maps(layer((28, 28, 1)), "a-001", COUNTED),
    "maps, 500 of 1 × 1": lambda: draw_layer_maps(layer((1, 1, 500)), "a-001", COUNTED),
    "maps, high": lambda: draw_layer_maps(layer((64, 8, 12)), "a-001", COUNTED),
    "maps, wide": lambda: draw_layer_maps(layer((8, 64, 12)), "a-001", COUNTED),
    "maps, both sides": lambda: draw_layer_maps(
        layer((14, 14, 9), -1, None, BOTH), "a-001", COUNTED
    ),
    "overview": lambda: draw_overview(ROWS, image(28, 28, 1), LONG, COUNTED),
    "overview, both sides": lambda: draw_overview(
        [layer((14, 14, 9), sides=BOTH, silent=(3,))], image(32, 48, 3), "a-001", COUNTED
    ),
    "overview, 20 layers": lambda: draw_overview(
        [layer((8, 8, 16)) for _ in range(20)], image(8, 8, 3), "a-001", COUNTED
    ),
    "Grad-CAM": lambda: class_evidence.draw_grad_cam(PICTURE, [HEAT], "conv_5", (3, 3), LONG),
    "Grad-CAM, two classes": lambda: class_evidence.draw_grad_cam(
        image(64, 20, 3), [Evidence("x" * 40, numbers(64, 20, low=0))] * 2, "add_1", (9, 9), "a"
    ),
    "Grad-CAM, wide": lambda: class_evidence.draw_grad_cam(
        image(20, 90, 3), [Evidence("7", numbers(20, 90, low=0))], "add_1", (9, 9), "a"
    ),
    "occlusion": lambda: class_evidence.draw_occlusion(PICTURE, COVER, HEAT, "They agree.", LONG),
    "occlusion alone": lambda: class_evidence.draw_occlusion(
        image(64, 64, 3), COVER, None, "", "a-001"
    ),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_nothing_is_cut_off_by_the_edge(draw):
    assert is_whole(draw())


@pytest.mark.parametrize("name", ["kernels, colour", "maps, 32", "Grad-CAM", "occlusion"])
def test_the_same_numbers_give_the_same_png(name):
    assert plots.to_png(DRAWN[name]()) == plots.to_png(DRAWN[name]())


def test_tiles_are_in_rows_with_empty_gaps():
    tiles = np.arange(12).reshape(3, 2, 2)
    nan = np.nan
    expected = [
        [nan, nan, nan, nan, nan, nan],
        [0, 1, nan, 4, 5, nan],
        [2, 3, nan, 6, 7, nan],
        [nan, nan, nan, nan, nan, nan],
        [8, 9, nan, nan, nan, nan],
        [10, 11, nan, nan, nan, nan],
    ]
    assert np.array_equal(build_mosaic(tiles, 2, (1, 1)), expected, equal_nan=True)


def test_a_scale_is_symmetric_where_numbers_are_below_0():
    assert choose_scale(np.array([0.0, 3.0])).options["cmap"] is SEQUENTIAL
    both = choose_scale(np.array([-1.0, 3.0]), np.array([-5.0]))
    assert (both.low, both.high, both.options["cmap"]) == (-5.0, 5.0, DIVERGING)
    assert choose_scale(np.array([1.0, 3.0]), symmetric=True).low == -3.0
    assert (choose_scale(np.zeros(3)).low, choose_scale(np.zeros(3)).high) == (0.0, 1.0)


def test_both_sides_of_kernels_have_one_scale_and_the_same_axes():
    trained, untrained = numbers(2, 3, 3, 1, 8)
    figure = draw_kernels(3 * trained, untrained, "a-001")
    left, right, bar, one, other = figure.axes
    reach = float(np.abs(3 * trained).max())
    assert left.images[0].get_clim() == right.images[0].get_clim() == (-reach, reach)
    assert (left.get_title(), right.get_title()) == ("trained", "untrained")
    assert one.get_xlim() == other.get_xlim() == (-reach, reach)
    assert one.get_ylim() == other.get_ylim()
    assert (one.get_xlabel(), one.get_ylabel()) == ("weight", "number of weights")
    assert bar.get_ylabel() == "weight"
    panels = draw_histogram_panels([3 * trained, untrained], ColourScale(-reach, reach))
    for whole, panel in zip((one, other), panels, strict=True):
        assert panel.get_xlim() == whole.get_xlim()
        assert panel.get_ylim() == whole.get_ylim()
        assert panel.get_title() == whole.get_title()
    drawn = [sum(patch.get_height() for patch in axes.patches[:-1]) for axes in (one, other)]
    assert drawn == [72, 72]  # all 3 · 3 · 8 are in the histograms
    expected = f"mean {untrained.mean():.4f}, standard deviation {untrained.std():.4f}"
    assert other.get_title() == expected


def test_the_kernels_are_drawn_as_they_are():
    trained, untrained = numbers(2, 3, 3, 2, 4)
    axes = draw_kernels(trained, untrained, "a-001").axes[0]
    # Across the kernels, down the input channels; one cell is left free above and beside each.
    drawn = axes.images[0].get_array()
    assert drawn.shape == (2 * 4, 4 * 4)
    assert np.array_equal(drawn[5:8, 8:11], trained[:, :, 1, 2])


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((3, 3, 1, 32), "Above: all 32 kernels, row by row."),
        ((3, 3, 1, 65), "Above: the first 64 of 65 kernels, row by row."),
        ((3, 3, 40, 1), "Above: all 40 channels, each with its own kernel, row by row."),
        ((3, 3, 3, 8), "Above, across: all 8 kernels; down: all 3 input channels."),
        (
            (3, 3, 9, 17),
            "Above, across: the first 16 of 17 kernels; down: the first 8 of 9 input channels.",
        ),
        ((1, 1, 9, 17), "Above, across: all 17 kernels; down: all 9 input channels."),
    ],
)
def test_the_caption_has_the_kernels_and_the_scale(shape, words):
    weights = np.zeros(shape, np.float32)
    weights[0, 0, 0, 0] = -0.5
    count = weights.size
    assert (
        f"{words} Colours: weights from -0.5 to 0.5, white is 0; one scale for trained "
        f"and untrained. Below: all {count:,} weights in 40 bins; line: mean, band: one "
        "standard deviation to each side."
    ) in text(draw_kernels(weights, weights, "a-001"))


def test_maps_are_numbered_and_those_that_never_fire_are_red():
    maps = np.zeros((2, 2, 70), np.float32)
    maps[1, 0, 8] = 2.0
    figure = draw_layer_maps(
        LayerMaps("conv_1", {"trained": maps}, {"trained": (2, 64, 70)}), "a", COUNTED
    )
    axes, bar = figure.axes
    assert [one.get_text() for one in axes.texts] == [str(n) for n in range(1, 65)]
    red = [one.get_text() for one in axes.texts if one.get_color() == "#c00000"]
    assert red == ["2", "64"]
    # Map 9 is the first of the second row: one cell above each row for the numbers.
    assert axes.images[0].get_array()[5, 0] == 2.0
    assert bar.get_ylabel() == "number in the map"
    assert (
        "Shown: the first 64 of 70 maps, numbered from 1. Colours: from 0 to 2; one scale for all "
        "maps. Red numbers: maps that are never above 0 in the first 1,000 test images (3 of 70)."
    ) in text(figure)


def test_the_caption_has_the_scale_of_each_side():
    maps = {"trained": np.full((2, 2, 3), 2.0), "untrained": np.full((2, 2, 3), -0.25)}
    found = LayerMaps("conv_1", maps, {"trained": (), "untrained": (1, 2, 3)})
    assert (
        "Colours: trained from 0 to 2; untrained from -0.25 to 0.25, white is 0; one scale for all "
        "maps of a network. Red numbers: maps that are never above 0 in the first 1,000 test "
        "images (trained: 0 of 3, untrained: 3 of 3)."
    ) in text(draw_layer_maps(found, "a", COUNTED))


def test_the_caption_explains_where_no_map_can_be_silent():
    found = layer((2, 2, 3), low=-1, silent=None)
    expected = "The network uses negative values of these maps too, so no map is silent."
    assert expected in text(draw_layer_maps(found, "a", COUNTED))


def test_the_overview_has_a_row_for_each_layer():
    figure = draw_overview(ROWS, image(28, 28, 1), "a-001", COUNTED)
    names, rows = figure.axes[2::2], figure.axes[3::2]
    assert figure.axes[1].get_title() == "image"
    assert [axes.texts[0].get_text().split("\n") for axes in names] == [
        ["conv_1", "28 × 28 × 32"],
        ["conv_2", "after activation_14", "28 × 28 × 5"],
        ["conv_1", "1 × 1 × 64"],
        ["conv_1", "30 × 4 × 3"],
    ]
    assert [axes.get_title(loc="left") for axes in rows] == ["", "", "59 of 64 silent", ""]
    assert "the first 12 maps of each layer, or all" in text(figure)


def test_grad_cam_reports_a_class_without_evidence():
    nothing = Evidence("3 (named)", np.zeros((28, 28), np.float32))
    figure = class_evidence.draw_grad_cam(PICTURE, [HEAT, nothing], "conv_5", (3, 3), "a")
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == [
        *("T-shirt/top (predicted and\ntrue)", "evidence for the class", "over the image"),
        *("3 (named)", "no positive evidence", "over the image"),
    ]
    assert (
        "Grad-CAM (Selvaraju et al. 2017) on the logits: the sum of the feature maps of conv_5, "
        "3 × 3, each map weighted by the mean gradient of the class's logit, with 0 in place of "
        "negative sums, resized to the image. Colours: from 0 (dark, no evidence for the class) "
        "to the largest value of each class."
    ) in text(figure)
    assert "no positive evidence" in text(
        class_evidence.draw_occlusion(PICTURE, COVER, nothing, "", "a")
    )


def test_occlusion_has_its_scales_in_words_and_as_bars():
    figure = class_evidence.draw_occlusion(PICTURE, COVER, HEAT, "They agree.", "a-001")
    drop, probability = (axes.images[0] for axes in figure.axes[2:4])
    reach = float(np.abs(COVER.logit_drop).max())
    assert drop.get_clim() == (-reach, reach)
    assert probability.get_clim() == (0, 1)
    assert [axes.get_title() for axes in figure.axes[:4]] == [
        *(
            "7 (true)",
            "Grad-CAM",
            "drop of the logit with the square",
            "probability with the square",
        )
    ]
    assert len(figure.axes) == 4 + 3  # all but the image have a bar
    cross = figure.axes[0].lines[0]
    assert (cross.get_xdata(), cross.get_ydata()) == ([20], [3])
    assert (
        "a square of 7 × 7 pixels of the image's mean colour (24 of 255) covers 28 × 28 "
        "positions in turn. Drop: the decrease of the class's logit (red: the logit falls, blue: "
        "the logit rises, white: 0). Probability: the probability of the class, from 0 to 1; "
        "without the square, it is 98.7%. Cross: the position with the largest drop. They agree."
    ) in text(figure)


def test_dollar_signs_in_names_are_no_formulas():
    about = Evidence(r"$\broken$ (true)", numbers(28, 28, low=0))
    for figure in (
        class_evidence.draw_grad_cam(PICTURE, [about], "conv_1", (3, 3), r"$\broken$"),
        draw_layer_maps(layer((2, 2, 3)), r"$\broken$", COUNTED),
        draw_overview(ROWS[:1], PICTURE, r"$\broken$", COUNTED),
        draw_kernels(*numbers(2, 3, 3, 1, 2), r"$\broken$"),
    ):
        assert plots.to_png(figure)
        assert r"$\broken$" in text(figure)
