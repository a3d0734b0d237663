"""Write the network of a run layer by layer, with the shape after each layer as a comment."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from cnnlab.export.script.python_calls import WIDTH, break_call, write_layer
from cnnlab.quiet_tensorflow import keras


def write_network(network: keras.Model) -> list[str]:
    """Write the body of a function that returns the network, without indentation."""
    shape = tuple(network.input_shape[1:])
    if isinstance(network, keras.Sequential):
        lines = [f"    keras.Input({shape}),", *_write_layers(network)]
        return [
            "return keras.Sequential(",
            "    [",
            *(f"    {line}" for line in lines),
            "    ]",
            ")",
        ]
    lines = [f"images = keras.Input({shape})"]
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        sources = [_name_variable(tensor) for tensor in _list_inputs(layer)]
        argument = sources[0] if len(sources) == 1 else f"[{', '.join(sources)}]"
        call = f"{_make_variable(layer.name)} = {write_layer(layer)}({argument})"
        lines += _add_shape(call, layer)
    result = _name_variable(network.outputs[0])
    return [*lines, f"return keras.Model(images, {result})"]


def _write_layers(network: keras.Model) -> Iterator[str]:
    for layer in network.layers:
        yield from (f"    {line}" for line in _add_shape(f"{write_layer(layer)},", layer))


def _add_shape(code: str, layer: keras.Layer) -> list[str]:
    """Add the shape after a layer as a comment, on a line of its own if the line gets long."""
    comment = f"# {' × '.join(str(side) for side in layer.output.shape[1:])}"
    if len(code) + len(comment) + 2 <= WIDTH:
        return [f"{code}  {comment}"]
    if len(code) <= WIDTH:
        return [comment, code]
    return [comment, *break_call(code)]


def _list_inputs(layer: keras.Layer) -> list[keras.KerasTensor]:
    inputs = layer.input
    return list(inputs) if isinstance(inputs, list | tuple) else [inputs]


def _name_variable(tensor: keras.KerasTensor) -> str:
    layer = tensor._keras_history[0]
    return "images" if isinstance(layer, keras.layers.InputLayer) else _make_variable(layer.name)


def _make_variable(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name
