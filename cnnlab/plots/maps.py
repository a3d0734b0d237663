"""Feature maps: those of one layer, and some of every layer."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnlab.plots import headed
from cnnlab.plots.grids import (
    NEVER_FIRES,
    Scale,
    bare,
    caption_height,
    captioned,
    mosaic,
    scale,
    show_image,
)

SHOWN = 64  # of one layer
COLUMNS = 8
SHOWN_OF_EACH = 12  # of every layer
_NAMES = 1.5  # inches beside the rows of an overview
_ROOM = 0.19  # inches above a map, for its number


@dataclass(frozen=True)
class Layer:
    """The maps of a layer: `maps` (height, width, channels) by the side they stand on.

    `silent` are the numbers of the maps, from 1, that never fire, by the same sides; None where a
    map need not be above 0 to say something.
    """

    title: str
    maps: Mapping[str, np.ndarray]
    silent: Mapping[str, Collection[int] | None]


def layer_maps(layer: Layer, title: str, counted: str) -> Figure:
    """The maps of one layer, numbered; those that never fire in red.

    Args:
        counted: the images in which they were looked for, in words.
    """
    every = next(iter(layer.maps.values()))
    height, width, channels = every.shape
    shown = min(SHOWN, channels)
    sides = len(layer.maps)
    columns = min(COLUMNS, shown)
    caption = _caption(layer, shown, counted)
    wide = max(6.5, min(9.0, 1.1 * columns + 1.5)) if sides == 1 else 13.0
    inches = wide / sides - 1.2
    gaps = _gaps(width, inches / columns)
    shape = (-(-shown // columns) * (height + gaps[0]), columns * (width + gaps[1]))
    high = max(inches * shape[0] / shape[1], 1.2)
    size = (wide, high + 0.5 + 0.3 * (sides > 1) + caption_height(caption, wide))
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    places = figure.subplots(1, sides, squeeze=False)[0]
    for axes, (name, maps) in zip(places, layer.maps.items(), strict=True):
        picture = _numbered(axes, maps[..., :shown], gaps, scale(maps), layer.silent[name] or ())
        figure.colorbar(picture, ax=axes, label="number in the map", fraction=0.03)
        if sides > 1:
            axes.set_title(name)
    headed(figure, title)
    captioned(figure, caption)
    return figure


def _gaps(width: int, inches: float) -> tuple[int, int]:
    """What is left free above a map, for its number, and beside it, in pixels of the map.

    Args:
        inches: what a map of `width` pixels and its gap have on the page.
    """
    beside = max(1, round(0.08 * width))
    return max(1, math.ceil(_ROOM * (width + beside) / inches)), beside


def _numbered(
    axes: Axes, maps: np.ndarray, gaps: tuple[int, int], colours: Scale, silent: Collection[int]
) -> Any:
    height, width, count = maps.shape
    columns, (above, beside) = min(COLUMNS, count), gaps
    picture = axes.imshow(
        mosaic(maps.transpose(2, 0, 1), columns, (above, beside)), **colours.options
    )
    bare(axes)
    for place in range(count):
        down, across = divmod(place, columns)
        color = NEVER_FIRES if place + 1 in silent else "black"
        at = (across * (width + beside) - 0.5, down * (height + above) + above - 0.6)
        axes.text(*at, str(place + 1), fontsize=7, va="bottom", color=color)
    return picture


def _caption(layer: Layer, shown: int, counted: str) -> str:
    channels = next(iter(layer.maps.values())).shape[-1]
    which = f"all {channels}" if shown == channels else f"the first {shown} of {channels}"
    told = []
    for name, maps in layer.maps.items():
        who = f"{name} " if len(layer.maps) > 1 else ""
        found = scale(maps)
        told.append(f"{who}{found.words}{', white is 0' if found.low < 0 else ''}")
    one = "one scale for all maps" + (" of a side" if len(told) > 1 else "")
    return (
        f"Shown: {which} maps, numbered from 1. Colours: {'; '.join(told)}; {one}. "
        f"{silence(layer, counted)}"
    )


def silence(layer: Layer, counted: str) -> str:
    """A sentence on the maps that never fire."""
    told = []
    for name, silent in layer.silent.items():
        who = f"{name}: " if len(layer.silent) > 1 else ""
        if silent is None:
            return "Numbers below 0 go on from here, so that no map is called silent."
        told.append(f"{who}{len(silent)} of {layer.maps[name].shape[-1]}")
    return f"Red: never above 0 in {counted} ({', '.join(told)})."


def overview(layers: Sequence[Layer], image: np.ndarray, title: str, counted: str) -> Figure:
    """The image, and below it the first maps of every layer, each row on its own scale."""
    sides = list(layers[0].maps)
    caption = (
        f"Below the image: the first {SHOWN_OF_EACH} maps of each layer, or all. Colours: each "
        "row from 0 (dark) to its largest number (bright), or, where numbers below 0 go on, from "
        "blue over white (0) to red, as far each way. Silent: maps that are never above 0 in "
        f"{counted}."
    )
    wide = 9.5 if len(sides) == 1 else 15.0
    across = (wide - _NAMES - 0.3) / len(sides) / SHOWN_OF_EACH
    heights = [across * min(maps.shape[0] / maps.shape[1], 2.5) for maps in _firsts(layers)]
    below = caption_height(caption, wide)
    rows = [1.2, *(max(height, 0.62) for height in heights)]
    figure = Figure(figsize=(wide, sum(rows) * 1.12 + 0.8 + below), dpi=120, layout="constrained")
    # Names have a column of their own: the layout forgets labels of axes that keep their shape.
    ratios = [_NAMES, *[(wide - _NAMES) / len(sides)] * len(sides)]
    options: dict[str, Any] = {"height_ratios": rows, "width_ratios": ratios, "squeeze": False}
    places = figure.subplots(len(rows), 1 + len(sides), **options)
    for axes, words in zip(places[:, 0], ["", *map(_words, layers)], strict=True):
        axes.set_axis_off()
        axes.text(1, 0.5, words, ha="right", va="center", fontsize=8, transform=axes.transAxes)
    for column, name in enumerate(sides, 1):
        show_image(places[0, column], image)
        places[0, column].set_title(name if len(sides) > 1 else "image", fontsize=10)
        for axes, layer in zip(places[1:, column], layers, strict=True):
            _row(axes, layer, name)
    headed(figure, title)
    captioned(figure, caption)
    return figure


def _words(layer: Layer) -> str:
    height, width, channels = next(iter(layer.maps.values())).shape
    return "\n".join([*layer.title.split(", "), f"{height} × {width} × {channels}"])


def _firsts(layers: Sequence[Layer]) -> list[np.ndarray]:
    return [next(iter(layer.maps.values())) for layer in layers]


def _row(axes: Axes, layer: Layer, side: str) -> None:
    maps, silent = layer.maps[side], layer.silent[side]
    height, width, channels = maps.shape
    first = maps[..., :SHOWN_OF_EACH].transpose(2, 0, 1)
    beside = max(1, round(0.08 * width))
    # As wide as a full row, so that the maps of all layers are as large; apart from another side.
    apart = width // 2 if len(layer.maps) > 1 else 0
    strip = np.full((height, SHOWN_OF_EACH * (width + beside) + apart), np.nan)
    drawn = mosaic(first, len(first), (0, beside))
    strip[:, : drawn.shape[1]] = drawn
    axes.imshow(strip, **scale(maps).options)
    bare(axes)
    axes.set_anchor("W")
    if silent:
        told = f"{len(silent)} of {channels} silent"
        axes.set_title(told, fontsize=7, color=NEVER_FIRES, loc="left", pad=1)
