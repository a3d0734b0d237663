"""One Keras layer's description of itself → a layer of this language, by an allow-list.

What is not known here by name is refused: another layer, another argument, a class of somebody's
own. What only training asks for (initializers, penalties, constraints, seeds) is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.spec.layer_options import ACTIVATIONS
from cnnlab.spec.words import one_line

MERGES = {"Add": "add", "Concatenate": "concatenate", "Average": "average"}
_MODULES = ("keras.layers", "keras.src.layers.")  # keras.ops has operations of the same names
MAX_INPUTS = 64  # of one layer
_PASSED_OVER = ("name", "trainable", "seed", "quantization_config", "input_shape")
_TRAINING = ("_initializer", "_regularizer", "_constraint")
# Keras's words for activations that have another word here.
_SYNONYMS = {"swish": "silu", "hard_swish": "hard_silu"}
_WORDS = {kind.kind for kind in ACTIVATIONS}


class Unknown(Exception):
    """What a description has that this language has not; a sentence."""


@dataclass(frozen=True)
class Step:
    """A layer's class, its arguments, and in a Functional model the layers that it reads."""

    name: str
    arguments: Mapping[str, Any]
    called: str
    reads: tuple[str, ...]

    @staticmethod
    def of(layer: Any) -> Step:
        name, arguments = layer["class_name"], layer["config"]
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise TypeError
        module = layer.get("module")
        own = layer.get("registered_name") not in (None, name, f"keras>{name}")
        if own or not (module == "keras" or str(module).startswith(_MODULES)):
            raise Unknown(f"a layer {one_line(name)} that is not Keras's own")
        calls = layer.get("inbound_nodes") or []
        if len(calls) > 1:
            raise Unknown(f"a layer {one_line(name)} that is used {len(calls)} times")
        reads: list[str] = []
        for call in calls:
            _collect(call["args"], reads, 0)
            if any(isinstance(value, dict | list) for value in call["kwargs"].values()):
                raise Unknown(f"a layer {one_line(name)} with inputs by name")
        if len(reads) > MAX_INPUTS:
            raise Unknown(f"a layer {one_line(name)} with {len(reads):,} inputs")
        return Step(name, dict(arguments), str(arguments.get("name")), tuple(reads))


def _collect(node: Any, found: list[str], depth: int) -> None:
    """The names of the layers that a layer is called on, in order."""
    if depth > 12:
        raise Unknown("a layer whose inputs are nested too deep")
    if isinstance(node, dict) and node.get("class_name") == "__keras_tensor__":
        layer, call, output = node["config"]["keras_history"]
        if (call, output) != (0, 0):
            raise Unknown(f"a layer {one_line(layer)} that is used several times")
        found.append(str(layer))
    elif isinstance(node, dict):
        for value in node.values():
            _collect(value, found, depth + 1)
    elif isinstance(node, list):
        for value in node:
            _collect(value, found, depth + 1)


@dataclass(frozen=True)
class _Rule:
    """How a Keras layer is translated: `taken` arguments keep their names and values.

    `fixed` arguments may have these values alone.
    """

    kind: str
    taken: tuple[str, ...] = ()
    fixed: Mapping[str, tuple[Any, ...]] | None = None


_LAST = {"data_format": ("channels_last", None)}
_WINDOW = ("strides", "padding")
_CONVOLUTION = ("kernel_size", *_WINDOW, "dilation_rate", "activation", "use_bias")
_GLOBAL = {**_LAST, "keepdims": (False,)}
_NORM = {"rms_scaling": (False,), "renorm": (False,), "synchronized": (False, True)}
_UNUSED: dict[str, tuple[Any, ...]] = {"renorm_clipping": (None, {}), "renorm_momentum": (0.99,)}
_RULES = {
    "Conv2D": _Rule("conv", ("filters", "groups", *_CONVOLUTION), _LAST),
    "DepthwiseConv2D": _Rule("depthwise_conv", ("depth_multiplier", *_CONVOLUTION), _LAST),
    "SeparableConv2D": _Rule(
        "separable_conv", ("filters", "depth_multiplier", *_CONVOLUTION), _LAST
    ),
    "MaxPooling2D": _Rule("max_pool", ("pool_size", *_WINDOW), _LAST),
    "AveragePooling2D": _Rule("avg_pool", ("pool_size", *_WINDOW), _LAST),
    "GlobalAveragePooling2D": _Rule("global_avg_pool", (), _GLOBAL),
    "GlobalMaxPooling2D": _Rule("global_max_pool", (), _GLOBAL),
    "Flatten": _Rule("flatten", (), _LAST),
    "Dense": _Rule("dense", ("units", "activation", "use_bias"), {"lora_rank": (None,)}),
    "Dropout": _Rule("dropout", ("rate",), {"noise_shape": (None,)}),
    "SpatialDropout2D": _Rule("spatial_dropout", ("rate",), _LAST),
    "BatchNormalization": _Rule(
        "batch_norm",
        ("momentum", "epsilon", "center", "scale"),
        {"axis": (-1, [-1], 3, [3], 1, [1]), **_NORM, **_UNUSED},
    ),
    "LayerNormalization": _Rule(
        "layer_norm", ("epsilon", "center", "scale"), {"axis": (-1, [-1]), **_NORM}
    ),
    "GaussianNoise": _Rule("gaussian_noise", ("stddev",)),
}


def translated(step: Step) -> dict[str, Any]:
    """A layer as a config would have it."""
    if step.name in _ACTIVATIONS or step.name == "Activation":
        return {"activation": _activation_layer(step)}
    if step.name == "ZeroPadding2D":
        return {"zero_pad": {"padding": _zeros(step)}}
    rule = _RULES.get(step.name)
    if rule is None:
        raise Unknown(f"a {one_line(step.name)} layer, which cnnlab has not")
    fields = {}
    for name, value in told(step).items():
        if name in rule.taken:
            fields[name] = _activation(value) if name == "activation" else value
        elif name not in (rule.fixed or {}) or value not in (rule.fixed or {})[name]:
            raise Unknown(argument(step, name, value))
    return {rule.kind: fields}


def told(step: Step) -> dict[str, Any]:
    """The arguments that say what a layer computes; raises Unknown if not in float32."""
    policy = step.arguments.get("dtype", "float32")
    if isinstance(policy, dict):
        policy = (policy.get("config") or {}).get("name")
    if policy != "float32":
        raise Unknown(f"{step.name} computes in {one_line(policy)}; float32 is read")
    left = {n: v for n, v in step.arguments.items() if n != "dtype" and n not in _PASSED_OVER}
    return {name: value for name, value in left.items() if not name.endswith(_TRAINING)}


def argument(step: Step, name: str, value: Any) -> str:
    """What is said of an argument that is not read."""
    return f"{step.name} with {one_line(name)} {one_line(value)[:60]}, which cnnlab has not"


def _zeros(step: Step) -> list[int]:
    said = told(step)
    pairs = said.pop("padding", None)
    if said.pop("data_format", None) not in _LAST["data_format"]:
        raise Unknown("ZeroPadding2D of channels that come first")
    right = isinstance(pairs, list) and all(isinstance(p, list) and len(p) == 2 for p in pairs)
    if said or not right or any(pair[0] != pair[1] for pair in pairs):
        raise Unknown(f"ZeroPadding2D of {one_line(pairs)[:60]}, not alike on both sides")
    return [pair[0] for pair in pairs]


def _relu(said: Mapping[str, Any]) -> Any:
    top, slope = said.get("max_value"), said.get("negative_slope", 0)
    if said.get("threshold", 0):
        raise Unknown("ReLU with a threshold, which cnnlab has not")
    if slope and top is None:
        return {"leaky_relu": {"negative_slope": slope}}
    if slope or top not in (None, 6):
        raise Unknown(f"ReLU with max_value {one_line(top)}, which cnnlab has not")
    return "relu" if top is None else "relu6"


def _softmax(said: Mapping[str, Any]) -> Any:
    if said.get("axis", -1) != -1:
        raise Unknown("Softmax over another axis than the last")
    return "softmax"


_ACTIVATIONS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "ReLU": _relu,
    "Softmax": _softmax,
    "LeakyReLU": lambda said: {"leaky_relu": {"negative_slope": said.get("negative_slope")}},
    "ELU": lambda said: {"elu": {"alpha": said.get("alpha", 1.0)}},
}


def _activation_layer(step: Step) -> Any:
    said = told(step)
    if step.name == "Activation":
        return _activation(said.get("activation"))
    return _ACTIVATIONS[step.name](said)


def _activation(value: Any) -> Any:
    """An activation as a word, or as a layer inside another; never a function by its module."""
    if value is None:
        return "linear"
    if isinstance(value, str) and (word := _SYNONYMS.get(value, value)) in _WORDS:
        return word
    if isinstance(value, dict) and value.get("class_name") in _ACTIVATIONS:
        return _activation_layer(Step.of(value))
    raise Unknown(f"an activation {one_line(value)[:60]}, which cnnlab has not")
