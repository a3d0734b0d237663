"""Translate the activations of another program's Keras model, given as words or as layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnlab.spec.keras_layers import KerasLayer, NotSupported
from cnnlab.spec.keras_preprocessing import get_arguments, is_last_axis
from cnnlab.spec.layer_interface import Shape
from cnnlab.spec.layer_options import ACTIVATIONS
from cnnlab.spec.wording import to_one_line

# Keras's names of activations, where configs have other names.
_SYNONYMS = {"swish": "silu", "hard_swish": "hard_silu"}
_WORDS = {kind.kind for kind in ACTIVATIONS}


def _translate_relu(arguments: Mapping[str, Any], shape: Shape | None) -> Any:
    top, slope = arguments.get("max_value"), arguments.get("negative_slope", 0)
    if arguments.get("threshold", 0):
        raise NotSupported("ReLU with a threshold, which cnnlab does not support")
    if slope and top is None:
        return {"leaky_relu": {"negative_slope": slope}}
    if slope or top not in (None, 6):
        raise NotSupported(f"ReLU with max_value {to_one_line(top)}, which cnnlab does not support")
    return "relu" if top is None else "relu6"


def _translate_softmax(arguments: Mapping[str, Any], shape: Shape | None) -> Any:
    axis = arguments.get("axis", -1)
    if axis != -1 and not (shape and is_last_axis(axis, shape)):
        raise NotSupported("Softmax over another axis than the last")
    return "softmax"


ACTIVATION_LAYERS: dict[str, Callable[[Mapping[str, Any], Shape | None], Any]] = {
    "ReLU": _translate_relu,
    "Softmax": _translate_softmax,
    "LeakyReLU": lambda arguments, shape: {
        "leaky_relu": {"negative_slope": arguments.get("negative_slope")}
    },
    "ELU": lambda arguments, shape: {"elu": {"alpha": arguments.get("alpha", 1.0)}},
}


def translate_activation_layer(step: KerasLayer, shape: Shape | None = None) -> Any:
    """Translate a Keras activation layer into an activation of a config.

    `shape` is the shape of the layer's input, or None if the layer is the activation
    argument of another layer.
    """
    arguments = get_arguments(step)
    if step.name == "Activation":
        return translate_activation(arguments.get("activation"))
    return ACTIVATION_LAYERS[step.name](arguments, shape)


def translate_activation(value: Any) -> Any:
    """Translate an activation that is a word or a layer, and refuse a custom function."""
    if value is None:
        return "linear"
    if isinstance(value, str) and (word := _SYNONYMS.get(value, value)) in _WORDS:
        return word
    if isinstance(value, dict) and value.get("class_name") in ACTIVATION_LAYERS:
        return translate_activation_layer(KerasLayer.read(value))
    raise NotSupported(f"an activation {to_one_line(value)[:60]}, which cnnlab does not support")
