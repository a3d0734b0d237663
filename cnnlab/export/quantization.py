"""Convert the numbers of an exported network to 8-bit integers or 16-bit floats."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.export.answering_network import INPUT
from cnnlab.export.litert_format import build_converter
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.standard_streams import hide_standard_error

_LEAST_ARRAY = 64  # numbers; smaller arrays stay float32, since they save nothing


def convert_to_small_litert(network: keras.Model, quantization: str, images: np.ndarray) -> bytes:
    """Convert a network to LiteRT with smaller numbers.

    Args:
        quantization: `float16` stores weights as 16-bit floats. `int8` computes with 8-bit
            integers, whose ranges are measured on `images`.
        images: uint8 (n, height, width, channels), training images.
    """
    converter = build_converter(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantization == "float16":
        converter.target_spec.supported_types = [tf.float16]
    else:
        converter.representative_dataset = lambda: _iterate_inputs(images)
    with hide_standard_error(), warnings.catch_warnings():  # the converter reports its progress
        # TensorFlow measures the ranges by an interpreter whose successor it recommends.
        warnings.filterwarnings("ignore", message=".*tf.lite.Interpreter", category=UserWarning)
        return bytes(converter.convert())


def _iterate_inputs(images: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
    for place in range(len(images)):
        yield {INPUT: images[place : place + 1]}


def store_weights_as_float16(model: Any) -> Any:
    """Store the weights of an ONNX model as 16-bit floats; it still computes in float32.

    Each weight array gets a Cast to float32 behind it, which runtimes compute once.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    for array in list(graph.initializer):
        values = numpy_helper.to_array(array)
        if array.data_type != TensorProto.FLOAT or values.size < _LEAST_ARRAY:
            continue
        name = f"{array.name}__float16"
        largest = np.finfo(np.float16).max
        stored = np.clip(values, -largest, largest).astype(np.float16)
        cast = helper.make_node("Cast", [name], [array.name], to=TensorProto.FLOAT)
        graph.initializer.remove(array)
        graph.initializer.append(numpy_helper.from_array(stored, name))
        graph.node.insert(0, cast)
    return model


def quantize_onnx_to_int8(model: Any, images: np.ndarray, folder: Path) -> Any:
    """Make an ONNX model compute with 8-bit integers, whose ranges are measured on `images`.

    Args:
        folder: a folder for files that onnxruntime needs meanwhile.
    """
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    logging.getLogger().disabled, was_disabled = True, logging.getLogger().disabled
    plain, prepared, small = (folder / name for name in ("a.onnx", "b.onnx", "c.onnx"))
    onnx.save(model, plain)
    try:
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantization.quantize_static(
            prepared,
            small,
            _build_reader(images),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            weight_type=quantization.QuantType.QInt8,
            activation_type=quantization.QuantType.QUInt8,
            # Weights of 7 bits: processors without VNNI add two products of 8 bits in 16 bits,
            # which saturate (onnxruntime, "Quantize ONNX models", on AVX2 and AVX-512).
            reduce_range=True,
        )
        quantized = onnx.load(small)
    finally:
        logging.getLogger().disabled = was_disabled
        for path in (plain, prepared, small):
            path.unlink(missing_ok=True)
    del quantized.metadata_props[:]
    quantized.metadata_props.extend(model.metadata_props)
    return quantized


def _build_reader(images: np.ndarray) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class ImageReader(CalibrationDataReader):  # type: ignore[misc]
        """Gives the images to onnxruntime, in batches."""

        def __init__(self) -> None:
            self.batches = iter(np.array_split(images, max(1, len(images) // 50)))

        def get_next(self) -> dict[str, np.ndarray] | None:
            batch = next(self.batches, None)
            return None if batch is None else {INPUT: batch}

    return ImageReader()
