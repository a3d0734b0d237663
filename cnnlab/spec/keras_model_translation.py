"""Translate the config.json of a foreign model into the layers of a config, by an allow-list.

cnnlab passes nothing from config.json to Keras, and refuses every layer, argument or class that it
does not know. It ignores arguments that only matter in training, since it does not train these
models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cnnlab.spec import keras_branches
from cnnlab.spec.fault_messages import explain_error
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
    """The description of a foreign model; `image_shape` is (height, width, channels).

    `places` has two values for each single layer, in the order of the layer numbers: its Keras
    class, and how many layers of this class come before it in the file. `factor` and `offset` come
    from a Rescaling layer at the start, which computes image · factor + offset. `factor` is None
    if the model does not start with a Rescaling layer.
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
    """Describe the model in the content of a `config.json`.

    Raises:
        NotSupported: the model has something that cnnlab does not support.
    """
    try:
        return _describe_model(config)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        raise NotSupported("no valid description of a Keras model") from None


def _describe_model(config: Any) -> ModelDescription:
    kind, inside = config["class_name"], config["config"]
    if len(inside["layers"]) > 2 * MAX_LAYERS:
        raise NotSupported(f"{len(inside['layers']):,} layers; cnnlab reads at most {MAX_LAYERS}")
    steps = [KerasLayer.read(layer) for layer in inside["layers"]]
    outputs = inside.get("output_layers")
    if kind not in ("Sequential", "Functional"):
        raise NotSupported(
            f"a model of the class {to_one_line(kind)}; cnnlab reads Sequential and Functional"
        )
    if len(steps) > MAX_LAYERS:
        raise NotSupported(f"{len(steps):,} layers; cnnlab reads at most {MAX_LAYERS}")
    if kind == "Sequential":
        steps = _chain_layers(steps, config)
    if sum(len(step.reads) for step in steps) > 4 * MAX_LAYERS:
        raise NotSupported("too many branches")
    layers_by_name = {step.called: step for step in steps}
    first = [step for step in steps if not step.reads]
    if len(layers_by_name) < len(steps) or len(first) != 1 or first[0].name != "InputLayer":
        raise NotSupported("several inputs, or two layers with the same name")
    image_shape = _read_image_shape(first[0])
    end = steps[-1].called if kind == "Sequential" else _find_output(outputs)
    row = _find_rows(layers_by_name, end)
    factor, offset = None, 0.0
    if row and isinstance(row[0], str) and layers_by_name[row[0]].name == "Rescaling":
        factor, offset = _read_rescaling(layers_by_name[row[0]])
        row = row[1:]
    else:
        get_arguments(first[0])  # the input type must be float32
    if len(image_shape) == 2:
        if not row or not isinstance(row[0], str) or layers_by_name[row[0]].name != "Flatten":
            raise NotSupported("images without a channel axis, but no Flatten as first layer")
        image_shape = (*image_shape, 1)
    height, width, channels = image_shape
    return ModelDescription(
        image_shape=(height, width, channels),
        layers=_validate_layers(_translate_rows(row, layers_by_name, False)),
        places=_count_places(row, layers_by_name),
        factor=factor,
        offset=offset,
    )


def _find_rows(layers_by_name: Mapping[str, KerasLayer], end: str) -> keras_branches.Row:
    """Order the layers into a row that ends in the layer `end`, with its branches."""
    try:
        return keras_branches.find_rows(
            {name: step.reads for name, step in layers_by_name.items()},
            {name for name, step in layers_by_name.items() if step.name in MERGES},
            end,
        )
    except keras_branches.TangledBranches as tangle:
        [name] = tangle.args
        layer = layers_by_name[name].name if name in layers_by_name else name
        raise NotSupported(
            f"branches that do not split and merge again, at {to_one_line(layer)}"
        ) from None


def _translate_rows(
    row: keras_branches.Row, layers_by_name: Mapping[str, KerasLayer], flat: bool
) -> list[dict[str, Any]]:
    """Translate a row of layers into the form of a config; `flat` says that it reads vectors."""
    rows = []
    for one in row:
        if isinstance(one, str):
            step = layers_by_name[one]
            axis = step.arguments.get("axis")
            if step.name == "BatchNormalization" and axis in (1, [1]) and not flat:
                raise NotSupported(describe_argument(step, "axis", axis))
            flat = flat or step.name in _FLATTENING
            rows.append(translate_layer(step))
            continue
        step = layers_by_name[one.name]
        axis = get_arguments(step).get("axis", -1)
        if axis not in (-1, 3):
            raise NotSupported(describe_argument(step, "axis", axis))
        branches = [_translate_rows(branch, layers_by_name, flat) for branch in one.branches]
        flat = flat or any(
            isinstance(name, str) and layers_by_name[name].name in _FLATTENING
            for name in one.branches[0]
        )
        rows.append({"parallel": {"branches": branches, "merge": MERGES[step.name]}})
    return rows


def _count_places(
    row: keras_branches.Row, layers_by_name: Mapping[str, KerasLayer]
) -> tuple[tuple[str, int], ...]:
    """Return the class of each single layer, and how many layers of it come before in the file."""
    seen: dict[str, int] = {}
    numbers = {}
    for called, step in layers_by_name.items():
        numbers[called] = seen[step.name] = seen.get(step.name, -1) + 1

    def walk(row: keras_branches.Row) -> Iterator[str]:
        for one in row:
            if isinstance(one, str):
                yield one
            else:
                for branch in one.branches:
                    yield from walk(branch)

    return tuple((layers_by_name[called].name, numbers[called]) for called in walk(row))


def _validate_layers(plain: list[dict[str, Any]]) -> tuple[Layer, ...]:
    try:
        return _STACK.validate_python(plain)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"] if not isinstance(part, int))
        problem = explain_error({**fault, "loc": ("model", *fault["loc"])})
        reason = f"{where}: {problem.message}; expected {problem.expected}"
        raise NotSupported(
            to_one_line(f"a layer with a value that cnnlab does not support: {reason}")
        ) from None


def _chain_layers(steps: Sequence[KerasLayer], config: Any) -> list[KerasLayer]:
    """Return the layers of a Sequential model, each of which reads the layer before it."""
    if not steps or steps[0].name != "InputLayer":
        shape = (config.get("build_config") or {}).get("input_shape")
        steps = [KerasLayer("InputLayer", {"batch_shape": shape}, "input", ()), *steps]
    before = [()] + [(step.called,) for step in steps[:-1]]
    return [replace(step, reads=inputs) for step, inputs in zip(steps, before, strict=True)]


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
            f"inputs of the shape {to_one_line(shape)}; images are [None, height, width, channels]"
        )
    return tuple(shape[1:])


def _read_rescaling(step: KerasLayer) -> tuple[float, float]:
    arguments = get_arguments(step)
    factors = [arguments.pop("scale", None), arguments.pop("offset", 0.0)]
    numbers = [float(n) for n in factors if isinstance(n, int | float) and abs(n) <= _SCALES[1]]
    if arguments or len(numbers) < 2 or numbers[0] < _SCALES[0]:
        raise NotSupported("a Rescaling layer without a single positive scale and a single offset")
    return numbers[0], numbers[1]
