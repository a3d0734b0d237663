"""What a teacher would say of an architecture that is right, but may not be what was meant."""

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

HEAVY_DENSE = 0.9  # share of all parameters
MOST_ROTATION = 15  # degrees that leave a digit what it is


def give_advice(spec: Experiment, table: Table) -> list[str]:
    """Sentences, each with the figures that it rests on; none where there is nothing to say."""
    units = unroll(spec.model, table.rows[0].input)
    leaves = [leaf for unit in units for leaf in unit.leaves()]
    rows = [row for row in table.rows if row.number]
    return [
        *_find_unused_pixels(leaves, rows),
        *_find_heavy_dense(leaves, rows, table),
        *_find_linear_pairs(units),
        *_find_last_dropout([leaf.layer for leaf in leaves]),
        *_find_harmful_augmentation(spec.data),
    ]


def _find_unused_pixels(leaves: list[Unit], rows: list[Row]) -> Iterator[str]:
    for leaf, row in zip(leaves, rows, strict=True):
        if leaf.location[-1] == "shortcut":
            continue  # its stride is there to leave pixels out
        axes = list(zip(leaf.layer.windows() or (), row.input, strict=False))
        names = ("rows", "columns")
        if len(set(axes)) == 1:  # the same of both, told once
            axes, names = axes[:1], ("rows and columns", "")
        for name, (window, length) in zip(names, axes, strict=False):
            unused = window.unused(length)
            if unused:
                yield (
                    f"layer {row.number} ({row.kind}) leaves {unused} of {length} {name} unused: "
                    f"{_explain_unused(window, length)}"
                )


def _explain_unused(window: Window, length: int) -> str:
    if window.stride > window.extent:
        return (
            f"its stride of {window.stride} is larger than its kernel, which spans {window.extent}"
        )
    rounded = f"{window.arithmetic(length)} rounds down"
    return f"{rounded}; `padding: same` or another stride uses them"


def _find_heavy_dense(leaves: list[Unit], rows: list[Row], table: Table) -> Iterator[str]:
    for index, (leaf, row) in enumerate(zip(leaves, rows, strict=True)):
        if isinstance(leaf.layer, Dense):
            share = row.parameters / max(table.parameters, 1)
            before = [isinstance(other.layer, Flatten) for other in leaves[:index]]
            if share >= HEAVY_DENSE and any(before) and index < len(leaves) - 1:
                yield (
                    f"{share:.0%} of the parameters are in layer {row.number} (dense): "
                    f"{row.parameters_arithmetic} = {row.parameters:,} of {table.parameters:,}; "
                    "pool once more before `flatten`, or use `global_avg_pool` in its place"
                )
            return


def _find_linear_pairs(units: Sequence[Unit]) -> Iterator[str]:
    """Two linear layers with nothing but linear ones between them are one linear layer."""
    linear: Unit | None = None
    for unit in _flatten_units(units):
        layer = unit.layer
        if isinstance(layer, Group):  # it merges several ways: each by itself
            for way in unit.ways:
                yield from _find_linear_pairs(way)
            linear = None
        elif isinstance(layer, Convolution | Dense):
            if linear is not None:
                yield (
                    f"layers {linear.number} ({linear.layer.kind}) and {unit.number} ({layer.kind})"
                    f" have no activation between them, so together they are one linear layer; "
                    f"write `activation: relu` in layer {linear.number}"
                )
            linear = unit if layer.activation.kind == "linear" else None
        elif not isinstance(layer, Flatten | Dropout | AvgPool | GlobalAvgPool):
            linear = None


def _flatten_units(units: Sequence[Unit]) -> Iterator[Unit]:
    """Single layers and groups that branch; of the groups that do not, what is in them."""
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
                f"layer {index + 1} (dropout) stands after the last layer with weights: it deletes "
                "answers, not features; put it before the last `dense`"
            )


def _find_harmful_augmentation(data: Data) -> Iterator[str]:
    """Augmentation after which a digit is no longer the one that its label says."""
    if data.dataset != "mnist":
        return
    for place, kind in enumerate(data.augment, start=1):
        where = f"augmentation {place} ({kind.kind})"
        if isinstance(kind, RandomFlip):
            yield f"{where} mirrors digits, and a mirrored 2 is no digit; leave it out"
        if isinstance(kind, RandomRotation) and kind.degrees > MOST_ROTATION:
            yield (
                f"{where} rotates digits by up to {kind.degrees:g}°, and a 6 rotated by 180° is a "
                f"9; {MOST_ROTATION}° or less leaves them what they are"
            )
