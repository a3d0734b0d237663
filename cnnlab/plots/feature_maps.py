"""Draw feature maps: all maps of one layer, or the first maps of every layer."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnlab.counts import format_selection
from cnnlab.plots import set_title
from cnnlab.plots.image_grids import (
    NEVER_FIRES,
    ColourScale,
    build_mosaic,
    choose_scale,
    measure_caption,
    remove_frame,
    set_caption,
    show_image,
)

SHOWN_MAPS = 64  # maps at most, in the picture of one layer
COLUMNS = 8
SHOWN_PER_LAYER = 12  # maps at most, in the picture of all layers
_NAME_WIDTH = 1.5  # inches beside the rows of an overview
_NUMBER_HEIGHT = 0.19  # inches above a map, for its number


@dataclass(frozen=True)
class LayerMaps:
    """The feature maps of a layer in the trained network and, if asked for, in the untrained one.

    `maps` has an array (height, width, channels) under the key "trained", and perhaps under
    "untrained". `silent` has, under these keys, the numbers, from 1, of the maps that are never
    above 0; or None if the network also uses negative values of the layer.
    """

    title: str
    maps: Mapping[str, np.ndarray]
    silent: Mapping[str, Collection[int] | None]

    @property
    def shape_text(self) -> str:
        return " × ".join(map(str, next(iter(self.maps.values())).shape))


def draw_layer_maps(layer: LayerMaps, title: str, counted: str) -> Figure:
    """Draw the numbered feature maps of one layer; the numbers of silent maps are red.

    Args:
        counted: a text that names the images over which silent maps were counted.
    """
    every = next(iter(layer.maps.values()))
    height, width, channels = every.shape
    map_count = min(SHOWN_MAPS, channels)
    sides = len(layer.maps)
    columns = min(COLUMNS, map_count)
    caption = _write_caption(layer, map_count, counted)
    wide = max(6.5, min(9.0, 1.1 * columns + 1.5)) if sides == 1 else 13.0
    inches = wide / sides - 1.2
    gaps = _measure_gaps(width, inches / columns)
    shape = (-(-map_count // columns) * (height + gaps[0]), columns * (width + gaps[1]))
    high = max(inches * shape[0] / shape[1], 1.2)
    size = (wide, high + 0.5 + 0.3 * (sides > 1) + measure_caption(caption, wide))
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    places = figure.subplots(1, sides, squeeze=False)[0]
    for axes, (name, maps) in zip(places, layer.maps.items(), strict=True):
        picture = _draw_numbered(
            axes, maps[..., :map_count], gaps, choose_scale(maps), layer.silent[name] or ()
        )
        figure.colorbar(picture, ax=axes, label="number in the map", fraction=0.03)
        if sides > 1:
            axes.set_title(name)
    set_title(figure, title)
    set_caption(figure, caption)
    return figure


def _measure_gaps(width: int, inches: float) -> tuple[int, int]:
    """Compute the gap above a map, for the map's number, and the gap beside the map, in pixels.

    Args:
        width: the width of the map in pixels.
        inches: the width of the map and of the gap beside the map, in inches.
    """
    beside = max(1, round(0.08 * width))
    return max(1, math.ceil(_NUMBER_HEIGHT * (width + beside) / inches)), beside


def _draw_numbered(
    axes: Axes,
    maps: np.ndarray,
    gaps: tuple[int, int],
    colours: ColourScale,
    silent: Collection[int],
) -> Any:
    height, width, count = maps.shape
    columns, (above, beside) = min(COLUMNS, count), gaps
    picture = axes.imshow(
        build_mosaic(maps.transpose(2, 0, 1), columns, (above, beside)), **colours.options
    )
    remove_frame(axes)
    for place in range(count):
        down, across = divmod(place, columns)
        color = NEVER_FIRES if place + 1 in silent else "black"
        at = (across * (width + beside) - 0.5, down * (height + above) + above - 0.6)
        axes.text(*at, str(place + 1), fontsize=7, va="bottom", color=color)
    return picture


def _write_caption(layer: LayerMaps, map_count: int, counted: str) -> str:
    channels = next(iter(layer.maps.values())).shape[-1]
    ranges = []
    for name, maps in layer.maps.items():
        side = f"{name} " if len(layer.maps) > 1 else ""
        scale = choose_scale(maps)
        ranges.append(f"{side}{scale.range_text}{', white is 0' if scale.low < 0 else ''}")
    one = "one scale for all maps" + (" of a network" if len(ranges) > 1 else "")
    return (
        f"Shown: {format_selection(map_count, channels, 'map')}, numbered from 1. "
        f"Colours: {'; '.join(ranges)}; {one}. "
        f"{describe_silence(layer, counted)}"
    )


def describe_silence(layer: LayerMaps, counted: str) -> str:
    """Say how many maps are never above 0, or why cnnlab does not count such maps."""
    counts = []
    for name, silent in layer.silent.items():
        who = f"{name}: " if len(layer.silent) > 1 else ""
        if silent is None:
            return "The network uses negative values of these maps too, so no map is silent."
        counts.append(f"{who}{len(silent)} of {layer.maps[name].shape[-1]}")
    return f"Red numbers: maps that are never above 0 in {counted} ({', '.join(counts)})."


def draw_overview(
    layers: Sequence[LayerMaps], image: np.ndarray, title: str, counted: str
) -> Figure:
    """Draw an image, and below the image a row of feature maps for each layer."""
    sides = list(layers[0].maps)
    caption = (
        f"Below the image: the first {SHOWN_PER_LAYER} maps of each layer, or all. Colours: each "
        "row from 0 (dark) to its largest value (bright); if the network also uses negative "
        "values, from blue over white (0) to red. Silent: maps that are never above 0 in "
        f"{counted}."
    )
    wide = 9.5 if len(sides) == 1 else 15.0
    across = (wide - _NAME_WIDTH - 0.3) / len(sides) / SHOWN_PER_LAYER
    heights = [across * min(maps.shape[0] / maps.shape[1], 2.5) for maps in _get_first_maps(layers)]
    below = measure_caption(caption, wide)
    rows = [1.2, *(max(height, 0.62) for height in heights)]
    figure = Figure(figsize=(wide, sum(rows) * 1.12 + 0.8 + below), dpi=120, layout="constrained")
    # Names get a column of their own: the layout ignores labels of axes with a fixed shape.
    ratios = [_NAME_WIDTH, *[(wide - _NAME_WIDTH) / len(sides)] * len(sides)]
    options: dict[str, Any] = {"height_ratios": rows, "width_ratios": ratios, "squeeze": False}
    places = figure.subplots(len(rows), 1 + len(sides), **options)
    for axes, words in zip(places[:, 0], ["", *map(_format_layer_name, layers)], strict=True):
        axes.set_axis_off()
        axes.text(1, 0.5, words, ha="right", va="center", fontsize=8, transform=axes.transAxes)
    for column, name in enumerate(sides, 1):
        show_image(places[0, column], image)
        places[0, column].set_title(name if len(sides) > 1 else "image", fontsize=10)
        for axes, layer in zip(places[1:, column], layers, strict=True):
            _draw_row(axes, layer, name)
    set_title(figure, title)
    set_caption(figure, caption)
    return figure


def _format_layer_name(layer: LayerMaps) -> str:
    return "\n".join([*layer.title.split(", "), layer.shape_text])


def _get_first_maps(layers: Sequence[LayerMaps]) -> list[np.ndarray]:
    return [next(iter(layer.maps.values())) for layer in layers]


def build_strip(maps: np.ndarray, beyond: int = 0) -> np.ndarray:
    """Arrange the first maps of an array (height, width, channels) in a row, with NaN gaps.

    The row has the width of SHOWN_PER_LAYER maps plus `beyond` pixels, so that rows with fewer maps
    show each map at the same size.
    """
    height, width, _ = maps.shape
    first = maps[..., :SHOWN_PER_LAYER].transpose(2, 0, 1)
    beside = max(1, round(0.08 * width))
    strip = np.full((height, SHOWN_PER_LAYER * (width + beside) + beyond), np.nan)
    tiles = build_mosaic(first, len(first), (0, beside))
    strip[:, : tiles.shape[1]] = tiles
    return strip


def _draw_row(axes: Axes, layer: LayerMaps, side: str) -> None:
    maps, silent = layer.maps[side], layer.silent[side]
    # A row of several sides has a gap to the next side.
    strip = build_strip(maps, maps.shape[1] // 2 if len(layer.maps) > 1 else 0)
    axes.imshow(strip, **choose_scale(maps).options)
    remove_frame(axes)
    axes.set_anchor("W")
    if silent:
        text = f"{len(silent)} of {maps.shape[-1]} silent"
        axes.set_title(text, fontsize=7, color=NEVER_FIRES, loc="left", pad=1)
