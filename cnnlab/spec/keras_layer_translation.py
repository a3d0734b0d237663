"""Translate a Keras layer of another program's model into a layer of a config.

The translation refuses every layer class and argument that is not on its list. It ignores arguments
that matter only in training, such as initializers, penalties, constraints and seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cnnlab.spec.fault_messages import explain_error
from cnnlab.spec.keras_activations import (
    ACTIVATION_LAYERS,
    translate_activation,
    translate_activation_layer,
)
from cnnlab.spec.keras_layers import KerasLayer, NotSupported
from cnnlab.spec.keras_preprocessing import (
    IDLE_LAYERS,
    PREPROCESSING,
    describe_argument,
    get_arguments,
    is_last_axis,
)
from cnnlab.spec.layer_groups import AnyLayer
from cnnlab.spec.layer_interface import Layer, Shape, ShapeFault
from cnnlab.spec.wording import to_one_line

MERGES = {
    "Add": "add",
    "Concatenate": "concatenate",
    "Average": "average",
    "Multiply": "multiply",
    "Subtract": "subtract",
    "Maximum": "maximum",
    "Minimum": "minimum",
}
_LAYER: TypeAdapter[Layer] = TypeAdapter(AnyLayer)
# Layers that compute the same for images with and without a channel axis.
_WITHOUT_CHANNELS_NAMES = (
    "Flatten Reshape Rescaling Normalization Dropout AlphaDropout GaussianNoise Activation "
    "ReLU LeakyReLU ELU"
)
_WITHOUT_CHANNELS = frozenset(_WITHOUT_CHANNELS_NAMES.split())


@dataclass(frozen=True)
class _TranslationRule:
    """How to translate a class of Keras layers into the layer kind `kind`.

    The arguments in `copied` keep their names and values. Each argument in `fixed` must have one of
    the listed values. `on_last_axis` says that the argument `axis` must be the last axis.
    """

    kind: str
    copied: tuple[str, ...] = ()
    fixed: Mapping[str, tuple[Any, ...]] | None = None
    on_last_axis: bool = False


_LAST = {"data_format": ("channels_last", None)}
_WINDOW = ("strides", "padding")
_CONVOLUTION = ("kernel_size", *_WINDOW, "dilation_rate", "activation", "use_bias")
_NOISE = {"noise_shape": (None,)}
_NORM = ("epsilon", "center", "scale")
_UNUSED: dict[str, tuple[Any, ...]] = {
    "renorm": (False,),
    "renorm_clipping": (None, {}),
    "renorm_momentum": (0.99,),
    "synchronized": (False, True),
}
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
    "GlobalAveragePooling2D": _TranslationRule("global_avg_pool", ("keepdims",), _LAST),
    "GlobalMaxPooling2D": _TranslationRule("global_max_pool", ("keepdims",), _LAST),
    "UpSampling2D": _TranslationRule("up_sample", ("size", "interpolation"), _LAST),
    "Flatten": _TranslationRule("flatten", (), _LAST),
    "Dense": _TranslationRule("dense", ("units", "activation", "use_bias"), {"lora_rank": (None,)}),
    "Dropout": _TranslationRule("dropout", ("rate",), _NOISE),
    "SpatialDropout2D": _TranslationRule("spatial_dropout", ("rate",), _LAST),
    "AlphaDropout": _TranslationRule("alpha_dropout", ("rate",), _NOISE),
    "BatchNormalization": _TranslationRule("batch_norm", ("momentum", *_NORM), _UNUSED, True),
    "LayerNormalization": _TranslationRule("layer_norm", _NORM, {"rms_scaling": (False,)}, True),
    "GroupNormalization": _TranslationRule("group_norm", ("groups", *_NORM), None, True),
    "UnitNormalization": _TranslationRule("unit_norm", (), None, True),
    "GaussianNoise": _TranslationRule("gaussian_noise", ("stddev",)),
}


def translate_layer(step: KerasLayer, shape: Shape) -> Layer | None:
    """Translate a Keras layer for an input of shape `shape`; None if the layer does nothing.

    `shape` has two numbers for images without a channel axis.
    """
    if step.name in IDLE_LAYERS:
        return None
    if len(shape) == 2 and step.name not in _WITHOUT_CHANNELS:
        raise NotSupported(
            "images without a channel axis, but no Flatten or Reshape before the layer "
            f"{to_one_line(step.name)}"
        )
    plain = _translate(step, shape)
    return None if plain is None else validate_layer(plain)


def _translate(step: KerasLayer, shape: Shape) -> Any:
    """Translate a layer into the form `{kind: fields}`; return None if the layer does nothing."""
    if step.name in ACTIVATION_LAYERS or step.name == "Activation":
        function = translate_activation_layer(step, shape)
        if function == "softmax" and len(shape) == 2:
            raise NotSupported("a softmax over the columns of images without a channel axis")
        return {"activation": function}
    if step.name in _TRANSLATIONS:
        return _TRANSLATIONS[step.name](step, get_arguments(step), shape)
    rule = _RULES.get(step.name)
    if rule is None:
        raise NotSupported(f"a {to_one_line(step.name)} layer, which cnnlab does not support")
    fields = {}
    for name, value in get_arguments(step).items():
        if name in rule.copied:
            fields[name] = translate_activation(value) if name == "activation" else value
        elif rule.on_last_axis and name == "axis" and is_last_axis(value, shape):
            continue
        elif name not in (rule.fixed or {}) or value not in (rule.fixed or {})[name]:
            raise NotSupported(describe_argument(step, name, value))
    return {rule.kind: fields}


def validate_layer(plain: Any) -> Layer:
    """Validate a layer in the form of a config; raise NotSupported with the first fault."""
    try:
        return _LAYER.validate_python(plain)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"] if not isinstance(part, int))
        problem = explain_error({**fault, "loc": ("model", 0, *fault["loc"])})
        reason = f"{where}: {problem.message}; expected {problem.expected}"
        raise NotSupported(
            to_one_line(f"a layer with a value that cnnlab does not support: {reason}")
        ) from None


def compute_output_shape(layer: Layer, step: KerasLayer, shape: Shape) -> Shape:
    """Compute the output shape of a translated layer; `shape` can lack the channel axis."""
    try:
        output = layer.output_shape((*shape, 1) if len(shape) == 2 else shape)
    except ShapeFault as fault:
        message = f"a layer {step.name} that cnnlab does not support: {fault.message}"
        raise NotSupported(f"{message}; expected {fault.expected}") from None
    return shape if len(shape) == 2 and step.name not in ("Flatten", "Reshape") else output


def _translate_sides(kind: str, field: str) -> Callable[..., Any]:
    """Return a function that translates a Keras layer which adds or removes rows and columns."""

    def translate(step: KerasLayer, arguments: dict[str, Any], shape: Shape) -> Any:
        sides = arguments.pop(field, None)
        if arguments.pop("data_format", None) not in _LAST["data_format"]:
            raise NotSupported(f"{step.name} with channels first")
        if arguments:
            name, value = next(iter(arguments.items()))
            raise NotSupported(describe_argument(step, name, value))
        return {kind: {field: sides}}

    return translate


def _translate_prelu(step: KerasLayer, arguments: dict[str, Any], shape: Shape) -> Any:
    return {"prelu": {"shared_axes": arguments.get("shared_axes") or []}}


def _translate_reshape(step: KerasLayer, arguments: dict[str, Any], shape: Shape) -> Any:
    target = arguments.get("target_shape")
    if not isinstance(target, list) or len(target) not in (1, 3):
        raise NotSupported(
            f"a Reshape to {to_one_line(target)[:60]}; cnnlab reshapes to [height, width, channels]"
            " or to a vector"
        )
    if -1 in target:
        others = -prod(target)
        target = [prod(shape) // others if n == -1 and others > 0 else n for n in target]
    return {"reshape": {"target_shape": target}}


_TRANSLATIONS: dict[str, Callable[[KerasLayer, dict[str, Any], Shape], Any]] = {
    **PREPROCESSING,
    "ZeroPadding2D": _translate_sides("zero_pad", "padding"),
    "Cropping2D": _translate_sides("crop", "cropping"),
    "PReLU": _translate_prelu,
    "Reshape": _translate_reshape,
}
