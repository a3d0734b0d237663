"""Translate a Keras layer of a foreign model into a layer of a config, by an allow-list.

A layer class or an argument that is not on the list is refused. Arguments that only matter in
training (initializers, penalties, constraints, seeds) are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.spec.layer_options import ACTIVATIONS
from cnnlab.spec.wording import to_one_line

MERGES = {"Add": "add", "Concatenate": "concatenate", "Average": "average"}
_MODULES = (
    "keras.layers",
    "keras.src.layers.",
)  # operations of keras.ops have the same names as layers
MAX_INPUTS = 64  # inputs of one layer
_IGNORED_ARGUMENTS = ("name", "trainable", "seed", "quantization_config", "input_shape")
_TRAINING_ARGUMENTS = ("_initializer", "_regularizer", "_constraint")
# Keras's names of activations, where configs have other names.
_SYNONYMS = {"swish": "silu", "hard_swish": "hard_silu"}
_WORDS = {kind.kind for kind in ACTIVATIONS}


class NotSupported(Exception):
    """Raised when a foreign model has something that cnnlab does not support.

    The argument is a noun phrase that can follow "the model has", such as "too many branches".
    """


@dataclass(frozen=True)
class KerasLayer:
    """A Keras layer: the `name` of its class, its arguments, and the layers that it reads.

    `called` is the name of the layer itself.
    """

    name: str
    arguments: Mapping[str, Any]
    called: str
    reads: tuple[str, ...]

    @staticmethod
    def read(layer: Any) -> KerasLayer:
        name, arguments = layer["class_name"], layer["config"]
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise TypeError
        module = layer.get("module")
        own = layer.get("registered_name") not in (None, name, f"keras>{name}")
        if own or not (module == "keras" or str(module).startswith(_MODULES)):
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


def _collect_inputs(node: Any, names: list[str], depth: int) -> None:
    """Collect the names of the layers that a layer reads, in order."""
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
class _TranslationRule:
    """How to translate a class of Keras layers into the layer kind `kind`.

    `copied` arguments keep their names and values. Each `fixed` argument must have one of the
    values listed for it.
    """

    kind: str
    copied: tuple[str, ...] = ()
    fixed: Mapping[str, tuple[Any, ...]] | None = None


_LAST = {"data_format": ("channels_last", None)}
_WINDOW = ("strides", "padding")
_CONVOLUTION = ("kernel_size", *_WINDOW, "dilation_rate", "activation", "use_bias")
_GLOBAL = {**_LAST, "keepdims": (False,)}
_NORM = {"rms_scaling": (False,), "renorm": (False,), "synchronized": (False, True)}
_UNUSED: dict[str, tuple[Any, ...]] = {"renorm_clipping": (None, {}), "renorm_momentum": (0.99,)}
_RULES = {
    "Conv2D": _TranslationRule("conv", ("filters", "groups", *_CONVOLUTION), _LAST),
    "DepthwiseConv2D": _TranslationRule(
        "depthwise_conv", ("depth_multiplier", *_CONVOLUTION), _LAST
    ),
    "SeparableConv2D": _TranslationRule(
        "separable_conv", ("filters", "depth_multiplier", *_CONVOLUTION), _LAST
    ),
    "MaxPooling2D": _TranslationRule("max_pool", ("pool_size", *_WINDOW), _LAST),
    "AveragePooling2D": _TranslationRule("avg_pool", ("pool_size", *_WINDOW), _LAST),
    "GlobalAveragePooling2D": _TranslationRule("global_avg_pool", (), _GLOBAL),
    "GlobalMaxPooling2D": _TranslationRule("global_max_pool", (), _GLOBAL),
    "Flatten": _TranslationRule("flatten", (), _LAST),
    "Dense": _TranslationRule("dense", ("units", "activation", "use_bias"), {"lora_rank": (None,)}),
    "Dropout": _TranslationRule("dropout", ("rate",), {"noise_shape": (None,)}),
    "SpatialDropout2D": _TranslationRule("spatial_dropout", ("rate",), _LAST),
    "BatchNormalization": _TranslationRule(
        "batch_norm",
        ("momentum", "epsilon", "center", "scale"),
        {"axis": (-1, [-1], 3, [3], 1, [1]), **_NORM, **_UNUSED},
    ),
    "LayerNormalization": _TranslationRule(
        "layer_norm", ("epsilon", "center", "scale"), {"axis": (-1, [-1]), **_NORM}
    ),
    "GaussianNoise": _TranslationRule("gaussian_noise", ("stddev",)),
}


def translate_layer(step: KerasLayer) -> dict[str, Any]:
    """Translate a Keras layer into the form of a config: `{kind: fields}`."""
    if step.name in _ACTIVATIONS or step.name == "Activation":
        return {"activation": _translate_activation_layer(step)}
    if step.name == "ZeroPadding2D":
        return {"zero_pad": {"padding": _translate_zero_padding(step)}}
    rule = _RULES.get(step.name)
    if rule is None:
        raise NotSupported(f"a {to_one_line(step.name)} layer, which cnnlab does not support")
    fields = {}
    for name, value in get_arguments(step).items():
        if name in rule.copied:
            fields[name] = _translate_activation(value) if name == "activation" else value
        elif name not in (rule.fixed or {}) or value not in (rule.fixed or {})[name]:
            raise NotSupported(describe_argument(step, name, value))
    return {rule.kind: fields}


def get_arguments(step: KerasLayer) -> dict[str, Any]:
    """Return the arguments that affect the output; raises NotSupported unless it is float32."""
    policy = step.arguments.get("dtype", "float32")
    if isinstance(policy, dict):
        policy = (policy.get("config") or {}).get("name")
    if policy != "float32":
        raise NotSupported(f"{step.name} in {to_one_line(policy)}; cnnlab supports only float32")
    remaining = {
        n: v for n, v in step.arguments.items() if n != "dtype" and n not in _IGNORED_ARGUMENTS
    }
    return {
        name: value for name, value in remaining.items() if not name.endswith(_TRAINING_ARGUMENTS)
    }


def describe_argument(step: KerasLayer, name: str, value: Any) -> str:
    """Describe an argument that cnnlab does not support, as a phrase for NotSupported."""
    description = f"{to_one_line(name)} {to_one_line(value)[:60]}"
    return f"{step.name} with {description}, which cnnlab does not support"


def _translate_zero_padding(step: KerasLayer) -> list[int]:
    arguments = get_arguments(step)
    pairs = arguments.pop("padding", None)
    if arguments.pop("data_format", None) not in _LAST["data_format"]:
        raise NotSupported("ZeroPadding2D with channels first")
    right = isinstance(pairs, list) and all(isinstance(p, list) and len(p) == 2 for p in pairs)
    if arguments or not right or any(pair[0] != pair[1] for pair in pairs):
        raise NotSupported(
            f"ZeroPadding2D of {to_one_line(pairs)[:60]}; opposite sides must be equal"
        )
    return [pair[0] for pair in pairs]


def _translate_relu(arguments: Mapping[str, Any]) -> Any:
    top, slope = arguments.get("max_value"), arguments.get("negative_slope", 0)
    if arguments.get("threshold", 0):
        raise NotSupported("ReLU with a threshold, which cnnlab does not support")
    if slope and top is None:
        return {"leaky_relu": {"negative_slope": slope}}
    if slope or top not in (None, 6):
        raise NotSupported(f"ReLU with max_value {to_one_line(top)}, which cnnlab does not support")
    return "relu" if top is None else "relu6"


def _translate_softmax(arguments: Mapping[str, Any]) -> Any:
    if arguments.get("axis", -1) != -1:
        raise NotSupported("Softmax over another axis than the last")
    return "softmax"


_ACTIVATIONS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "ReLU": _translate_relu,
    "Softmax": _translate_softmax,
    "LeakyReLU": lambda arguments: {
        "leaky_relu": {"negative_slope": arguments.get("negative_slope")}
    },
    "ELU": lambda arguments: {"elu": {"alpha": arguments.get("alpha", 1.0)}},
}


def _translate_activation_layer(step: KerasLayer) -> Any:
    arguments = get_arguments(step)
    if step.name == "Activation":
        return _translate_activation(arguments.get("activation"))
    return _ACTIVATIONS[step.name](arguments)


def _translate_activation(value: Any) -> Any:
    """Translate an activation: a word, or an activation layer; a custom function is refused."""
    if value is None:
        return "linear"
    if isinstance(value, str) and (word := _SYNONYMS.get(value, value)) in _WORDS:
        return word
    if isinstance(value, dict) and value.get("class_name") in _ACTIVATIONS:
        return _translate_activation_layer(KerasLayer.read(value))
    raise NotSupported(f"an activation {to_one_line(value)[:60]}, which cnnlab does not support")
