"""Write advice on a valid architecture that may not be what the user wants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnlab.spec.augmentation import RandomFlip, RandomRotation
from cnnlab.spec.convolutions_and_pools import AvgPool, Convolution
from cnnlab.spec.experiment import Data, Experiment
from cnnlab.spec.layer_groups import Group, Unit, unroll
from cnnlab.spec.layer_interface import Layer
from cnnlab.spec.layer_table import Row, Table
from cnnlab.spec.layers import Dense, Dropout, Flatten, GlobalAvgPool
from cnnlab.spec.window import Window

HEAVY_DENSE = 0.9  # share of all parameters that one dense layer has
MOST_ROTATION = 15  # degrees; a digit rotated further can look like another digit


def give_advice(spec: Experiment, table: Table) -> list[str]:
    """Return sentences of advice on a network, each with the numbers that are the reason."""
    units = unroll(spec.model, table.rows[0].input)
    leaves = [leaf for unit in units for leaf in unit.leaves()]
    rows = [row for row in table.rows if row.number]
    return [
        *_find_unused_pixels(leaves, rows),
        *_find_large_kernels(leaves, rows),
        *_find_heavy_dense(leaves, rows, table),
        *_find_linear_pairs(units),
        *_find_last_dropout([leaf.layer for leaf in leaves]),
        *_find_harmful_augmentation(spec.data),
    ]


def _find_unused_pixels(leaves: list[Unit], rows: list[Row]) -> Iterator[str]:
    for leaf, row in zip(leaves, rows, strict=True):
        if leaf.location[-1] == "shortcut":
            continue  # the convolution of a shortcut skips pixels on purpose
        axes = list(zip(leaf.layer.windows() or (), row.input, strict=False))
        names = ("rows", "columns")
        if len(set(axes)) == 1:  # equal for both axes: one sentence
            axes, names = axes[:1], ("rows and columns", "")
        for name, (window, length) in zip(names, axes, strict=False):
            unused = window.count_unused(length)
            if unused:
                yield (
                    f"layer {row.number} ({row.kind}) leaves {unused} of {length} {name} unused: "
                    f"{_explain_unused(window, length)}"
                )


def _explain_unused(window: Window, length: int) -> str:
    if window.stride > window.extent:
        return (
            f"the stride, {window.stride}, is larger than the kernel, which spans {window.extent}"
        )
    rounded = f"{window.arithmetic(length)} rounds down"
    return f"{rounded}; to use all pixels, write `padding: same` or another stride"


def _find_large_kernels(leaves: list[Unit], rows: list[Row]) -> Iterator[str]:
    for leaf, row in zip(leaves, rows, strict=True):
        for window, length in zip(leaf.layer.windows() or (), row.input, strict=False):
            if window.extent > length:
                yield (
                    f"layer {row.number} ({row.kind}): the kernel spans {window.extent} of an "
                    f"input of {length}, so at every place a part of it lies on padding; use a "
                    "smaller kernel"
                )
                break


def _find_heavy_dense(leaves: list[Unit], rows: list[Row], table: Table) -> Iterator[str]:
    for index, (leaf, row) in enumerate(zip(leaves, rows, strict=True)):
        if isinstance(leaf.layer, Dense):
            share = row.parameters / max(table.parameters, 1)
            before = [isinstance(other.layer, Flatten) for other in leaves[:index]]
            if share >= HEAVY_DENSE and any(before) and index < len(leaves) - 1:
                yield (
                    f"{share:.0%} of the parameters are in layer {row.number} (dense): "
                    f"{row.parameters_arithmetic} = {row.parameters:,} of {table.parameters:,}; "
                    "add a pool before `flatten`, or replace `flatten` by `global_avg_pool`"
                )
            return


def _find_linear_pairs(units: Sequence[Unit]) -> Iterator[str]:
    """Find pairs of linear layers without an activation between the two layers of a pair."""
    linear: Unit | None = None
    for unit in _flatten_units(units):
        layer = unit.layer
        if isinstance(layer, Group):  # the group has several branches: check each branch
            for way in unit.ways:
                yield from _find_linear_pairs(way)
            linear = None
        elif isinstance(layer, Convolution | Dense):
            if linear is not None:
                yield (
                    f"layers {linear.number} ({linear.layer.kind}) and {unit.number} ({layer.kind})"
                    f" have no activation between them, so the two compute one linear function; "
                    f"write `activation: relu` in layer {linear.number}"
                )
            linear = unit if layer.activation.kind == "linear" else None
        elif not isinstance(layer, Flatten | Dropout | AvgPool | GlobalAvgPool):
            linear = None


def _flatten_units(units: Sequence[Unit]) -> Iterator[Unit]:
    """Yield single layers and groups with branches; replace other groups by their layers."""
    for unit in units:
        if len(unit.ways) == 1:
            yield from _flatten_units(unit.ways[0])
        else:
            yield unit


def _find_last_dropout(layers: list[Layer]) -> Iterator[str]:
    for index, layer in enumerate(layers):
        rest = layers[index + 1 :]
        if isinstance(layer, Dropout) and not any(
            isinstance(other, Dense | Convolution) for other in rest
        ):
            yield (
                f"layer {index + 1} (dropout) comes after the last layer with weights, so dropout "
                "sets outputs of the network to 0; put the dropout before the last `dense`"
            )


def _find_harmful_augmentation(data: Data) -> Iterator[str]:
    """Find augmentation that can turn a digit into another digit."""
    if data.dataset != "mnist":
        return
    for place, kind in enumerate(data.augment, start=1):
        where = f"augmentation {place} ({kind.kind})"
        if isinstance(kind, RandomFlip):
            yield f"{where} mirrors digits, but a mirrored 2 is no digit; remove this augmentation"
        if isinstance(kind, RandomRotation) and kind.degrees > MOST_ROTATION:
            yield (
                f"{where} rotates digits by up to {kind.degrees:g}°, but a 6 rotated by 180° is a "
                f"9; use {MOST_ROTATION}° or less"
            )
