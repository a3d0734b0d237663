"""Join many networks into one model, which is converted and computed once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from page_engine import build

SIDE, CHANNELS = 12, 4  # the images of a joint model; each network reads the corner it needs


def join_networks(cases: Sequence[tuple[tuple[int, int, int], Any]]) -> keras.Model:
    """Join networks, given by image shape and stack, into one with all their numbers in a row."""
    images = keras.Input((SIDE, SIDE, CHANNELS), dtype="uint8", name="images")
    scaled = keras.layers.Rescaling(1 / 100, -1.0, dtype="float32")(images)
    outputs = []
    for number, ((height, width, channels), stack) in enumerate(cases):
        network, _ = build(stack, (height, width, channels))
        network.name = f"network_{number}"
        outputs.append(network(scaled[:, :height, :width, :channels]))
    return join_outputs(images, outputs)


def join_outputs(images: Any, outputs: Sequence[Any]) -> keras.Model:
    rows = [keras.layers.Flatten()(output) for output in outputs]
    return keras.Model(images, keras.layers.Concatenate()(rows))


def draw_images(shape: Sequence[int] = (SIDE, SIDE, CHANNELS)) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, *shape), np.uint8)


def run_onnx(network: keras.Model, images: np.ndarray) -> np.ndarray:
    import onnxruntime

    from cnnlab.export.onnx_format import convert_to_onnx

    model = convert_to_onnx(network, {})
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return np.asarray(session.run(None, {"images": images})[0])


def run_litert(network: keras.Model, images: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter

    from cnnlab.export.litert_format import convert_to_litert
    from cnnlab.standard_streams import hide_standard_error

    with hide_standard_error():
        interpreter = Interpreter(model_content=convert_to_litert(network))
        source = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(source, images.shape)
        interpreter.allocate_tensors()
    interpreter.set_tensor(source, images)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


def measure_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference of two arrays, as a share of numbers above 1."""
    assert found.shape == expected.shape
    return float((np.abs(found - expected) / np.maximum(1, np.abs(expected))).max())
