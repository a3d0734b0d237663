"""What speaks for a class, over the image: Grad-CAM, and what covering takes away."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnlab.plots import headed
from cnnlab.plots.grids import SEQUENTIAL, caption_height, captioned, scale, show_image

_PANEL = 3.1  # inches


@dataclass(frozen=True)
class Evidence:
    """What Grad-CAM found for a class: `evidence` (height, width) over the whole image, in logits.

    `about` names the class and why it was asked for.
    """

    about: str
    evidence: np.ndarray


def grad_cam(
    image: np.ndarray, found: Sequence[Evidence], layer: str, shape: tuple[int, int], title: str
) -> Figure:
    """For each class the image, the evidence, and the two over each other.

    Args:
        shape: height and width of the layer's maps.
    """
    caption = (
        f"Grad-CAM (Selvaraju et al. 2017) on the logits: the maps of {layer}, {shape[0]} × "
        f"{shape[1]}, weighted by the mean slope of the class's logit in each, where their sum is "
        "above 0, stretched over the image. Colours: from 0 (dark, nothing speaks for the class) "
        "to the largest number, for each class by itself."
    )
    wide, rows = 3 * _PANEL + 1, len(found)
    below = caption_height(caption, wide)
    panel = _panel(image)
    figure = Figure(
        figsize=(wide, rows * (panel + 0.4) + 0.5 + below), dpi=120, layout="constrained"
    )
    for places, one in zip(figure.subplots(rows, 3, squeeze=False), found, strict=True):
        show_image(places[0], image)
        _named(places[0], one.about)
        _heat(figure, places[1], one.evidence)
        places[1].set_title("evidence for it" if one.evidence.any() else "no positive evidence")
        show_image(places[2], image)
        places[2].imshow(one.evidence, **_hot(one.evidence), alpha=0.55)
        places[2].set_title("over the image")
        for axes in places[1:]:
            axes.title.set_fontsize(10)
    headed(figure, title)
    captioned(figure, caption)
    return figure


@dataclass(frozen=True)
class Covering:
    """What covering around each of some pixels does: see `cnnlab.explain.occlusion`."""

    about: str
    fall: np.ndarray
    left: np.ndarray
    size: int
    colour: tuple[float, ...]
    probability: float
    worst: tuple[int, int]  # row and column


def occlusion(
    image: np.ndarray, found: Covering, evidence: Evidence | None, agreement: str, title: str
) -> Figure:
    """The image, Grad-CAM's evidence if there is any, the logit's fall and the probability left.

    Args:
        agreement: how far the two agree, in words.
    """
    colour = ", ".join(f"{part:.0f}" for part in found.colour)
    rows, columns = found.fall.shape
    caption = (
        f"Occlusion (Zeiler and Fergus 2014): a square of {found.size} × {found.size} pixels of "
        f"the image's mean colour ({colour} of 255) is centred on {rows} × {columns} places. "
        "Fall: how much smaller the class's logit gets; red takes from it, blue adds to it, "
        "white is 0, symmetric about 0. Left: the class's probability, from 0 to 1; uncovered it "
        f"is {found.probability:.1%}. Cross: where covering takes most. {agreement}"
    )
    panels = 3 + (evidence is not None)
    wide = panels * _PANEL + 1
    below = caption_height(caption, wide)
    figure = Figure(figsize=(wide, _panel(image) + 0.9 + below), dpi=120, layout="constrained")
    places = list(figure.subplots(1, panels))
    show_image(places[0], image)
    _named(places[0], found.about)
    if evidence is not None:
        _heat(figure, places[1], evidence.evidence)
        shown = "Grad-CAM" if evidence.evidence.any() else "Grad-CAM: no positive evidence"
        places[1].set_title(shown, fontsize=10)
    over = {"extent": (-0.5, image.shape[1] - 0.5, image.shape[0] - 0.5, -0.5)}
    fall = places[-2].imshow(found.fall, **scale(found.fall, symmetric=True).options, **over)
    left = places[-1].imshow(found.left, cmap=SEQUENTIAL, vmin=0, vmax=1, **over)
    places[-2].set_title("fall of the logit when covered", fontsize=10)
    places[-1].set_title("probability left", fontsize=10)
    for axes, picture in ((places[-2], fall), (places[-1], left)):
        axes.set(xticks=[], yticks=[])
        figure.colorbar(picture, ax=axes, shrink=0.8)
    for axes in places[:-1]:
        axes.plot(*reversed(found.worst), marker="x", color="#2ca02c", markersize=8)
    headed(figure, title)
    captioned(figure, caption)
    return figure


def _named(axes: Axes, about: str) -> None:
    """Put the class above the image, in lines that its panel has room for."""
    axes.set_title(textwrap.fill(about, 30), fontsize=10, parse_math=False)


def _panel(image: np.ndarray) -> float:
    """The height of a panel that shows an image, in inches."""
    return float(np.clip(_PANEL * image.shape[0] / image.shape[1], 1.2, 6))


def _hot(evidence: np.ndarray) -> dict[str, Any]:
    """Of `imshow`: from 0 to the largest number, or any where all are 0."""
    return {"cmap": "inferno", "vmin": 0, "vmax": float(evidence.max()) or 1.0}


def _heat(figure: Figure, axes: Axes, evidence: np.ndarray) -> None:
    picture = axes.imshow(evidence, **_hot(evidence))
    axes.set(xticks=[], yticks=[])
    figure.colorbar(picture, ax=axes, shrink=0.8)
