"""Write Keras objects as the Python expressions that build them, without default values."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from cnnlab.quiet_tensorflow import keras

WIDTH = 88  # characters of a line, as formatters break it
_NEVER = ("name", "trainable", "dtype", "seed", "data_format")
_SIZES = ("kernel_size", "pool_size")  # clear without their names
_MODULES = {
    "keras.layers": "layers",
    "keras.initializers": "keras.initializers",
    "keras.regularizers": "keras.regularizers",
}


def write_layer(layer: keras.Layer) -> str:
    """Write a layer, such as `layers.Conv2D(32, 3, activation="relu", name="conv_1")`."""
    config = {key: value for key, value in layer.get_config().items() if key not in _NEVER}
    if config.get("strides") == config.get("pool_size") is not None:
        del config["strides"]  # a pool moves by its own size
    if isinstance(layer, keras.layers.Normalization):
        config = {key: value for key, value in config.items() if value is not None}
    config["name"] = layer.name
    if layer.dtype_policy.name != keras.config.dtype_policy().name:
        config["dtype"] = layer.dtype_policy.name
    return write_call("layers", type(layer), config)


def write_call(module: str, cls: type, config: Mapping[str, Any]) -> str:
    """Write the call of a class with the values of `config` that are no defaults.

    Required parameters come first, without their names.
    """
    parameters = inspect.signature(cls).parameters
    arguments: list[str] = []
    for name in sorted(config, key=lambda name: _find_place(name, parameters)):
        value, parameter = config[name], parameters.get(name)
        default = parameter.default if parameter else inspect.Parameter.empty
        is_required = parameter is not None and default is inspect.Parameter.empty
        if is_required or (name in _SIZES and len(arguments) < 2):
            arguments.append(write_value(value))
        elif parameter is None and name not in ("name", "dtype"):
            continue
        elif _simplify(value) != _simplify(default) or name == "name":
            arguments.append(f"{name}={write_value(value)}")
    return f"{module}.{cls.__name__}({', '.join(arguments)})"


def _find_place(name: str, parameters: Mapping[str, Any]) -> int:
    names = list(parameters)
    return names.index(name) if name in names else len(names) + (name == "name")


def _simplify(value: Any) -> Any:
    """Convert a value so that equal settings compare as equal.

    Initializers compare without their seeds, which the script sets later.
    """
    if value == "linear":
        return None  # no activation
    if isinstance(value, str) and value in ("glorot_uniform", "zeros", "ones"):
        return "".join(part.capitalize() for part in value.split("_"))
    if isinstance(value, Mapping) and "class_name" in value:
        inner = {key: one for key, one in value["config"].items() if key != "seed"}
        defaults = _list_defaults(getattr(keras.initializers, value["class_name"], None))
        inner = {key: one for key, one in inner.items() if defaults.get(key, ...) != one}
        return value["class_name"] if not inner else (value["class_name"], str(inner))
    if isinstance(value, list | tuple):
        items = [_simplify(one) for one in value]
        return items[0] if items and all(item == items[0] for item in items) else tuple(items)
    return value


def _list_defaults(cls: Any) -> dict[str, Any]:
    if cls is None:
        return {}
    return {
        name: parameter.default
        for name, parameter in inspect.signature(cls.__init__).parameters.items()
    }


def write_value(value: Any) -> str:
    """Write a value as Python; equal sides, such as (3, 3), become one number.

    >>> write_value((3, 3)), write_value([1, 2]), write_value("same")
    ('3', '(1, 2)', '"same"')
    """
    if isinstance(value, Mapping) and "class_name" in value:
        return _write_object(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list | tuple):
        items = [write_value(one) for one in value]
        if len(items) == 2 and items[0] == items[1] and isinstance(value[0], int):
            return items[0]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    return repr(value)


def _write_object(value: Mapping[str, Any]) -> str:
    module = _MODULES.get(str(value["module"]), str(value["module"]))
    cls = getattr(importlib.import_module(value["module"]), value["class_name"])
    config = {key: one for key, one in value["config"].items() if key not in ("seed", "name")}
    return write_call(module, cls, config)


def break_call(code: str) -> list[str]:
    """Break a long call into one argument a line."""
    start = code.index("(") + 1
    depth, pieces, piece, end = 0, list[str](), "", len(code)
    for place in range(start, len(code)):
        letter = code[place]
        depth += (letter in "([{") - (letter in ")]}")
        if depth < 0:
            end = place
            break
        if letter == "," and not depth:
            pieces.append(piece.strip())
            piece = ""
        else:
            piece += letter
    pieces.append(piece.strip())
    return [code[:start], *(f"    {one}," for one in pieces), code[end:]]
