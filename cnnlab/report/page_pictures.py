"""Draw the pictures of a report as HTML and SVG, for light and dark screens of every width."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from cnnlab.counts import format_count
from cnnlab.data.datasets import Images
from cnnlab.errors import RunError
from cnnlab.evaluation import SHOWN_MISTAKES
from cnnlab.html_page import build_gallery, build_panels, build_pixels, to_html
from cnnlab.plots import shorten_name
from cnnlab.plots.calibration import draw_calibration_panels, list_calibration_keys
from cnnlab.plots.curves import draw_curve_panels
from cnnlab.plots.feature_maps import SHOWN_PER_LAYER, LayerMaps, build_strip
from cnnlab.plots.image_grids import choose_scale
from cnnlab.plots.kernels import arrange_kernels, draw_histogram_panels
from cnnlab.plots.page_images import encode_image, encode_numbers, reduce_maps
from cnnlab.plots.page_svg import draw_key, to_svg
from cnnlab.report.network_inspection import NetworkView
from cnnlab.report.report_data import EvaluationFigures, ReportData
from cnnlab.run_folder import Predictions
from cnnlab.training.pictures import find_learning_rates, find_marked_epochs

_MAP_SIDE = 64  # pixels of a map at most
_SMALL = 64  # pixels; enlarged, an image of so few has sharp pixels


def draw_curves(data: ReportData, caption: str) -> str:
    """Draw the curves of a run that is not an ensemble."""
    experiment, history, record = data.spec.experiment, data.history, data.record
    marked = find_marked_epochs(experiment, record)
    rates = find_learning_rates(experiment, history, record)
    panels = draw_curve_panels(history, marked, rates)
    lines = dict.fromkeys(
        (draw_key(line.get_color(), line.get_linestyle()), str(line.get_label()))
        for line in panels[0].get_lines()
    )
    svgs = [to_svg(axes, f"{data.run.name}, {axes.get_title()}. {caption}") for axes in panels]
    return build_panels(svgs, caption, list(lines))


def draw_calibration(figures: EvaluationFigures, caption: str) -> str:
    """Draw the accuracy and the number of images in each bin of probabilities."""
    bins = [row.model_dump() for row in figures.calibration.bins]
    svgs = [
        to_svg(axes, f"Calibration: {axes.get_title()} by probability. {caption}")
        for axes in draw_calibration_panels(bins)
    ]
    return build_panels(svgs, caption, list_calibration_keys())


def show_mistakes(data: ReportData, answers: Predictions, test: Images, caption: str) -> str:
    """Build the HTML of the most confident mistakes, with the true and the predicted classes.

    Raises:
        RunError: predictions.csv does not have as many images as the test set.
    """
    if len(answers.index) != len(test.labels):
        path = data.run.evaluation_folder("test") / "predictions.csv"
        counts = (
            f"{format_count(len(answers.index), 'image')}, but the test set has "
            f"{len(test.labels):,}; evaluate the run again"
        )
        raise RunError(f"{path}: damaged: it has {counts}")
    worst = sorted(answers.mistakes, key=answers.mistakes.__getitem__, reverse=True)
    pictures = []
    for row in worst[:SHOWN_MISTAKES]:
        name = f"#{answers.index[row]}"
        if test.files:
            name = shorten_name(f"{name} {PurePath(test.files[row]).name}")
        answer = f"answer {answers.predicted[row]}, {answers.mistakes[row]:.1%}"
        image = _show_image(test.images[row], f"Test image {name}")
        pictures.append((image, f"{name}\ntrue {answers.true[row]}\n{answer}"))
    return build_gallery(pictures, caption) if pictures else ""


def _show_image(image: np.ndarray, description: str) -> str:
    kind = "pixels" if max(image.shape[:2]) <= _SMALL else ""
    return build_pixels(encode_image(image), description, kind)


def show_kernels(both: Sequence[np.ndarray], caption: str) -> str:
    """Build the HTML of trained and untrained kernels with one colour scale, and histograms."""
    scale = choose_scale(*both, symmetric=True)
    panels, histograms = [], draw_histogram_panels(both, scale)
    for name, weights, axes in zip(("trained", "untrained"), both, histograms, strict=True):
        grid, words = arrange_kernels(weights)
        svg = to_svg(axes, f"Histogram of all weights, {name}")
        picture = build_pixels(encode_numbers(grid, scale), f"Kernels, {name}. {words}")
        panels.append(f"<h4>{name}</h4>{picture}{svg}")
    colours = (
        f"{words} Colours: blue is below 0, red is above 0; the deepest colour is {scale.high:.3g},"
        " and 0 has the colour of the page. Line: mean; band: one standard deviation to each side."
    )
    return build_panels(panels, f"{caption} {colours}")


def show_maps(view: NetworkView, caption: str) -> str:
    """Build the HTML of an image and of the feature maps of each layer, a row for each layer."""
    image = _show_image(view.image, "The image")
    rows = "".join(f"<div>{_show_row(layer)}</div>\n" for layer in view.layers)
    scales = (
        f"Shown: the first {SHOWN_PER_LAYER} maps of each layer, or all. Each row has its own "
        "colours, from 0 (dark) to its largest value (bright). If the next layer uses negative "
        "values: blue below 0, red above 0, and the colour of the page for 0. Silent: never "
        f"above 0 in {'the first ' if view.counted > 1 else ''}"
        f"{format_count(view.counted, 'test image')}."
    )
    return (
        f'<figure class="maps">\n<div class="image">{image}</div>\n{rows}'
        f"<figcaption>{to_html(f'{caption} {scales}')}</figcaption></figure>\n"
    )


def _show_row(layer: LayerMaps) -> str:
    maps, silent = layer.maps["trained"], layer.silent["trained"]
    name = f"{layer.title}: {layer.shape_text}"
    if silent:
        name += f"; {len(silent)} of {maps.shape[-1]} silent"
    strip = encode_numbers(build_strip(reduce_maps(maps, _MAP_SIDE)), choose_scale(maps))
    return f"<p>{to_html(name)}</p>{build_pixels(strip, f'Feature maps of {name}')}"
