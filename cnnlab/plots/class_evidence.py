"""Draw where in an image the evidence for a class is: Grad-CAM and occlusion."""

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

    `evidence` has the shape (height, width) of the image. `about` names the class and its role:
    predicted, true, or chosen by the user.
    """

    about: str
    evidence: np.ndarray


def draw_grad_cam(
    image: np.ndarray, evidence: Sequence[Evidence], layer: str, shape: tuple[int, int], title: str
) -> Figure:
    """Draw a row for each class: the image, the evidence, and the evidence over the image.

    Args:
        shape: height and width of the layer's feature maps.
    """
    caption = (
        f"Grad-CAM (Selvaraju et al. 2017) on the logits: the feature maps of {layer}, {shape[0]} "
        "× "
        f"{shape[1]}, weighted by the mean gradient of the class's logit, where their sum is above "
        "0, stretched over the image. Colours: from 0 (dark, no evidence for the class) to the "
        "largest value of each class."
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
    """What changes when a square covers a place of the image, for each place of the square.

    `logit_drop` is how far the logit of the class falls. `covered_probability` is the probability
    of the class with the square, `probability` without it. `size` is the side of the square in
    pixels.
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
    """Draw the image, the Grad-CAM evidence, and how a cover changes logit and probability.

    Args:
        agreement: a sentence on how far Grad-CAM and occlusion agree.
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
    places[-2].set_title("drop of the logit under the cover", fontsize=10)
    places[-1].set_title("probability under the cover", fontsize=10)
    for axes, picture in ((places[-2], drop), (places[-1], probability)):
        axes.set(xticks=[], yticks=[])
        figure.colorbar(picture, ax=axes, shrink=0.8)
    for axes in places[:-1]:
        axes.plot(*reversed(occlusion.worst_place), marker="x", color="#2ca02c", markersize=8)
    set_title(figure, title)
    set_caption(figure, caption)
    return figure


def _describe_cover(occlusion: OcclusionFigures) -> str:
    """Describe in the caption what covers the image, and what the colours mean."""
    colour = ", ".join(f"{part:.0f}" for part in occlusion.colour)
    rows, columns = occlusion.logit_drop.shape
    return (
        f"Occlusion (Zeiler and Fergus 2014): a square of {occlusion.size} × {occlusion.size} "
        f"pixels of the image's mean colour ({colour} of 255) covers {rows} × {columns} places in "
        "turn. "
        "Drop: how much the logit of the class falls; red: it falls, blue: it rises, white: 0, "
        "symmetric about 0. Probability: that of the class, from 0 to 1; without a cover it is "
        f"{occlusion.probability:.1%}. Cross: the place with the largest drop."
    )


def _set_class_title(axes: Axes, about: str) -> None:
    """Write class and role above an image, wrapped into lines that fit the panel."""
    axes.set_title(textwrap.fill(about, 30), fontsize=10, parse_math=False)


def _measure_panel(image: np.ndarray) -> float:
    """Compute the height in inches of the panel in which an image is drawn."""
    return float(np.clip(_PANEL * image.shape[0] / image.shape[1], 1.2, 6))


def _heat_options(evidence: np.ndarray) -> dict[str, Any]:
    """Return options of `imshow`: colours from 0 to the largest value, or to 1 if all are 0."""
    return {"cmap": "inferno", "vmin": 0, "vmax": float(evidence.max()) or 1.0}


def _draw_heat_map(figure: Figure, axes: Axes, evidence: np.ndarray) -> None:
    picture = axes.imshow(evidence, **_heat_options(evidence))
    axes.set(xticks=[], yticks=[])
    figure.colorbar(picture, ax=axes, shrink=0.8)
