"""Open a LiteRT file (`.tflite`) with ai-edge-litert."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.errors import CheckpointError
from cnnlab.exported_networks.metadata import (
    METADATA_FILE,
    Metadata,
    parse_json_text,
    read_metadata,
)
from cnnlab.run_folder import MAX_SPEC_BYTES
from cnnlab.standard_streams import hide_standard_error

_IDENTIFIER = b"TFL3"  # of the flatbuffer


def open_litert(data: bytes, path: Path) -> tuple[Metadata, tuple[int, ...], Any]:
    """Return the metadata of a LiteRT file, the shape of one image, and a function that computes.

    Raises:
        UsageError: cnnlab did not write the file.
        CheckpointError: its metadata is damaged, or it has another input or output.
    """
    from ai_edge_litert.interpreter import Interpreter

    metadata = read_metadata(_read_texts(data, path), path)
    with hide_standard_error():  # the library names its delegate there
        interpreter = Interpreter(model_content=data, num_threads=os.cpu_count())
        interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    if len(inputs) != 1 or len(outputs) != 1 or inputs[0]["dtype"] is not np.uint8:
        raise CheckpointError(f"{path}: it does not map uint8 images to probabilities")
    source, target = inputs[0]["index"], outputs[0]["index"]
    sizes = {"batch": 0}

    def compute(images: np.ndarray) -> np.ndarray:
        if sizes["batch"] != len(images):
            interpreter.resize_tensor_input(source, images.shape, strict=True)
            interpreter.allocate_tensors()
            sizes["batch"] = len(images)
        interpreter.set_tensor(source, images)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(target))

    return metadata, tuple(int(side) for side in inputs[0]["shape_signature"][1:]), compute


def _read_texts(data: bytes, path: Path) -> dict[str, str]:
    """Read the JSON file of the zip archive at the end of a LiteRT file; empty without one."""
    if data[4:8] != _IDENTIFIER:
        raise CheckpointError(f"{path}: damaged: not a LiteRT file")
    try:
        with (
            zipfile.ZipFile(io.BytesIO(data)) as archive,
            archive.open(METADATA_FILE) as member,
        ):
            text = member.read(2 * MAX_SPEC_BYTES)
    except (KeyError, zipfile.BadZipFile):
        return {}
    return parse_json_text(text, path)
