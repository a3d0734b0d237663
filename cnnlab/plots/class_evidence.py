"""Draw which pixels of an image are evidence for a class, by Grad-CAM and by occlusion."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnlab.plots import set_title
from cnnlab.plots.image_grids import (
    SEQUENTIAL,
    choose_scale,
    measure_caption,
    set_caption,
    show_image,
)

_PANEL = 3.1  # inches


@dataclass(frozen=True)
class Evidence:
    """The Grad-CAM evidence for a class, in logits.

    `evidence` has the shape (height, width) of the image. `about` is the name of the class, with
    its role: predicted, true, or named by the user.
    """

    about: str
    evidence: np.ndarray


def draw_grad_cam(
    image: np.ndarray, evidence: Sequence[Evidence], layer: str, shape: tuple[int, int], title: str
) -> Figure:
    """Draw the image, the Grad-CAM evidence, and the evidence over the image, a row for each class.

    Args:
        shape: height and width of the layer's feature maps.
    """
    caption = (
        f"Grad-CAM (Selvaraju et al. 2017) on the logits: the sum of the feature maps of {layer}, "
        f"{shape[0]} × {shape[1]}, each map weighted by the mean gradient of the class's logit, "
        "with 0 in place of negative sums, resized to the image. Colours: from 0 (dark, no "
        "evidence for the class) to the largest value of each class."
    )
    wide, rows = 3 * _PANEL + 1, len(evidence)
    below = measure_caption(caption, wide)
    panel = _measure_panel(image)
    figure = Figure(
        figsize=(wide, rows * (panel + 0.4) + 0.5 + below), dpi=120, layout="constrained"
    )
    for places, one in zip(figure.subplots(rows, 3, squeeze=False), evidence, strict=True):
        show_image(places[0], image)
        _set_class_title(places[0], one.about)
        _draw_heat_map(figure, places[1], one.evidence)
        shown = "evidence for the class" if one.evidence.any() else "no positive evidence"
        places[1].set_title(shown)
        show_image(places[2], image)
        places[2].imshow(one.evidence, **_heat_options(one.evidence), alpha=0.55)
        places[2].set_title("over the image")
        for axes in places[1:]:
            axes.title.set_fontsize(10)
    set_title(figure, title)
    set_caption(figure, caption)
    return figure


@dataclass(frozen=True)
class OcclusionFigures:
    """The effect of a covering square on the prediction, for each position of the square.

    `logit_drop` is the drop of the class's logit. `covered_probability` is the probability of the
    class with the square, and `probability` is the probability without the square. `size` is the
    side length of the square in pixels.
    """

    about: str
    logit_drop: np.ndarray
    covered_probability: np.ndarray
    size: int
    colour: tuple[float, ...]
    probability: float
    worst_place: tuple[int, int]  # row and column


def draw_occlusion(
    image: np.ndarray,
    occlusion: OcclusionFigures,
    evidence: Evidence | None,
    agreement: str,
    title: str,
) -> Figure:
    """Draw the image, the Grad-CAM evidence, and the effect of a covering square on the prediction.

    Args:
        agreement: a sentence with the rank correlation of Grad-CAM and occlusion.
    """
    caption = f"{_describe_cover(occlusion)} {agreement}"
    panels = 3 + (evidence is not None)
    wide = panels * _PANEL + 1
    below = measure_caption(caption, wide)
    figure = Figure(
        figsize=(wide, _measure_panel(image) + 0.9 + below), dpi=120, layout="constrained"
    )
    places = list(figure.subplots(1, panels))
    show_image(places[0], image)
    _set_class_title(places[0], occlusion.about)
    if evidence is not None:
        _draw_heat_map(figure, places[1], evidence.evidence)
        shown = "Grad-CAM" if evidence.evidence.any() else "Grad-CAM: no positive evidence"
        places[1].set_title(shown, fontsize=10)
    over = {"extent": (-0.5, image.shape[1] - 0.5, image.shape[0] - 0.5, -0.5)}
    drop = places[-2].imshow(
        occlusion.logit_drop, **choose_scale(occlusion.logit_drop, symmetric=True).options, **over
    )
    probability = places[-1].imshow(
        occlusion.covered_probability, cmap=SEQUENTIAL, vmin=0, vmax=1, **over
    )
    places[-2].set_title("drop of the logit with the square", fontsize=10)
    places[-1].set_title("probability with the square", fontsize=10)
    for axes, picture in ((places[-2], drop), (places[-1], probability)):
        axes.set(xticks=[], yticks=[])
        figure.colorbar(picture, ax=axes, shrink=0.8)
    for axes in places[:-1]:
        axes.plot(*reversed(occlusion.worst_place), marker="x", color="#2ca02c", markersize=8)
    set_title(figure, title)
    set_caption(figure, caption)
    return figure


def _describe_cover(occlusion: OcclusionFigures) -> str:
    """Describe the covering square and the colours of the picture, for the caption."""
    colour = ", ".join(f"{part:.0f}" for part in occlusion.colour)
    rows, columns = occlusion.logit_drop.shape
    return (
        f"Occlusion (Zeiler and Fergus 2014): a square of {occlusion.size} × {occlusion.size} "
        f"pixels of the image's mean colour ({colour} of 255) covers {rows} × {columns} positions "
        "in turn. Drop: the decrease of the class's logit (red: the logit falls, blue: the logit "
        "rises, white: 0). Probability: the probability of the class, from 0 to 1; without the "
        f"square, it is {occlusion.probability:.1%}. Cross: the position with the largest drop."
    )


def _set_class_title(axes: Axes, about: str) -> None:
    """Write the class and its role above an image, in lines that fit the width of the image."""
    axes.set_title(textwrap.fill(about, 30), fontsize=10, parse_math=False)


def _measure_panel(image: np.ndarray) -> float:
    """Compute the height, in inches, of the drawn image."""
    return float(np.clip(_PANEL * image.shape[0] / image.shape[1], 1.2, 6))


def _heat_options(evidence: np.ndarray) -> dict[str, Any]:
    """Return the options of `imshow` for a colour scale from 0 to the largest value."""
    return {"cmap": "inferno", "vmin": 0, "vmax": float(evidence.max()) or 1.0}


def _draw_heat_map(figure: Figure, axes: Axes, evidence: np.ndarray) -> None:
    picture = axes.imshow(evidence, **_heat_options(evidence))
    axes.set(xticks=[], yticks=[])
    figure.colorbar(picture, ax=axes, shrink=0.8)
