"""Translate the config.json of another program's Keras model into the layers of a config.

cnnlab passes nothing from config.json to Keras, and refuses every layer, argument or class that is
not on a list. cnnlab ignores arguments that matter only in training, because cnnlab does not train
these models.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isqrt
from typing import Any

from cnnlab.spec import keras_branches
from cnnlab.spec.keras_layer_translation import (
    MERGES,
    compute_output_shape,
    translate_layer,
    validate_layer,
)
from cnnlab.spec.keras_layers import KerasLayer, LayerGraph, NotSupported, read_graph
from cnnlab.spec.keras_preprocessing import (
    IDLE_LAYERS,
    describe_argument,
    get_arguments,
    is_last_axis,
    read_numbers,
)
from cnnlab.spec.layer_groups import Parallel
from cnnlab.spec.layer_interface import Layer, Shape, ShapeFault
from cnnlab.spec.layers import ActivationLayer, Flatten
from cnnlab.spec.wording import to_one_line


@dataclass(frozen=True)
class ModelDescription:
    """The description of a Keras model of another program.

    `image_shape` is (height, width, channels). `paths` has the HDF5 group of each single layer's
    arrays in the file of weights, in the order of the layer numbers, and `precisions` has the name
    of each layer's precision. The path is empty for a layer that the file does not have.
    `merge_precisions` has the precision of each merge, where a merge comes after all merges inside
    its branches. `scales_pixels` says that the network itself scales pixels from 0 to 255.
    """

    image_shape: tuple[int, int, int]
    layers: tuple[Layer, ...]
    paths: tuple[str, ...]
    precisions: tuple[str, ...]
    merge_precisions: tuple[str, ...]
    scales_pixels: bool


MAX_IMAGE_SIDE = 10_000
# The largest factor of a Rescaling layer that reads pixels from 0 to 255: they become at most 16.
# A layer that reads numbers from 0 to 1 has a factor around 1.
_LARGEST_PIXEL_FACTOR = 1 / 16
_INPUT_TYPES = {"float32": "float32", "float16": "mixed_float16", "bfloat16": "mixed_bfloat16"}
_WHOLE_INPUT_TYPES = ("uint8", "int32", "int64")


def describe_model(config: Any) -> ModelDescription:
    """Describe the model in the content of a `config.json`.

    Raises:
        NotSupported: the model has something that cnnlab does not support.
    """
    try:
        return _describe_model(config)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, OverflowError):
        raise NotSupported("no valid description of a Keras model") from None


def _describe_model(config: Any) -> ModelDescription:
    graph = read_graph(config)
    shape = _read_image_shape(graph.start)
    row = _find_rows(graph)
    translation = _Translation(graph)
    layers: list[Layer] = []
    if len(shape) == 1:
        layers.append(translation.add(Flatten(), "", "float32"))
    scales_pixels = _scales_pixels(row, graph)
    if graph.start.arguments.get("dtype") in _WHOLE_INPUT_TYPES:
        if not scales_pixels:
            raise NotSupported("whole numbers as input, but no Rescaling as first layer")
    else:
        layers += translation.cast_input(graph.start)
    translated, _ = translation.translate_row(row, shape)
    layers += translated
    if not layers:
        raise NotSupported("no layers")
    return ModelDescription(
        image_shape=_find_image_shape(shape),
        layers=tuple(layers),
        paths=tuple(translation.paths),
        precisions=tuple(translation.precisions),
        merge_precisions=tuple(translation.merge_precisions),
        scales_pixels=scales_pixels,
    )


def _find_rows(graph: LayerGraph) -> keras_branches.Row:
    """Order the layers into a sequence from the input to the last layer, with all branches."""
    layers = graph.layers
    try:
        return keras_branches.find_rows(
            {name: step.reads for name, step in layers.items()},
            {name for name, step in layers.items() if step.name in MERGES},
            graph.end,
        )
    except keras_branches.TangledBranches as tangle:
        [name] = tangle.args
        layer = layers[name].name if name in layers else name
        raise NotSupported(
            f"branches that do not split and merge again, at {to_one_line(layer)}"
        ) from None


@dataclass
class _Translation:
    """The translation of a graph of layers, which collects the path and precision of each layer."""

    graph: LayerGraph
    paths: list[str] = field(default_factory=list)
    precisions: list[str] = field(default_factory=list)
    merge_precisions: list[str] = field(default_factory=list)

    def add(self, layer: Layer, path: str, precision: str) -> Layer:
        """Store the path and the precision of the next single layer, and return the layer."""
        self.paths.append(path)
        self.precisions.append(precision)
        return layer

    def translate_row(self, row: keras_branches.Row, shape: Shape) -> tuple[list[Layer], Shape]:
        """Translate a sequence of layers for inputs of `shape`; also return the output shape.

        The shape has two numbers for images without a channel axis.
        """
        layers: list[Layer] = []
        for one in row:
            if isinstance(one, str):
                added, shape = self.translate_step(self.graph.layers[one], shape)
                layers += added
            else:
                merged, shape = self.translate_merge(one, shape)
                layers.append(merged)
        return layers, shape

    def translate_step(self, step: KerasLayer, shape: Shape) -> tuple[list[Layer], Shape]:
        """Translate a single layer, and return no layer if the layer does nothing."""
        if step.name == "InputLayer":  # the input of a model inside the model
            if _read_image_shape(step) != shape:
                raise NotSupported("a model inside the model whose input has another shape")
            return self.cast_input(step), shape
        layer = translate_layer(step, shape)
        if layer is None:
            return self.cast(step.policy), shape
        self.add(layer, step.path, step.policy)
        return [layer], compute_output_shape(layer, step, shape)

    def cast_input(self, step: KerasLayer) -> list[Layer]:
        """Return a layer that converts the input as an InputLayer does, or no layer for float32."""
        number_type = step.arguments.get("dtype", "float32")
        if number_type not in _INPUT_TYPES:
            known = ", ".join(_INPUT_TYPES)
            raise NotSupported(f"InputLayer in {to_one_line(number_type)}; cnnlab supports {known}")
        return self.cast(_INPUT_TYPES[number_type])

    def cast(self, precision: str) -> list[Layer]:
        """Return a layer that only rounds numbers to `precision`, or no layer for float32."""
        if precision == "float32":
            return []
        return [self.add(ActivationLayer.model_validate({"function": "linear"}), "", precision)]

    def translate_merge(self, merge: keras_branches.Merge, shape: Shape) -> tuple[Layer, Shape]:
        """Translate a merge and its branches, where all branches read an input of shape `shape`."""
        step = self.graph.layers[merge.name]
        if len(shape) == 2:
            raise NotSupported(
                "images without a channel axis, but no Flatten or Reshape before the branches"
            )
        translated = [self.translate_row(branch, shape) for branch in merge.branches]
        branches, outputs = [one[0] for one in translated], [one[1] for one in translated]
        self.merge_precisions.append(step.policy)
        arguments = get_arguments(step)
        axis = arguments.pop("axis", -1)
        if not is_last_axis(axis, outputs[0]):
            raise NotSupported(describe_argument(step, "axis", axis))
        for name, value in arguments.items():
            raise NotSupported(describe_argument(step, name, value))
        layer = validate_layer({"parallel": {"branches": branches, "merge": MERGES[step.name]}})
        assert isinstance(layer, Parallel)
        try:
            return layer, layer.merge_shapes(shape, outputs)
        except ShapeFault as fault:
            raise NotSupported(f"a layer {step.name}: {fault.message}") from None


def _scales_pixels(row: keras_branches.Row, graph: LayerGraph) -> bool:
    """Whether the first layer with an effect is a Rescaling of pixels from 0 to 255."""
    for one in row:
        if not isinstance(one, str):
            return False
        step = graph.layers[one]
        if step.name == "Rescaling":
            scale = read_numbers(step.arguments.get("scale")) or [1.0]
            return max(map(abs, scale)) <= _LARGEST_PIXEL_FACTOR
        if step.name not in IDLE_LAYERS | {"InputLayer", "Reshape", "Resizing"}:
            return False
    return False


def _read_image_shape(step: KerasLayer) -> Shape:
    shape: Any = step.arguments.get("batch_shape")
    right = isinstance(shape, list) and len(shape) in (2, 3, 4)
    # Keras can write the size of its first batch in place of None.
    right = right and (shape[0] is None or (type(shape[0]) is int and shape[0] > 0))
    if not right or not all(type(side) is int and 0 < side <= MAX_IMAGE_SIDE for side in shape[1:]):
        raise NotSupported(
            f"inputs of the shape {to_one_line(shape)}; images are [None, height, width, channels]"
        )
    return tuple(shape[1:])


def _find_image_shape(shape: Shape) -> tuple[int, int, int]:
    """Find (height, width, channels) for an input that is a vector, or lacks the channel axis.

    A vector has the pixels of a square image with one or three channels. At most one of the two is
    possible, because 3 is not the square of a whole number.

    >>> _find_image_shape((28, 28)), _find_image_shape((784,)), _find_image_shape((3072,))
    ((28, 28, 1), (28, 28, 1), (32, 32, 3))
    """
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    if len(shape) == 2:
        return (*shape, 1)
    for channels in (1, 3):
        side = isqrt(shape[0] // channels)
        if side * side * channels == shape[0]:
            return (side, side, channels)
    raise NotSupported(f"vectors of {shape[0]} numbers as input, which are no square images")
