"""Read the layers of a Keras model, and which layers each layer reads, from config.json.

A model inside the model is replaced by its layers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cnnlab.spec.layer_groups import MAX_LAYERS
from cnnlab.spec.wording import to_one_line

_MODULES = (
    "keras.layers",
    "keras.src.layers.",
)  # operations of keras.ops have the same names as layers
_MODELS = {"Sequential": "keras.src.models.sequential", "Functional": "keras.src.models.functional"}
MAX_INPUTS = 64  # inputs of one layer
MAX_MODELS_DEEP = 8  # models inside models
POLICIES = ("float32", "mixed_float16", "mixed_bfloat16")


class NotSupported(Exception):
    """The error for a Keras model of another program that has something unsupported.

    The argument is a noun phrase that can follow "the model has", such as "too many branches".
    """


@dataclass(frozen=True)
class KerasLayer:
    """A Keras layer, with its class, its arguments, and the layers that it reads.

    `name` is the name of the class. `called` is the name of the layer, after the names of the
    models that contain the layer. `path` is the HDF5 group of the layer's arrays in the file of
    weights.
    """

    name: str
    arguments: Mapping[str, Any]
    called: str
    reads: tuple[str, ...]
    path: str = ""

    @staticmethod
    def read(layer: Any) -> KerasLayer:
        name, arguments = layer["class_name"], layer["config"]
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise TypeError
        module = layer.get("module")
        own = layer.get("registered_name") not in (None, name, f"keras>{name}")
        here = module == "keras" or str(module).startswith(_MODULES)
        if own or not (here or (name in _MODELS and module == _MODELS[name])):
            raise NotSupported(f"a layer {to_one_line(name)} that is not Keras's own")
        calls = layer.get("inbound_nodes") or []
        if len(calls) > 1:
            raise NotSupported(f"a layer {to_one_line(name)} that is used {len(calls)} times")
        reads: list[str] = []
        for call in calls:
            _collect_inputs(call["args"], reads, 0)
            if any(isinstance(value, dict | list) for value in call["kwargs"].values()):
                raise NotSupported(
                    f"a layer {to_one_line(name)} that gets inputs as keyword arguments"
                )
        if len(reads) > MAX_INPUTS:
            raise NotSupported(f"a layer {to_one_line(name)} with {len(reads):,} inputs")
        return KerasLayer(name, dict(arguments), str(arguments.get("name")), tuple(reads))

    @property
    def policy(self) -> str:
        """The precision of the layer; raise NotSupported for an unsupported precision."""
        policy = self.arguments.get("dtype", "float32")
        if isinstance(policy, dict):
            policy = (policy.get("config") or {}).get("name")
        if policy not in POLICIES:
            raise NotSupported(
                f"{self.name} in {to_one_line(policy)}; cnnlab supports {', '.join(POLICIES)}"
            )
        return str(policy)


def _collect_inputs(node: Any, names: list[str], depth: int) -> None:
    """Collect the names of the layers whose outputs a layer reads, in order."""
    if depth > 12:
        raise NotSupported("a layer whose inputs are nested too deep")
    if isinstance(node, dict) and node.get("class_name") == "__keras_tensor__":
        layer, call, output = node["config"]["keras_history"]
        if (call, output) != (0, 0):
            raise NotSupported(f"a layer {to_one_line(layer)} that is used several times")
        names.append(str(layer))
    elif isinstance(node, dict):
        for value in node.values():
            _collect_inputs(value, names, depth + 1)
    elif isinstance(node, list):
        for value in node:
            _collect_inputs(value, names, depth + 1)


@dataclass(frozen=True)
class LayerGraph:
    """The layers of a model and its inner models by name; `end` is the last layer."""

    layers: Mapping[str, KerasLayer]
    start: KerasLayer
    end: str


def read_graph(config: Any) -> LayerGraph:
    """Read the layers of the model in the content of a config.json.

    Raises:
        NotSupported: the model has something that cnnlab does not support.
    """
    kind = config["class_name"]
    if kind not in _MODELS:
        raise NotSupported(
            f"a model of the class {to_one_line(kind)}; cnnlab reads Sequential and Functional"
        )
    steps, end = _unfold(kind, config["config"], config.get("build_config"), "", 0)
    if len(steps) > MAX_LAYERS:
        raise NotSupported(f"{len(steps):,} layers; cnnlab reads at most {MAX_LAYERS}")
    if sum(len(step.reads) for step in steps) > 4 * MAX_LAYERS:
        raise NotSupported("too many branches")
    layers = {step.called: step for step in steps}
    first = [step for step in steps if not step.reads]
    if len(layers) < len(steps) or len(first) != 1 or first[0].name != "InputLayer":
        raise NotSupported("several inputs, or two layers with the same name")
    return LayerGraph(layers, first[0], end)


def _unfold(
    kind: str, inside: Any, build_config: Any, path: str, depth: int
) -> tuple[list[KerasLayer], str]:
    """List the layers of a model and of its inner models; return the name of the last layer.

    `path` is the HDF5 group of the model's arrays in the file of weights. It is empty or ends in
    `/`.
    """
    if len(inside["layers"]) > 2 * MAX_LAYERS:
        raise NotSupported(f"{len(inside['layers']):,} layers; cnnlab reads at most {MAX_LAYERS}")
    if depth > MAX_MODELS_DEEP:
        raise NotSupported(f"models nested in models, over {MAX_MODELS_DEEP} deep")
    steps = [KerasLayer.read(layer) for layer in inside["layers"]]
    if kind == "Sequential":
        steps = _chain_layers(steps, build_config)
    steps = _add_paths(steps, f"{path}layers/")
    end = steps[-1].called if kind == "Sequential" else _find_output(inside.get("output_layers"))
    unfolded: list[KerasLayer] = []
    ends: dict[str, str] = {}
    for step in steps:
        if step.name not in _MODELS:
            unfolded.append(step)
            continue
        inner, last = _unfold(step.name, step.arguments, None, f"{step.path}/", depth + 1)
        if sum(one.name == "InputLayer" and not one.reads for one in inner) != 1:
            raise NotSupported(f"a model {to_one_line(step.name)} with several inputs")
        unfolded += [_place_inside(one, step) for one in inner]
        ends[step.called] = f"{step.called}/{last}"
        if len(unfolded) > 2 * MAX_LAYERS:
            raise NotSupported(f"too many layers; cnnlab reads at most {MAX_LAYERS}")
    return [
        replace(step, reads=tuple(ends.get(name, name) for name in step.reads)) for step in unfolded
    ], ends.get(end, end)


def _place_inside(step: KerasLayer, model: KerasLayer) -> KerasLayer:
    """Return a layer of the inner model `model` as a layer of the outer model.

    The input layer of the inner model then reads the layers that `model` reads.
    """
    reads = tuple(f"{model.called}/{name}" for name in step.reads) or model.reads
    return replace(step, called=f"{model.called}/{step.called}", reads=reads)


def _add_paths(steps: Sequence[KerasLayer], above: str) -> list[KerasLayer]:
    """Add the path of each layer in the file of weights, from its class in snake case and a number.

    Keras counts the layers of each class from 0, and omits the number 0.
    """
    seen: dict[str, int] = {}
    placed = []
    for step in steps:
        number = seen[step.name] = seen.get(step.name, -1) + 1
        name = to_snake_case(step.name)
        placed.append(replace(step, path=f"{above}{name}_{number}" if number else above + name))
    return placed


def to_snake_case(name: str) -> str:
    """Convert the name of a class to snake case, as Keras does for groups in the file of weights.

    >>> to_snake_case("Conv2D"), to_snake_case("PReLU"), to_snake_case("GlobalMaxPooling2D")
    ('conv2d', 'p_re_lu', 'global_max_pooling2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _chain_layers(steps: Sequence[KerasLayer], build_config: Any) -> list[KerasLayer]:
    """Return the layers of a Sequential model, where each layer reads the layer before."""
    if not steps or steps[0].name != "InputLayer":
        shape = (build_config or {}).get("input_shape")
        steps = [KerasLayer("InputLayer", {"batch_shape": shape}, "input", ()), *steps]
    before = [()] + [(step.called,) for step in steps[:-1]]
    return [replace(step, reads=inputs) for step, inputs in zip(steps, before, strict=True)]


def _find_output(outputs: Any) -> str:
    while isinstance(outputs, list) and len(outputs) == 1:  # [["dense", 0, 0]] in older files
        outputs = outputs[0]
    if not isinstance(outputs, list) or outputs[1:] != [0, 0]:
        raise NotSupported("more than one output")
    return str(outputs[0])
