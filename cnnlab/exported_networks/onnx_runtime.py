"""Open an ONNX file with onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.errors import CheckpointError
from cnnlab.exported_networks.metadata import Metadata, read_metadata

_ERRORS_ONLY = 3  # the level of onnxruntime's log


def open_onnx(data: bytes, path: Path) -> tuple[Metadata, tuple[int, ...], Any]:
    """Return the metadata of an ONNX file, the shape of one image, and a function that computes.

    Raises:
        UsageError: cnnlab did not write the file.
        CheckpointError: its metadata is damaged, or it has another input or output.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    metadata = read_metadata(session.get_modelmeta().custom_metadata_map, path)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1 or inputs[0].type != "tensor(uint8)":
        raise CheckpointError(f"{path}: it does not map uint8 images to probabilities")
    name = inputs[0].name

    def compute(images: np.ndarray) -> np.ndarray:
        return np.asarray(session.run(None, {name: images})[0])

    return metadata, tuple(inputs[0].shape[1:]), compute
