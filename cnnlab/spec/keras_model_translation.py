"""A Keras model's description of itself → layers of this language, by an allow-list.

Nothing in it is ever handed to Keras. What is not known here by name is refused: another layer,
another argument, a class of somebody's own. What only training asks for (initializers, penalties,
constraints, seeds) is passed over: the network is asked, not trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cnnlab.spec import keras_branches
from cnnlab.spec.keras_layer_translation import (
    MERGES,
    KerasLayer,
    NotSupported,
    describe_argument,
    get_arguments,
    translate_layer,
)
from cnnlab.spec.layer_groups import MAX_LAYERS, AnyLayer
from cnnlab.spec.layer_interface import Layer
from cnnlab.spec.wording import to_one_line

_STACK = TypeAdapter(tuple[AnyLayer, ...])


@dataclass(frozen=True)
class ModelDescription:
    """What a Keras model says of itself: `image_shape` is (height, width, channels).

    `places` has, of each single layer in the order of its numbers, its Keras class and how many of
    that class the file counts before it. `factor` and `offset` are those of a Rescaling layer
    before all others, None without one: the network gets image · factor + offset.
    """

    image_shape: tuple[int, int, int]
    layers: tuple[Layer, ...]
    places: tuple[tuple[str, int], ...]
    factor: float | None
    offset: float


MAX_IMAGE_SIDE = 10_000
_FLATTENING = ("Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D")
_SCALES = (1e-6, 1e6)


def describe_model(config: Any) -> ModelDescription:
    """The layers of a model's `config.json`.

    Raises:
        Unknown: the first thing in it that this language has not.
    """
    try:
        return _describe_model(config)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        raise NotSupported("no description of a model in Keras's form") from None


def _describe_model(config: Any) -> ModelDescription:
    kind, inside = config["class_name"], config["config"]
    if len(inside["layers"]) > 2 * MAX_LAYERS:
        raise NotSupported(f"{len(inside['layers']):,} layers, of which {MAX_LAYERS} are read")
    steps = [KerasLayer.read(layer) for layer in inside["layers"]]
    outputs = inside.get("output_layers")
    if kind not in ("Sequential", "Functional"):
        raise NotSupported(
            f"a model of the kind {to_one_line(kind)}; Sequential and Functional are read"
        )
    if len(steps) > MAX_LAYERS:
        raise NotSupported(f"{len(steps):,} layers, of which {MAX_LAYERS} are read")
    if kind == "Sequential":
        steps = _chain_layers(steps, config)
    if sum(len(step.reads) for step in steps) > 4 * MAX_LAYERS:
        raise NotSupported("more branches than can be read")
    named = {step.called: step for step in steps}
    first = [step for step in steps if not step.reads]
    if len(named) < len(steps) or len(first) != 1 or first[0].name != "InputLayer":
        raise NotSupported("not one input and a name for each layer")
    image_shape = _read_image_shape(first[0])
    end = steps[-1].called if kind == "Sequential" else _find_output(outputs)
    try:
        row = keras_branches.find_rows(
            {name: step.reads for name, step in named.items()},
            {name for name, step in named.items() if step.name in MERGES},
            end,
        )
    except keras_branches.TangledBranches as tangle:
        layer = named[tangle.args[0]].name if tangle.args[0] in named else tangle.args[0]
        raise NotSupported(
            f"branches that do not part and join again, at {to_one_line(layer)}"
        ) from None
    factor, offset = None, 0.0
    if row and isinstance(row[0], str) and named[row[0]].name == "Rescaling":
        factor, offset = _read_rescaling(named[row[0]])
        row = row[1:]
    else:
        get_arguments(first[0])  # images of another type would not be turned into float32
    if len(image_shape) == 2:
        if not row or not isinstance(row[0], str) or named[row[0]].name != "Flatten":
            raise NotSupported("images without channels, which only a Flatten may read")
        image_shape = (*image_shape, 1)
    height, width, channels = image_shape
    return ModelDescription(
        image_shape=(height, width, channels),
        layers=_validate_layers(_translate_rows(row, named, False)),
        places=_count_places(row, named),
        factor=factor,
        offset=offset,
    )


def _translate_rows(
    row: keras_branches.Row, named: Mapping[str, KerasLayer], flat: bool
) -> list[dict[str, Any]]:
    """A row of layers as a config would have it; `flat` where its input has one axis."""
    found = []
    for one in row:
        if isinstance(one, str):
            step = named[one]
            axis = step.arguments.get("axis")
            if step.name == "BatchNormalization" and axis in (1, [1]) and not flat:
                raise NotSupported(describe_argument(step, "axis", axis))
            flat = flat or step.name in _FLATTENING
            found.append(translate_layer(step))
            continue
        step = named[one.name]
        axis = get_arguments(step).get("axis", -1)
        if axis not in (-1, 3):
            raise NotSupported(describe_argument(step, "axis", axis))
        branches = [_translate_rows(branch, named, flat) for branch in one.branches]
        flat = flat or any(
            isinstance(name, str) and named[name].name in _FLATTENING for name in one.branches[0]
        )
        found.append({"parallel": {"branches": branches, "merge": MERGES[step.name]}})
    return found


def _count_places(
    row: keras_branches.Row, named: Mapping[str, KerasLayer]
) -> tuple[tuple[str, int], ...]:
    """Of each single layer, in order, its class and how many of that class Keras counts before."""
    seen: dict[str, int] = {}
    numbers = {}
    for called, step in named.items():
        numbers[called] = seen[step.name] = seen.get(step.name, -1) + 1

    def walked(row: keras_branches.Row) -> Iterator[str]:
        for one in row:
            if isinstance(one, str):
                yield one
            else:
                for branch in one.branches:
                    yield from walked(branch)

    return tuple((named[called].name, numbers[called]) for called in walked(row))


def _validate_layers(plain: list[dict[str, Any]]) -> tuple[Layer, ...]:
    try:
        return _STACK.validate_python(plain)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"] if not isinstance(part, int))
        raise NotSupported(
            to_one_line(f"a layer that does not fit: {where}: {fault['msg']}")
        ) from None


def _chain_layers(steps: Sequence[KerasLayer], config: Any) -> list[KerasLayer]:
    """The layers of a Sequential, each reading the one before it, the input first."""
    if not steps or steps[0].name != "InputLayer":
        shape = (config.get("build_config") or {}).get("input_shape")
        steps = [KerasLayer("InputLayer", {"batch_shape": shape}, "input", ()), *steps]
    before = [()] + [(step.called,) for step in steps[:-1]]
    return [replace(step, reads=read) for step, read in zip(steps, before, strict=True)]


def _find_output(outputs: Any) -> str:
    while isinstance(outputs, list) and len(outputs) == 1:  # [["dense", 0, 0]] in older files
        outputs = outputs[0]
    if not isinstance(outputs, list) or outputs[1:] != [0, 0]:
        raise NotSupported("more than one output")
    return str(outputs[0])


def _read_image_shape(step: KerasLayer) -> tuple[int, ...]:
    shape: Any = step.arguments.get("batch_shape")
    right = isinstance(shape, list) and len(shape) in (3, 4) and shape[0] is None
    if not right or not all(type(side) is int and 0 < side <= MAX_IMAGE_SIDE for side in shape[1:]):
        raise NotSupported(
            f"inputs of the shape {to_one_line(shape)}; images are [None, height, width, 1]"
        )
    return tuple(shape[1:])


def _read_rescaling(step: KerasLayer) -> tuple[float, float]:
    said = get_arguments(step)
    found = [said.pop("scale", None), said.pop("offset", 0.0)]
    numbers = [float(n) for n in found if isinstance(n, int | float) and abs(n) <= _SCALES[1]]
    if said or len(numbers) < 2 or numbers[0] < _SCALES[0]:
        raise NotSupported("Rescaling by other than one positive number, with one offset")
    return numbers[0], numbers[1]
