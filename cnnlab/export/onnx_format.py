"""Convert a network to ONNX."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from cnnlab.export.answering_network import INPUT, build_function
from cnnlab.quiet_tensorflow import keras

OPSET = 18  # of 2022; onnxruntime reads it from version 1.14 on


def convert_to_onnx(network: keras.Model, texts: Mapping[str, str]) -> Any:
    """Convert a network to an `onnx.ModelProto` with `texts` as its metadata."""
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    function = build_function(network)
    model, _ = tf2onnx.convert.from_function(function, function.input_signature, opset=OPSET)
    model.producer_name = "cnnlab"
    for name, text in texts.items():
        model.metadata_props.add(key=name, value=text)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    assert [value.name for value in model.graph.input] == [INPUT]
    return model
