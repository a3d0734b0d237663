"""Experiment → the table of its layers: shapes, arithmetic, parameters, multiply-adds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod
from typing import Any

from cnnlab.spec.convolutions import Windowed
from cnnlab.spec.experiment import DatasetInfo, Experiment, shapes
from cnnlab.spec.layer import Layer, Shape
from cnnlab.spec.layers import Flatten, GlobalPool, ZeroPad
from cnnlab.spec.training import Optimizer

FLOAT_BYTES = 4  # weights are float32 whatever the precision
# Arrays of the size of the weights that each optimizer keeps (Keras 3.15).
_SLOTS = {"sgd": 0, "adam": 2, "adamw": 2, "nadam": 2, "rmsprop": 1, "adagrad": 1, "lion": 1}


@dataclass(frozen=True)
class Row:
    """One layer; shapes without the batch axis, `receptive_field` in pixels of the image."""

    number: int
    kind: str
    input: Shape
    kernel: tuple[int, int] | None
    stride: tuple[int, int] | None
    padding: str
    arithmetic: str
    output: Shape
    parameters: int
    parameters_arithmetic: str
    multiply_adds: int
    receptive_field: tuple[int, int]


@dataclass(frozen=True)
class Table:
    """The rows and what they add up to.

    `activation_bytes` is what the outputs of all layers take for one batch, `weight_bytes` what
    weights, gradients and the optimizer's arrays take; both computed, not measured.
    """

    rows: tuple[Row, ...]
    parameters: int
    trainable: int
    non_trainable: int
    multiply_adds: int
    batch_size: int
    activation_bytes: int
    weight_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """The table as plain data for JSON."""
        return asdict(self)


def table(spec: Experiment, info: DatasetInfo) -> Table:
    """The table of a spec whose shapes fit, as `reader.read` has checked."""
    reached = shapes(spec.model, info.image_shape)
    fields = _receptive_fields(spec.model, info.image_shape)
    rows = []
    trainable = non_trainable = 0
    for index, layer in enumerate(spec.model):
        parameters = layer.parameters(reached[index])
        trainable += parameters.trainable
        non_trainable += parameters.non_trainable
        windows = layer.windows()
        rows.append(
            Row(
                number=index + 1,
                kind=layer.kind,
                input=reached[index],
                kernel=(windows[0].kernel, windows[1].kernel) if windows else None,
                stride=(windows[0].stride, windows[1].stride) if windows else None,
                padding=_padding(layer),
                arithmetic=_arithmetic(layer, reached[index], reached[index + 1]),
                output=reached[index + 1],
                parameters=parameters.total,
                parameters_arithmetic=parameters.arithmetic,
                multiply_adds=layer.multiply_adds(reached[index]),
                receptive_field=fields[index],
            )
        )
    activations = sum(prod(shape) for shape in reached) * spec.data.batch_size
    slots = 2 + _slots(spec.training.optimizer)  # the weights, their gradients, the optimizer's
    return Table(
        rows=tuple(rows),
        parameters=trainable + non_trainable,
        trainable=trainable,
        non_trainable=non_trainable,
        multiply_adds=sum(row.multiply_adds for row in rows),
        batch_size=spec.data.batch_size,
        activation_bytes=FLOAT_BYTES * activations,
        weight_bytes=FLOAT_BYTES * (slots * trainable + non_trainable),
    )


def _slots(optimizer: Optimizer) -> int:
    extra = getattr(optimizer, "momentum", 0) > 0  # sgd and rmsprop
    extra += getattr(optimizer, "amsgrad", False) or getattr(optimizer, "centered", False)
    return _SLOTS[optimizer.kind] + int(extra)


def _padding(layer: Layer) -> str:
    if isinstance(layer, ZeroPad):
        return "·".join(map(str, dict.fromkeys(layer.padding)))
    return str(layer.padding) if isinstance(layer, Windowed) else ""  # type: ignore[attr-defined]


def _arithmetic(layer: Layer, shape: Shape, output: Shape) -> str:
    """How the output shape comes about; once where height and width agree."""
    windows = layer.windows()
    if windows:
        sides = [w.arithmetic(n) for w, n in zip(windows, shape, strict=False)]
        return ", ".join(dict.fromkeys(sides))
    if isinstance(layer, ZeroPad):
        pads = zip(shape, layer.padding, strict=False)
        return ", ".join(dict.fromkeys(f"{n} + 2·{p} = {n + 2 * p}" for n, p in pads))
    if isinstance(layer, Flatten):
        return f"{'·'.join(map(str, shape))} = {output[0]}" if len(shape) > 1 else ""
    return ""


def _receptive_fields(layers: tuple[Layer, ...], image: Shape) -> list[tuple[int, int]]:
    """How many pixels of the image, down and across, one number after each layer depends on.

    Each window of extent F widens the field by (F − 1) · (product of the strides before it); the
    field is cut at the image. Source: Araujo, Norris, Sim, "Computing receptive fields of
    convolutional neural networks", Distill 2019, equation 2.
    """
    field, jump = [1, 1], [1, 1]
    result = []
    shape = image
    for layer in layers:
        windows = layer.windows()
        if windows:
            for axis, window in enumerate(windows):
                field[axis] += (window.extent - 1) * jump[axis]
                jump[axis] *= window.stride
        elif isinstance(layer, Flatten | GlobalPool) and len(shape) == 3:
            for axis in (0, 1):
                field[axis] += (shape[axis] - 1) * jump[axis]
        shape = layer.output_shape(shape)
        result.append((min(field[0], image[0]), min(field[1], image[1])))
    return result
